import { Coverage } from '../../hardware/coverage.js';
import { type Architecture, IDENTITY, ROW } from '../../vocabulary/architecture.js';
import type { WorldShape } from '../../vocabulary/shape.js';
import type { Effect } from '../../world/ledger.js';

/**
 * A cache as QEMU declares it: rows by a key of its own, dropped all at once when full, emptied by the architecture's
 * invalidation table.
 */
export class CachedRows {
  private readonly rows = new Map<string, readonly number[]>();
  private readonly coverage: Coverage;

  constructor(
    architecture: Architecture,
    shape: WorldShape,
    private readonly capacity: number,
  ) {
    this.coverage = new Coverage(architecture.kinds, architecture.commands, shape);
  }

  get(key: string): readonly number[] | undefined {
    return this.rows.get(key);
  }

  set(key: string, row: readonly number[]): void {
    if (this.rows.size >= this.capacity) this.rows.clear();
    this.rows.set(key, row);
  }

  invalidate({ command, device, pasid, tag, page, mask, hint }: Effect): void {
    for (const [key, row] of this.rows) {
      if (this.coverage.covers(command, device, pasid, tag, page, mask, hint, row, 0)) this.rows.delete(key);
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
