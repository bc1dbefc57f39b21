import * as context from '../../../src/hardware/vtd/entries/context.js';
import * as directory from '../../../src/hardware/vtd/entries/directory.js';
import * as first from '../../../src/hardware/vtd/entries/first-level.js';
import * as pasids from '../../../src/hardware/vtd/entries/pasid.js';
import * as roots from '../../../src/hardware/vtd/entries/root.js';
import * as second from '../../../src/hardware/vtd/entries/second-level.js';
import { vtd } from '../../../src/hardware/vtd/index.js';
import type { WorldShape } from '../../../src/vocabulary/shape.js';
import { shape, TestMachine } from '../machine.js';

const ALL = context.CONTEXT_PRESENT | context.CONTEXT_DEVICE_TLB | context.CONTEXT_PASID;
const UPPER_FIRST = first.FIRST_PRESENT | first.FIRST_WRITE | first.FIRST_USER;

/** A VT-d machine with what tests need to build tables in it. */
export class VtdMachine extends TestMachine {
  readonly rootTable: number;
  readonly directoryFrame: number;
  readonly pasidTable: number;

  constructor(world: WorldShape = shape(), frames = 64, extra = 0) {
    super(vtd, world, frames, extra);
    this.rootTable = this.table();
    this.roots.fill(this.rootTable);
    const contexts = this.table();
    this.directoryFrame = this.table();
    this.pasidTable = this.table();
    this.contextTable = contexts;
    this.store(this.directoryFrame, 0, directory.makeDirectoryEntry(this.pasidTable));
    for (const { rid } of world.devices) {
      this.store(this.rootTable, roots.rootIndex(rid), roots.makeRootHalf(contexts));
      this.context(rid);
    }
  }

  readonly contextTable: number;

  context(rid: number, flags = ALL, ridPasid = 0): void {
    const at = context.contextIndex(rid);
    this.store(this.contextTable, at + 1, context.makeContext1(ridPasid, 0));
    this.store(this.contextTable, at, context.makeContext0(this.directoryFrame, 0, flags));
  }

  /** One qword of a PASID entry. */
  pasidWord(pasid: number, word: number, entry: readonly [number, number]): void {
    this.store(this.pasidTable, pasids.pasidIndex(pasid) + word, entry);
  }

  pasid(pasid: number, type: number, domain: number, firstTable: number, secondTable: number): void {
    this.pasidWord(pasid, 1, pasids.makePasid1(domain));
    this.pasidWord(pasid, 2, pasids.makePasid2(firstTable));
    this.pasidWord(pasid, 0, pasids.makePasid0(type, secondTable));
  }

  /** Map in a second-stage table, making the levels between. Returns the frame of the table that holds the leaf. */
  mapSecond(root: number, page: number, frame: number, permission: number, level = 1): number {
    let table = root;
    for (let at = 4; at > level; at--) {
      const index = (page >>> (9 * (at - 1))) & 511;
      if (!second.isSecondPresent(this.low(table, index))) {
        this.store(table, index, second.makeSecondLevel(this.table(), 3));
      }
      table = this.low(table, index) >>> 12;
    }
    const large = level > 1 ? second.SECOND_LARGE : 0;
    this.store(table, (page >>> (9 * (level - 1))) & 511, second.makeSecondLevel(frame, permission | large));
    return table;
  }

  /** As {@link mapSecond} in the first-stage format. */
  mapFirst(root: number, page: number, frame: number, permission: number, level = 1): number {
    let table = root;
    for (let at = 4; at > level; at--) {
      const index = (page >>> (9 * (at - 1))) & 511;
      if (!first.isFirstPresent(this.low(table, index))) {
        this.store(table, index, first.makeFirstLevel(this.table(), UPPER_FIRST));
      }
      table = this.low(table, index) >>> 12;
    }
    const flags =
      first.FIRST_PRESENT | first.FIRST_USER | (permission & 2) | (level > 1 ? first.FIRST_LARGE : 0);
    this.store(table, (page >>> (9 * (level - 1))) & 511, first.makeFirstLevel(frame, flags));
    return table;
  }
}
