import { Coverage } from '../../hardware/coverage.js';
import { type Architecture, IDENTITY, ROW } from '../../vocabulary/architecture.js';
import type { WorldShape } from '../../vocabulary/shape.js';
import type { Effect } from '../../world/ledger.js';

/** What stands in a cache: what was looked up, and the rows it was made of, any of which takes it away. */
interface Entry<T> {
  readonly rows: readonly (readonly number[])[];
  readonly value: T;
}

/**
 * A cache as QEMU declares it: entries by a key of its own, dropped all at once when full, emptied by the architecture's
 * invalidation table.
 */
export class CachedRows<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly coverage: Coverage;

  constructor(
    architecture: Architecture,
    shape: WorldShape,
    private readonly capacity: number,
  ) {
    this.coverage = new Coverage(architecture.kinds, architecture.commands, shape);
  }

  get(key: string): T | undefined {
    return this.entries.get(key)?.value;
  }

  set(key: string, rows: readonly (readonly number[])[], value: T): void {
    if (this.entries.size >= this.capacity) this.entries.clear();
    this.entries.set(key, { rows, value });
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  /** A command takes effect; `spared` says of an entry that it covers whether QEMU keeps it all the same. */
  invalidate(effect: Effect, spared: (value: T) => boolean = () => false): void {
    const { command, device, pasid, tag, page, mask, hint } = effect;
    for (const [key, { rows, value }] of this.entries) {
      const isCovered = rows.some((row) =>
        this.coverage.covers(command, device, pasid, tag, page, mask, hint, row, 0),
      );
      if (isCovered && !spared(value)) this.entries.delete(key);
    }
  }
}

/** The frame that a finished translation gives for a page of its range. */
export function frameIn(row: readonly number[], page: number): number {
  return row[ROW.frame] === IDENTITY ? page : row[ROW.frame] + page - row[ROW.page];
}

/** The aligned first page of the range of `size` page bits around a page. */
export function alignedTo(page: number, size: number): number {
  return page - (page % 2 ** size);
}
