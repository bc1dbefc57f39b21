import {
  type Architecture,
  type BoundArchitecture,
  type CacheRole,
  type DeviceView,
  type MemoryView,
  ROW,
  ROW_WIDTH,
} from '../vocabulary/architecture.js';
import type { WorldShape } from '../vocabulary/shape.js';
import { type Effect, GUEST_ALONE } from './ledger.js';

/** A stale member: its row, and every call that may be blamed for it, as the ledger writes blame. */
export interface StaleMember {
  readonly row: readonly number[];
  readonly blames: ReadonlySet<number>;
}

/**
 * The closure rule (docs/semantics.md, section 2) once more, from its words alone: the whole of C as a set of rows, brought to
 * its fixpoint after every change, and the ledger as what C has beyond the closure of memory alone. It is slow on purpose. The
 * ledger that searches use keeps only the difference; this is what it is compared with.
 *
 * Where a member can be derived through several stale ones, the rule does not say whose call is blamed: all of them are kept.
 */
export class FullClosure {
  private readonly bound: BoundArchitecture;
  private readonly roles: readonly CacheRole[];
  private cached = new Map<string, readonly number[]>();
  private stale = new Map<string, StaleMember>();

  constructor(
    private readonly architecture: Architecture,
    private readonly shape: WorldShape,
    memory: MemoryView,
    devices: DeviceView,
  ) {
    this.bound = architecture.bind(shape, memory, devices);
    this.roles = architecture.kinds.map((kind) => kind.role);
    this.cached = this.ofMemory();
  }

  /** Every member of C, by its text. */
  get members(): ReadonlyMap<string, readonly number[]> {
    return this.cached;
  }

  /** The ledger: members of C that memory alone does not yield. */
  get ledger(): ReadonlyMap<string, StaleMember> {
    return this.stale;
  }

  /** The closure of memory alone, taken anew. */
  ofMemory(): Map<string, readonly number[]> {
    return this.close(new Map());
  }

  /** Memory or a register was changed by the one to blame. */
  changed(blame: number): void {
    this.refresh(this.cached, blame);
  }

  /** A command has taken effect. */
  took(effect: Effect): void {
    this.refresh(
      this.without((row) => this.covers(effect, row)),
      0,
    );
  }

  /** The device's own cache is gone: with all that it has in flight (reset, unplug), or with what goes by it (ATS off). */
  left(device: number, blame: number, gone: 'translations' | 'everything'): void {
    this.changed(blame);
    const { kinds } = this.architecture;
    const ends = kinds.map(
      ({ role, isTranslated }) =>
        role === 'device' || (role === 'flight' && (gone === 'everything' || isTranslated === true)),
    );
    this.refresh(
      this.without((row) => ends[row[ROW.kind]] && row[ROW.device] === device),
      blame,
    );
  }

  private without(gone: (row: readonly number[]) => boolean): Map<string, readonly number[]> {
    return new Map([...this.cached].filter(([, row]) => !gone(row)));
  }

  private refresh(kept: ReadonlyMap<string, readonly number[]>, blame: number): void {
    const before = this.cached;
    const memory = this.ofMemory();
    const all = this.close(kept);
    const stale = new Map<string, { row: readonly number[]; blames: Set<number> }>();
    for (const [text, row] of all) {
      if (memory.has(text)) continue;
      const known = this.stale.get(text);
      const own = kept.has(text) ? (known?.blames ?? (before.has(text) ? [blame] : [])) : [];
      stale.set(text, { row, blames: new Set(own) });
    }
    this.inherit(all, stale, kept);
    this.cached = all;
    this.stale = stale;
  }

