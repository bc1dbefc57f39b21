import type { Command } from '../case.js';
import type { Batch } from '../qtest.js';
import type { Board, Fault } from '../target.js';

/** Where q35 has the IOMMU's registers (11.4). */
const REGISTERS = 0xfed90000;
const AT = {
  globalCommand: 0x18,
  root: 0x20,
  faultStatus: 0x34,
  queueTail: 0x88,
  queueAddress: 0x90,
  faultLow: 0x220,
  faultHigh: 0x228,
} as const;
const TRANSLATE = 0x80000000;
const SET_ROOT = 1 << 30;
const QUEUE = 1 << 26;
/** IQA_REG.DW: descriptors of 256 bits. */
export const WIDE_QUEUE = 1 << 11;
const QUEUE_BYTES = 4096;
/** RTADDR_REG.TTM: scalable mode. */
export const SCALABLE_ROOT = 1 << 10;
/** FSTS_REG: overflow and pending, cleared by writing 1. */
const STATUS = 0x1;
const FAULT = 0x80000000;

/** Slots of the DMA masters on bus 0. */
export const SLOTS_OF_MASTERS = [3, 4];
const BARS = [0xc0000000, 0xc0001000];
/** The frame of the queue, and one that waits write their status to. */
const QUEUE_FRAME = 0x1800;
const STATUS_FRAME = 0x1801;

/** QEMU's q35 machine with its VT-d. */
export class VtdBoard implements Board {
  readonly masters = BARS;

  constructor(
    /** What the root table address register holds beside the address, and the queue's beside its own. */
    private readonly flags: { readonly root: number; readonly queue: number },
    /** Writes a command as a descriptor. */
    private readonly encode: (command: Command, rid: number, words: Int32Array) => void,
    /** 64-bit entries of a descriptor. */
    private readonly qwords: number,
  ) {}

  private tail = 0;
  private readonly words = new Int32Array(8);

  setUp(batch: Batch): void {
    this.tail = 0;
    SLOTS_OF_MASTERS.forEach((slot, i) => {
      configure(batch, slot, 0x14, BARS[i]);
      configure(batch, slot, 0x04, 6);
    });
    batch.writeQuad(REGISTERS + AT.queueAddress, QUEUE_FRAME * 4096 + this.flags.queue, 0);
    batch.writeLong(REGISTERS + AT.queueTail, 0);
    batch.writeLong(REGISTERS + AT.globalCommand, QUEUE);
    batch.writeLong(REGISTERS + AT.globalCommand, QUEUE | TRANSLATE);
  }

  begin(batch: Batch, root: number): void {
    batch.writeQuad(REGISTERS + AT.root, root * 4096 + this.flags.root, 0);
    // Setting the root table also empties the caches.
    batch.writeLong(REGISTERS + AT.globalCommand, QUEUE | TRANSLATE | SET_ROOT);
    this.clearFaults(batch);
  }

  command(batch: Batch, command: Command, rid: number): void {
    this.encode(command, rid, this.words);
    this.put(batch);
    this.encode({ ...command, name: 'wait' }, rid, this.words);
    this.words[2] = STATUS_FRAME * 4096;
    this.put(batch);
    batch.writeLong(REGISTERS + AT.queueTail, this.tail * 8 * this.qwords);
  }

  private put(batch: Batch): void {
    const at = QUEUE_FRAME * 4096 + this.tail * 8 * this.qwords;
    for (let q = 0; q < this.qwords; q++)
      batch.writeQuad(at + 8 * q, this.words[2 * q], this.words[2 * q + 1]);
    this.tail = (this.tail + 1) % (QUEUE_BYTES / (8 * this.qwords));
  }

  takeFault(batch: Batch, take: (fault: Fault | undefined) => void): void {
    let page = 0;
    batch.readQuad(REGISTERS + AT.faultLow, (low, high) => {
      page = (low >>> 12) + high * 2 ** 20;
    });
    batch.readQuad(REGISTERS + AT.faultHigh, (_low, high) => {
      take((high & FAULT) === 0 ? undefined : { reason: high & 0xff, page });
    });
    this.clearFaults(batch);
  }

  private clearFaults(batch: Batch): void {
    batch.writeQuad(REGISTERS + AT.faultHigh, 0, FAULT);
    batch.writeLong(REGISTERS + AT.faultStatus, STATUS);
  }
}

/** A write to PCI configuration space, through the ports. */
function configure(batch: Batch, slot: number, register: number, value: number): void {
  batch.add(`outl 0xcf8 0x${(0x80000000 + (slot << 11) + register).toString(16)}`);
  batch.add(`outl 0xcfc 0x${value.toString(16)}`);
}
