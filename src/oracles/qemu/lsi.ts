import type { Answer } from './case.js';
import type { Batch } from './qtest.js';
import type { Fault } from './target.js';

/**
 * The LSI 53C895A SCSI controller as a DMA master: its SCRIPTS processor runs inside the register write that starts it, and
 * loads or stores four bytes at an address of ours. The script itself is fetched through the IOMMU, so the page that holds it
 * has to be mapped; every data frame holds one, since which of them the page leads to is for the case to say.
 */
const REGISTER = { istat: 0x14, dsa: 0x10, dsp: 0x2c, scratchA: 0x34 } as const;
const RESET = 0x40;

/** LOAD or STORE of 4 bytes between SCRATCHA and the address in DSA; then an interrupt, which stops. */
const LOAD = 0xf1340004;
const STORE = 0xf0340004;
const STOP = 0x98080000;

/** Where a data frame holds what. */
const AT = { load: 0x00, store: 0x40, identity: 0x80, written: 0xc0 } as const;

/** The page of every address space that leads to a script. */
export const SCRIPT_PAGE = 0x80;
/** What a data frame says of itself. Frame numbers are below 2^28. */
const IDENTITY = 0xf0000000;
/** In SCRATCHA before a load; no frame says this of itself. */
const NOTHING = 0xffffffff;

/** Make the frames readable and runnable: to be done once, since nothing of it is overwritten. */
export function prepareDataFrames(batch: Batch, frames: readonly number[]): void {
  for (const frame of frames) {
    const base = frame * 4096;
    batch.writeLong(base + AT.load, LOAD);
    batch.writeLong(base + AT.load + 4, 0);
    batch.writeLong(base + AT.load + 8, STOP);
    batch.writeLong(base + AT.store, STORE);
    batch.writeLong(base + AT.store + 4, 0);
    batch.writeLong(base + AT.store + 8, STOP);
    batch.writeLong(base + AT.identity, IDENTITY + frame);
  }
}

/** What the master saw of an access, apart from what the IOMMU recorded. */
export interface Seen {
  /** The frame that was read or written, or undefined. */
  frame: number | undefined;
}

/** Let the controller at a register base access the page. `serial` tells writes apart. */
export function access(
  batch: Batch,
  base: number,
  scriptPage: number,
  page: number,
  permission: number,
  serial: number,
  frames: readonly number[],
): Seen {
  const seen: Seen = { frame: undefined };
  const writes = permission === 2;
  // A master whose script could not be fetched stays in the middle of it.
  batch.add(`writeb 0x${(base + REGISTER.istat).toString(16)} 0x${RESET.toString(16)}`);
  batch.add(`writeb 0x${(base + REGISTER.istat).toString(16)} 0x0`);
  batch.writeLong(base + REGISTER.scratchA, writes ? serial : NOTHING);
  batch.writeLong(base + REGISTER.dsa, page * 4096 + (writes ? AT.written : AT.identity));
  batch.writeLong(base + REGISTER.dsp, scriptPage * 4096 + (writes ? AT.store : AT.load));
  if (writes) {
    for (const frame of frames) {
      batch.readLong(frame * 4096 + AT.written, (value) => {
        if (value === serial) seen.frame = frame;
      });
    }
  } else {
    batch.readLong(base + REGISTER.scratchA, (value) => {
      if (value >= IDENTITY && value !== NOTHING) seen.frame = value - IDENTITY;
    });
  }
  return seen;
}

/** The answer, from what the master saw and what the IOMMU recorded. */
export function answerOf(seen: Seen, fault: Fault | undefined): Answer {
  if (fault !== undefined) return { kind: 'fault', ...fault };
  return seen.frame === undefined ? { kind: 'blocked' } : { kind: 'frame', frame: seen.frame };
}