  /** What was derived only now takes the blame of the stale members it can be derived through. */
  private inherit(
    all: ReadonlyMap<string, readonly number[]>,
    stale: ReadonlyMap<string, { blames: Set<number> }>,
    kept: ReadonlyMap<string, readonly number[]>,
  ): void {
    for (let grew = true; grew; ) {
      grew = false;
      this.derive(all, (row, ...through) => {
        const text = row.join();
        const target = stale.get(text);
        if (!target || kept.has(text)) return;
        for (const parent of through) {
          // A guest's own copy, and the second stage as it is.
          const isGuests = through.length > 1 && (this.bound.isGuests?.(parent, 0) ?? false);
          const isAlone = isGuests && through.every((one) => one === parent || !stale.has(one.join()));
          const blames = stale.get(parent.join())?.blames ?? [];
          for (const blame of isAlone && stale.has(parent.join()) ? [GUEST_ALONE] : blames) {
            if (target.blames.has(blame)) continue;
            target.blames.add(blame);
            grew = true;
          }
        }
      });
    }
  }

  /** To a fixpoint: the members kept, and all that walks make of them and of memory as it is now. */
  private close(kept: ReadonlyMap<string, readonly number[]>): Map<string, readonly number[]> {
    const all = new Map(kept);
    for (let size = -1; size !== all.size; ) {
      size = all.size;
      this.derive(all, (row) => all.set(row.join(), row));
    }
    return all;
  }

  /** Every single derivation from the members there are: what comes of it, and through which members. */
  private derive(
    all: ReadonlyMap<string, readonly number[]>,
    found: (row: readonly number[], ...through: (readonly number[])[]) => void,
  ): void {
    const { bound, architecture, shape } = this;
    const sink =
      (...through: (readonly number[])[]) =>
      (...row: number[]) =>
        found(row, ...through);
    for (let device = 0; device < shape.devices.length; device++) bound.routes(device, sink());
    const rows = [...all.values()];
    const configs = rows.filter((row) => this.roles[row[ROW.kind]] === 'config');
    for (const row of rows) {
      // A table entry is looked up by walks of a route that uses it, and by nobody else.
      const isLookedUp =
        this.roles[row[ROW.kind]] !== 'structure' || configs.some((config) => bound.feeds(config, 0, row, 0));
      if (isLookedUp) bound.next(row, 0, sink(row));
      const joins = architecture.kinds[row[ROW.kind]].joins ?? [];
      if (joins.length === 0) continue;
      for (const other of rows) {
        if (!joins.includes(architecture.kinds[other[ROW.kind]].name)) continue;
        bound.reach(row, 0, other, 0, sink(row, other));
      }
    }
  }

  /** Whether the effect removes the row, read from the architecture's table cell by cell. */
  private covers(effect: Effect, row: readonly number[]): boolean {
    const { devices, iommus } = this.shape;
    const command = this.architecture.commands[effect.command];
    const { name, throughSecond } = this.architecture.kinds[row[ROW.kind]];
    const { iommu } = devices[effect.device];
    const cell = command.covers[name] ?? (iommus[iommu].cachingMode ? command.emulated?.[name] : undefined);
    if (cell === undefined) return false;
    const owner = row[ROW.device];
    if ((owner < 0 ? ~owner : devices[owner].iommu) !== iommu) return false;
    return cell.every((field) => {
      switch (field) {
        case 'rid':
          return owner === effect.device;
        case 'pasid':
          return row[ROW.pasid] === effect.pasid;
        case 'request':
          return row[ROW.extra] === effect.pasid;
        case 'tag':
          return row[ROW.tag] === effect.tag;
        case 'leafOnly':
          return effect.hint === 0;
        case 'throughSecond':
          return (row[ROW.attributes] & (throughSecond ?? 0)) !== 0;
        case 'range': {
          const first = alignedDown(row[ROW.page], row[ROW.size]);
          const from = alignedDown(effect.page, effect.mask);
          return first < from + 2 ** effect.mask && from < first + 2 ** row[ROW.size];
        }
        default:
          throw new Error(`a command cannot match '${field satisfies never}'`);
      }
    });
  }
}

function alignedDown(page: number, bits: number): number {
  return page - (page % 2 ** bits);
}

/** The text by which a row is known, from anywhere in an array. */
export function rowText(words: ArrayLike<number>, at: number): string {
  return Array.from({ length: ROW_WIDTH }, (_, i) => words[at + i]).join();
}
