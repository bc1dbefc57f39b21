import * as entries from '../../../src/hardware/vtd-legacy/entries.js';
import { vtdLegacy } from '../../../src/hardware/vtd-legacy/index.js';
import { shape, TestMachine } from '../machine.js';

/** Root and context table of bus 0, and tables of the second stage. */
export class LegacyMachine extends TestMachine {
  readonly rootTable = this.table();
  readonly contexts = this.table();

  constructor(world = shape(), frames = 64, extra = 0) {
    super(vtdLegacy, world, frames, extra);
    this.roots.fill(this.rootTable);
    this.store(this.rootTable, entries.rootIndex(world.devices[0].rid), entries.makeRoot(this.contexts));
  }

  context(rid: number, type: number, levels: number, domain: number, table: number): void {
    this.store(this.contexts, entries.contextIndex(rid) + 1, entries.makeContext1(levels, domain));
    this.store(this.contexts, entries.contextIndex(rid), entries.makeContext0(type, table));
  }

  /** A 4K leaf, and the tables above it: its frame. */
  map(root: number, levels: number, page: number, target: number, permission: number): number {
    let table = root;
    for (let level = levels; level > 1; level--) {
      const index = Math.floor(page / 512 ** (level - 1)) % 512;
      if (this.low(table, index) === 0) this.store(table, index, [(this.table() << 12) | 3, 0]);
      table = this.low(table, index) >>> 12;
    }
    this.store(table, page % 512, [(target << 12) | permission, 0]);
    return table;
  }
}
