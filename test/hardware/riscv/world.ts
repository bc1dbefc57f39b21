import * as dc from '../../../src/hardware/riscv/entries/device-context.js';
import * as directory from '../../../src/hardware/riscv/entries/directory.js';
import * as pte from '../../../src/hardware/riscv/entries/page-table.js';
import * as pc from '../../../src/hardware/riscv/entries/process-context.js';
import { riscv } from '../../../src/hardware/riscv/index.js';
import type { WorldShape } from '../../../src/vocabulary/shape.js';
import { shape, TestMachine } from '../machine.js';

/** Leaf flags by permission: 1 read, 2 write, with A, D and U set. */
export function leafFlags(permission: number): number {
  const write = (permission & 2) !== 0 ? pte.PTE_WRITE | pte.PTE_DIRTY : 0;
  return pte.PTE_VALID | pte.PTE_READ | pte.PTE_USER | pte.PTE_ACCESSED | write;
}

/** A machine with a RISC-V IOMMU whose device directory leads to one page of device contexts. */
export class RiscvMachine extends TestMachine {
  readonly contexts: number;

  constructor(
    world: WorldShape = shape(),
    frames = 64,
    extra = 0,
    readonly levels = 3,
  ) {
    super(
      riscv,
      { ...world, iommus: world.iommus.map((one) => ({ ...one, directoryLevels: levels })) },
      frames,
      extra,
    );
    let table = this.table();
    this.roots.fill(table);
    for (let level = levels; level > 1; level--) {
      const next = this.table();
      for (const { rid } of world.devices)
        this.store(table, directory.deviceIndex(rid, level), directory.makeDirectory(next));
      table = next;
    }
    this.contexts = table;
  }

  /** A device context: both stages, or a process directory in place of the first. */
  context(
    rid: number,
    tc: number,
    first: readonly [mode: number, table: number],
    second: readonly [mode: number, gscid: number, table: number] = [0, 0, 0],
    pscid = 0,
  ): void {
    const at = directory.deviceIndex(rid, 1) * dc.DC_QWORDS;
    this.store(this.contexts, at + 1, dc.makeSecondStage(...second));
    this.store(this.contexts, at + 2, dc.makeTranslationAttributes(pscid));
    this.store(this.contexts, at + 3, dc.makeFirstStage(...first));
    this.store(this.contexts, at, [tc, 0]);
  }

  process(table: number, pid: number, pscid: number, first: readonly [mode: number, table: number]): void {
    const at = directory.processIndex(pid, 1) * pc.PC_QWORDS;
    this.store(table, at + 1, dc.makeFirstStage(...first));
    this.store(table, at, pc.makeProcessAttributes(pscid, pc.PC_VALID));
  }

  /** A root of the second stage: four frames, aligned. */
  wideTable(): number {
    for (;;) {
      const frame = this.table();
      if (frame % 4 !== 0) continue;
      for (let i = 1; i < 4; i++) this.table();
      return frame;
    }
  }

  /** Map in a table of so many levels, making those between. Returns the frame of the table that holds the leaf. */
  map(root: number, levels: number, page: number, frame: number, permission: number, level = 1): number {
    let table = root;
    for (let at = levels; at > level; at--) {
      const index = Math.floor(page / 512 ** (at - 1));
      const part = at === levels ? table + (index >>> 9) : table;
      if (!pte.isPteValid(this.low(part, index & 511)))
        this.store(part, index & 511, pte.makePte(this.table(), pte.PTE_VALID));
      table = pte.pteFrame(this.low(part, index & 511), this.high(part, index & 511));
    }
    this.store(table, Math.floor(page / 512 ** (level - 1)) & 511, pte.makePte(frame, leafFlags(permission)));
    return table;
  }
}
