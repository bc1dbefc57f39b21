import { Coverage } from '../../src/hardware/coverage.js';
import { Ram } from '../../src/hardware/ram.js';
import { StateVector } from '../../src/hardware/state-vector.js';
import {
  type Architecture,
  type BoundArchitecture,
  type DeviceView,
  type MemoryView,
  ROW,
  ROW_WIDTH,
} from '../../src/vocabulary/architecture.js';
import type { DeviceShape, WorldShape } from '../../src/vocabulary/shape.js';

export function device(rid: number, over: Partial<DeviceShape> = {}): DeviceShape {
  return { rid, group: 0, iommu: 0, ats: true, pri: false, slots: 2, pasidBits: 20, ...over };
}

export function shape(over: Partial<WorldShape> = {}): WorldShape {
  return {
    name: 'test',
    devices: [device(0x0010)],
    iommus: [{ cachingMode: false, firstLevel: true }],
    groups: 1,
    principals: ['kernel'],
    spaces: 1,
    frames: 4,
    tables: 32,
    pages: [0, 1, 512],
    largestSize: 2,
    permissions: [1, 3],
    callers: 1,
    kernelDefault: 'translated',
    spaceKinds: ['paging'],
    allocationFailures: 0,
    badCalls: false,
    queue: 4,
    pageRequests: 2,
    ...over,
  };
}

/** A row as a tuple, to be kept in sets as text. */
export type Row = readonly number[];
export const text = (row: ArrayLike<number>): string =>
  Array.from({ length: ROW_WIDTH }, (_, i) => row[i]).join(',');
export const row = (written: string): number[] => written.split(',').map(Number);

/** Memory and registers of a machine, with the architecture bound to it. */
export class TestMachine implements MemoryView, DeviceView {
  readonly state: StateVector;
  readonly ram: Ram;
  readonly bound: BoundArchitecture;
  readonly roots: number[];
  readonly off = new Set<string>();

  constructor(
    readonly architecture: Architecture,
    readonly world: WorldShape,
    readonly frames = 64,
    extra = 0,
  ) {
    this.state = new StateVector(Ram.size(frames) + extra);
    this.ram = new Ram(this.state, 0, frames);
    this.roots = world.iommus.map(() => 0);
    this.bound = architecture.bind(world, this, this);
  }

  low(frame: number, index: number): number {
    return this.ram.low(frame, index);
  }
  high(frame: number, index: number): number {
    return this.ram.high(frame, index);
  }
  nextUsed(frame: number, index: number): number {
    return this.ram.nextUsed(frame, index);
  }
  root(iommu: number): number {
    return this.roots[iommu];
  }
  control(index: number, control: 'ats' | 'pasid'): boolean {
    if (this.off.has(`${control} ${index}`)) return false;
    return control === 'pasid' || this.world.devices[index].ats;
  }

  store(frame: number, index: number, entry: readonly [number, number]): void {
    this.ram.store64(frame, index, entry[0], entry[1]);
  }
  table(): number {
    const frame = this.ram.allocate(1);
    if (frame === 0) throw new RangeError('the test machine has too few frames');
    return frame;
  }

  kind(name: string): number {
    const found = this.architecture.kinds.findIndex((kind) => kind.name === name);
    if (found < 0) throw new RangeError(`no kind ${name}`);
    return found;
  }

  /** Everything that follows from the seeds and memory as it is: the fixpoint, in the plainest way. */
  close(seeds: Iterable<string> = []): Set<string> {
    const { bound, architecture } = this;
    const rows = new Set<string>(seeds);
    const sink = (...values: number[]): void => {
      rows.add(text(values));
    };
    this.world.devices.forEach((_, index) => {
      bound.routes(index, sink);
    });
    const all: number[][] = [];
    const fed = new Set<number[]>();
    for (let met = 0; met < rows.size; ) {
      const fresh = [...rows].slice(met).map(row);
      met = rows.size;
      const known = all.length;
      all.push(...fresh);
      all.forEach((one, i) => {
        const kind = architecture.kinds[one[ROW.kind]];
        const isFed = kind.role !== 'structure' || all.some((config) => bound.feeds(config, 0, one, 0));
        if (isFed && !fed.has(one)) {
          fed.add(one);
          bound.next(one, 0, sink);
        }
        const joins: readonly string[] = kind.joins ?? [];
        if (joins.length === 0) return;
        for (let k = i < known ? known : 0; k < all.length; k++) {
          if (joins.includes(architecture.kinds[all[k][ROW.kind]].name)) bound.reach(one, 0, all[k], 0, sink);
        }
      });
    }
    return rows;
  }
}

/** The worst-case cache C of a machine, kept by the closure rule in the plainest way. */
export class WorstCase {
  rows: Set<string>;
  private readonly coverage: Coverage;

  constructor(readonly machine: TestMachine) {
    const { architecture, world } = machine;
    this.coverage = new Coverage(architecture.kinds, architecture.commands, world);
    this.rows = machine.close();
  }

  /** To be called after every store. */
  stored(): void {
    this.rows = this.machine.close(this.rows);
  }

  effect(
    name: string,
    scope: Partial<Record<'device' | 'pasid' | 'tag' | 'page' | 'mask' | 'hint', number>> = {},
  ): void {
    const command = this.machine.architecture.commands.findIndex((candidate) => candidate.name === name);
    const { device: index = 0, pasid = -1, tag = -1, page = 0, mask = 52, hint = 0 } = scope;
    const left = [...this.rows].filter(
      (written) => !this.coverage.covers(command, index, pasid, tag, page, mask, hint, row(written), 0),
    );
    this.rows = this.machine.close(left);
  }

  /** L: what hardware may hold and memory does not say, by kind. */
  ledger(): string[] {
    const live = this.machine.close();
    const names = [...this.rows]
      .filter((written) => !live.has(written))
      .map((written) => this.machine.architecture.kinds[row(written)[ROW.kind]].name);
    return names.sort();
  }

  ledgerKinds(): string[] {
    return [...new Set(this.ledger())];
  }
}
