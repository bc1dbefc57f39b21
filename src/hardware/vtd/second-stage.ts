import type { MemoryView, RowSink } from '../../vocabulary/architecture.js';
import type { WorldShape } from '../../vocabulary/shape.js';
import { isWithin, tableIndex } from '../span.js';
import { frameOf } from './entries/address.js';
import { hasSecondReserved, isSecondLeaf } from './entries/second-level.js';

/** Top-level entries that are walked: rows hold page numbers as positive 32-bit integers, so input addresses end at 2^43. */
export const TOP_ENTRIES = 16;

/** A mode's numbers of the kinds of member that entries of second-stage tables are. */
type SecondKinds = Readonly<Record<'second-structure' | 'second' | 'absent-second', number>>;

/**
 * Entries of a second-stage table, which both modes have in one format. Their rows carry the IOMMU and domain alone. Where the
 * IOMMU is emulated, entries that are not present are members too.
 */
export class SecondStage {
  constructor(
    private readonly kinds: SecondKinds,
    private readonly shape: WorldShape,
    private readonly memory: MemoryView,
  ) {}

  /** Of a table that spans `size` page bits from `page`. */
  entries(
    iommu: number,
    tag: number,
    frame: number,
    page: number,
    size: number,
    permission: number,
    sink: RowSink,
  ): void {
    const { kinds, memory } = this;
    const owner = ~iommu;
    if (frame >= memory.frames) return;
    const level = size / 9;
    const below = size - 9;
    const end = level === 4 ? TOP_ENTRIES : 512;
    for (let i = memory.nextUsed(frame, 0); i < end; i = memory.nextUsed(frame, i + 1)) {
      const low = memory.low(frame, i);
      const high = memory.high(frame, i);
      const allowed = permission & low & 3;
      if (allowed === 0 || hasSecondReserved(low, high, level)) continue;
      const kind = isSecondLeaf(low, level) ? kinds.second : kinds['second-structure'];
      sink(kind, owner, -1, tag, page + (i << below), below, frameOf(low, high), allowed, 0);
    }
    if (!this.shape.iommus[iommu].cachingMode) return;
    for (const named of this.shape.pages) {
      if (!isWithin(named, page, size)) continue;
      const i = tableIndex(named, level);
      const low = memory.low(frame, i);
      if ((permission & low & 3) !== 0 && !hasSecondReserved(low, memory.high(frame, i), level)) continue;
      sink(kinds['absent-second'], owner, -1, tag, page + (i << below), below, 0, 0, 0);
    }
  }
}
