import { encode } from '../../../hardware/riscv/commands.js';
import { COMMAND, type CommandName } from '../../../hardware/riscv/index.js';
import { decodeFault, FAULT_WORDS } from '../../../hardware/riscv/queues.js';
import type { Answer, Command, Request } from '../case.js';
import type { Batch } from '../qtest.js';
import { type Board, type Fault, UNKNOWN_PAGE } from '../target.js';

/** Where the virt machine has the IOMMU's registers (chapter 6 of the specification), and its PCI configuration space. */
const REGISTERS = 0x3010000;
const CONFIGURATION = 0x30000000;
const AT = {
  ddtp: 0x10,
  cqb: 0x18,
  cqt: 0x24,
  fqb: 0x28,
  fqt: 0x34,
  cqcsr: 0x48,
  fqcsr: 0x4c,
  requestAddress: 0x258,
  requestControl: 0x260,
  response: 0x268,
} as const;
const ENABLE = 1;

/** Slots of the DMA masters on bus 0, and their register windows. */
export const SLOTS_OF_MASTERS = [3, 4];
const BARS = [0x40000000, 0x40001000];
const COMMAND_FRAME = 0x81800;
const FAULT_FRAME = 0x81801;
/** log2 of the queues' sizes, less one: 128 entries each. */
const LOG_SIZE = 6;
const SLOTS = 128;

/** GSCIDs whose nested entries are dropped before a case: no command takes those of all. */
export const GSCIDS = [5, 6];

/** tr_req_ctl: go, and "no write" (6.22). */
const GO = 1 << 0;
const NO_WRITE = 1 << 3;

/** QEMU's virt machine with its RISC-V IOMMU. */
export class RiscvBoard implements Board {
  readonly masters = BARS;
  private tail = 0;
  private readonly words = new Int32Array(4);

  setUp(batch: Batch): void {
    this.tail = 0;
    SLOTS_OF_MASTERS.forEach((slot, i) => {
      const base = CONFIGURATION + slot * 0x8000;
      batch.writeLong(base + 0x14, BARS[i]);
      batch.writeLong(base + 0x04, 6);
    });
    batch.writeQuad(REGISTERS + AT.cqb, (COMMAND_FRAME << 10) | LOG_SIZE, COMMAND_FRAME >>> 22);
    batch.writeQuad(REGISTERS + AT.fqb, (FAULT_FRAME << 10) | LOG_SIZE, FAULT_FRAME >>> 22);
    batch.writeLong(REGISTERS + AT.cqcsr, ENABLE);
    batch.writeLong(REGISTERS + AT.fqcsr, ENABLE);
  }

  begin(batch: Batch, root: number, rootMode: number): void {
    // ddtp.iommu_mode is the number of levels plus one; from one number to another it goes by way of off (6.4).
    batch.writeQuad(REGISTERS + AT.ddtp, 0, 0);
    batch.writeQuad(REGISTERS + AT.ddtp, (root << 10) | (rootMode + 1), root >>> 22);
    const none = { pasid: 0, tag: -1, page: 0 };
    this.put(batch, 'ddt-all', 0, none);
    this.put(batch, 'vma', 0, none);
    this.put(batch, 'gvma-all', 0, none);
    for (const tag of GSCIDS) this.put(batch, 'vma', 0, { ...none, tag });
    batch.writeLong(REGISTERS + AT.cqt, this.tail);
    this.clearFaults(batch);
  }

  command(batch: Batch, command: Command, rid: number): void {
    this.put(batch, command.name as CommandName, rid, command);
    this.put(batch, 'fence', rid, command);
    batch.writeLong(REGISTERS + AT.cqt, this.tail);
  }

  private put(
    batch: Batch,
    name: CommandName,
    rid: number,
    scope: Pick<Command, 'pasid' | 'tag' | 'page'>,
  ): void {
    const { pasid, tag, page } = scope;
    encode({ command: COMMAND[name], rid, pasid, tag, page, mask: 0 }, this.words);
    const at = COMMAND_FRAME * 4096 + this.tail * 16;
    batch.writeQuad(at, this.words[0], this.words[1]);
    batch.writeQuad(at + 8, this.words[2], this.words[3]);
    this.tail = (this.tail + 1) % SLOTS;
  }

  takeFault(batch: Batch, take: (fault: Fault | undefined) => void): void {
    const words = new Int32Array(FAULT_WORDS);
    for (let i = 0; i < FAULT_WORDS; i += 2) {
      batch.readQuad(FAULT_FRAME * 4096 + 4 * i, (low, high) => {
        words[i] = low;
        words[i + 1] = high;
      });
    }
    batch.readLong(REGISTERS + AT.fqt, (tail) => {
      const { cause, page } = decodeFault(words);
      // For what goes wrong before the page tables, QEMU records no address.
      take(tail === 0 ? undefined : { reason: cause, page: cause >= 256 ? UNKNOWN_PAGE : page });
    });
    this.clearFaults(batch);
  }

  /** Turned off and on, the queue begins at its first record again. */
  private clearFaults(batch: Batch): void {
    batch.writeLong(REGISTERS + AT.fqcsr, 0);
    batch.writeLong(REGISTERS + AT.fqcsr, ENABLE);
  }

  /** The debug interface (chapter 4): a write is asked for as read and write. */
  ask(batch: Batch, request: Request, rid: number, take: (answer: Answer) => void): void {
    const { pasid, page, permission } = request;
    const pid = Math.max(pasid, 0);
    batch.writeQuad(REGISTERS + AT.requestAddress, (page % 2 ** 20) << 12, Math.floor(page / 2 ** 20));
    const flags = GO | ((permission & 2) === 0 ? NO_WRITE : 0);
    batch.writeQuad(REGISTERS + AT.requestControl, (pid << 12) | flags, (rid << 8) | (pasid >= 0 ? 1 : 0));
    let answer: Answer = { kind: 'blocked' };
    batch.readQuad(REGISTERS + AT.response, (low, high) => {
      if ((low & 1) === 0) answer = { kind: 'frame', frame: (low >>> 0) + high * 2 ** 32 };
    });
    this.takeFault(batch, (fault) => take(fault === undefined ? answer : { kind: 'fault', ...fault }));
  }

  /** A large page answers with its beginning, and PPN comes without its low bits, since QEMU does not shift it into its place. */
  askedFrame(first: number): number {
    return first - (first % 1024);
  }
}
