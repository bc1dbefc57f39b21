import { COMMAND } from './invalidation.js';

/** A command as the queue holds it, by the fields of `Effect`: a tag of -1 leaves GV clear. */
export interface CommandFields {
  readonly command: number;
  /** Device id of IODIR and ATS commands. */
  readonly rid: number;
  /** PSCID of IOTINVAL, process id of the others. */
  readonly pasid: number;
  readonly tag: number;
  readonly page: number;
  readonly mask: number;
}

const OPCODE = { iotinval: 1, iofence: 2, iodir: 3, ats: 4 } as const;
const FUNC = (value: number): number => value << 7;
/** AV of IOTINVAL, in the low word. */
const AV = 1 << 10;
const ID_SHIFT = 12;
/** PSCV and GV of IOTINVAL, PV of ATS and DV of IODIR, in the high word. */
const PSCV = 1 << 0;
const GV = 1 << 1;
const DV = 1 << 1;
const PV = 1 << 0;
/** PR and PW of IOFENCE.C. */
const DRAIN = (1 << 12) | (1 << 13);
/** S of an ATS invalidation's payload: the range is told by its address. */
const SIZE = 1 << 11;

const PAGES = 2 ** 20;

/** Words 0–3 of a 128-bit command (3.1). */
export function encode(fields: CommandFields, out: Int32Array): void {
  const { command, rid, pasid, tag, page, mask } = fields;
  out.fill(0);
  const guest = tag >= 0 ? GV | (tag << 12) : 0;
  const invalidate = (func: number, high: number, hasPage: boolean): void => {
    out[0] =
      OPCODE.iotinval | FUNC(func) | (hasPage ? AV : 0) | ((high & PSCV) !== 0 ? pasid << ID_SHIFT : 0);
    out[1] = high;
    if (hasPage) address(out, page, 0, 10);
  };
  switch (command) {
    case COMMAND.vma:
      invalidate(0, guest, false);
      break;
    case COMMAND['vma-process']:
      invalidate(0, guest | PSCV, false);
      break;
    case COMMAND['vma-page']:
      invalidate(0, guest, true);
      break;
    case COMMAND['vma-process-page']:
      invalidate(0, guest | PSCV, true);
      break;
    case COMMAND['gvma-all']:
      invalidate(1, 0, false);
      break;
    case COMMAND.gvma:
      invalidate(1, guest, false);
      break;
    case COMMAND['gvma-page']:
      invalidate(1, guest, true);
      break;
    case COMMAND['ddt-all']:
      out[0] = OPCODE.iodir | FUNC(0);
      break;
    case COMMAND['ddt-device']:
      out[0] = OPCODE.iodir | FUNC(0);
      out[1] = DV | (rid << 8);
      break;
    case COMMAND.pdt:
      out[0] = OPCODE.iodir | FUNC(1) | (pasid << ID_SHIFT);
      out[1] = DV | (rid << 8);
      break;
    case COMMAND.ats:
    case COMMAND['ats-process']: {
      const withPasid = command === COMMAND['ats-process'];
      out[0] = OPCODE.ats | FUNC(0) | (withPasid ? pasid << ID_SHIFT : 0);
      out[1] = (withPasid ? PV : 0) | (rid << 8);
      // The payload of a PCIe invalidation: the lowest 0 bit of the address, and all below, are not part of it.
      const sized = mask === 0 ? page : page - (page % 2 ** mask) + 2 ** (mask - 1) - 1;
      address(out, sized, mask > 0 ? SIZE : 0, 12);
      break;
    }
    case COMMAND.fence:
      out[0] = OPCODE.iofence | DRAIN;
      break;
  }
}

/** The second qword: a page number from a bit on, over flags. */
function address(out: Int32Array, page: number, flags: number, from: number): void {
  const low = from === 12 ? PAGES : 2 ** 22;
  out[2] = ((page % low) << from) | flags;
  out[3] = Math.floor(page / low);
}
