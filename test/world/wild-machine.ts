import * as context from '../../src/hardware/vtd/entries/context.js';
import * as directory from '../../src/hardware/vtd/entries/directory.js';
import * as first from '../../src/hardware/vtd/entries/first-level.js';
import * as pasids from '../../src/hardware/vtd/entries/pasid.js';
import * as roots from '../../src/hardware/vtd/entries/root.js';
import type { Random } from '../../src/vocabulary/random.js';
import type { World } from '../../src/world/world.js';

type Entry = readonly [low: number, high: number];

const TABLES = 6;
const DOMAINS = [5, 9];
const PAGE_BITS = [0, 9, 31];

/**
 * A machine used with no rule at all: any store into its translation structures, any command at any time, devices that come
 * and go. No driver behaves like that, and the closure rule holds for it all the same.
 */
export class WildMachine {
  private readonly contexts: number;
  private readonly directory: number;
  private readonly pasidTable: number;
  private readonly tables: readonly number[];

  constructor(
    private readonly world: World,
    private readonly random: Random,
  ) {
    const { machine } = world;
    const table = () => machine.allocateTable();
    machine.setRoot(0, table());
    this.contexts = table();
    this.directory = table();
    this.pasidTable = table();
    this.tables = Array.from({ length: TABLES }, table);
    for (const [i, frame] of this.tables.entries()) {
      this.store(frame, 0, first.makeFirstLevel(this.tables[(i + 1) % TABLES], USABLE));
    }
    this.store(this.directory, 0, directory.makeDirectoryEntry(this.pasidTable));
    for (const { rid } of world.shape.devices) {
      this.store(machine.root(0), roots.rootIndex(rid), roots.makeRootHalf(this.contexts));
      this.store(this.contexts, context.contextIndex(rid), context.makeContext0(this.directory, 0, OPEN));
    }
    for (let device = 0; device < world.shape.devices.length; device++) {
      machine.setDeviceControl(device, 'ats', true);
      machine.setDeviceControl(device, 'pasid', true);
    }
  }

  /** One thing that can happen to it. */
  act(): void {
    const device = this.below(this.world.shape.devices.length);
    const what = this.below(16);
    if (what < 3) this.storeContext(device, what);
    else if (what === 3)
      this.world.machine.setDeviceControl(device, this.pick(['ats', 'pasid']), this.below(3) !== 0);
    else if (what === 4) this.plug(device);
    else if (what < 8) this.storePasid(this.below(4));
    else if (what < 12) this.storeTable();
    else this.command(device);
  }

  private storeContext(device: number, what: number): void {
    const { rid } = this.world.shape.devices[device];
    const at = context.contextIndex(rid);
    if (what === 0) {
      const half: Entry = this.below(3) === 0 ? [0, 0] : roots.makeRootHalf(this.contexts);
      this.store(this.world.machine.root(0), roots.rootIndex(rid), half);
    } else if (what === 1) {
      const flags = this.below(4) === 0 ? this.below(8) : OPEN;
      this.store(this.contexts, at, context.makeContext0(this.directory, 0, flags));
    } else this.store(this.contexts, at + 1, context.makeContext1(this.below(2), 0));
  }

  private plug(device: number): void {
    const { machine } = this.world;
    const what = this.below(8);
    if (what === 0) machine.resetDevice(device);
    else if (what === 1) machine.setPresent(device, !machine.isPresent(device));
  }

  private storePasid(what: number): void {
    const at = pasids.pasidIndex(this.below(2));
    if (what === 0) this.store(this.pasidTable, at, [0, 0]);
    else if (what === 1) this.store(this.pasidTable, at + 1, pasids.makePasid1(this.pick(DOMAINS)));
    else if (what === 2) this.store(this.pasidTable, at + 2, pasids.makePasid2(this.table()));
    else this.store(this.pasidTable, at, pasids.makePasid0(1 + this.below(4), this.table()));
  }

  private storeTable(): void {
    const target = this.below(4) === 0 ? 1 + this.below(this.world.shape.frames) : this.table();
    const flags = this.pick([0, 0, 1, USABLE, USABLE, USABLE, USABLE | LARGE]);
    const entry: Entry =
      (flags & LARGE) !== 0 ? [0x40000000 | flags, 0] : first.makeFirstLevel(target, flags);
    this.store(this.table(), this.below(2), entry);
  }

  private command(device: number): void {
    const { machine, architecture } = this.world;
    const command = this.below(architecture.commands.length);
    const pasid = this.below(3) - 1;
    const page = this.pick([0, 1, 512]);
    machine.submit(command, device, pasid, this.pick(DOMAINS), page, this.pick(PAGE_BITS), this.below(2));
    for (let left = machine.readyCount(0); left > 0; left = machine.readyCount(0)) {
      machine.effect(0, machine.readyPlace(0, this.below(left)));
    }
  }

  private store(frame: number, index: number, [low, high]: Entry): void {
    this.world.machine.store(frame, index, low, high);
  }
  private table(): number {
    return this.pick(this.tables);
  }
  private below(bound: number): number {
    return this.random.below(bound);
  }
  private pick<T>(values: readonly T[]): T {
    return values[this.random.below(values.length)];
  }
}

const OPEN = context.CONTEXT_PRESENT | context.CONTEXT_DEVICE_TLB | context.CONTEXT_PASID;
/** Present and writable for either stage, for users. */
const USABLE = 0x7;
const LARGE = 0x80;
