import { type CacheKind, type CommandSpec, type MatchField, ROW } from '../vocabulary/architecture.js';
import type { WorldShape } from '../vocabulary/shape.js';

const REACHED = 1;
const BITS: Readonly<Record<MatchField, number>> = {
  rid: 1 << 1,
  pasid: 1 << 2,
  request: 1 << 3,
  tag: 1 << 4,
  range: 1 << 5,
  leafOnly: 1 << 6,
  throughSecond: 1 << 7,
};

/**
 * The invalidation × entry-kind table of an architecture, ready to ask. The worst-case cache, the ledger and the concrete
 * caches all ask here, so that they cannot disagree.
 */
export class Coverage {
  private readonly plain: Int32Array;
  private readonly emulated: Int32Array;
  private readonly width: number;
  private readonly throughSecond: Int32Array;

  constructor(
    kinds: readonly CacheKind[],
    commands: readonly CommandSpec[],
    private readonly shape: Pick<WorldShape, 'devices' | 'iommus'>,
  ) {
    this.width = kinds.length;
    this.throughSecond = Int32Array.from(kinds, (kind) => kind.throughSecond ?? 0);
    this.plain = new Int32Array(kinds.length * commands.length);
    this.emulated = new Int32Array(kinds.length * commands.length);
    commands.forEach((command, c) => {
      kinds.forEach((kind, k) => {
        const cell = command.covers[kind.name];
        const at = c * kinds.length + k;
        this.plain[at] = pack(cell);
        this.emulated[at] = pack(cell ?? command.emulated?.[kind.name]);
      });
    });
  }

  /**
   * Whether the command, put into the queue of the device's IOMMU, removes the row. `mask` is how many low bits of the page
   * number it ignores, `hint` that only leaf entries were changed.
   */
  covers(
    command: number,
    device: number,
    pasid: number,
    tag: number,
    page: number,
    mask: number,
    hint: number,
    row: ArrayLike<number>,
    at: number,
  ): boolean {
    const { devices, iommus } = this.shape;
    const iommu = devices[device].iommu;
    const cells = iommus[iommu].cachingMode ? this.emulated : this.plain;
    const cell = cells[command * this.width + row[at + ROW.kind]];
    if (cell === 0) return false;
    const owner = row[at + ROW.device];
    if ((owner >= 0 ? devices[owner].iommu : ~owner) !== iommu) return false;
    if ((cell & BITS.rid) !== 0 && owner !== device) return false;
    if ((cell & BITS.tag) !== 0 && row[at + ROW.tag] !== tag) return false;
    if ((cell & BITS.pasid) !== 0 && row[at + ROW.pasid] !== pasid) return false;
    if ((cell & BITS.request) !== 0 && row[at + ROW.extra] !== pasid) return false;
    if ((cell & BITS.leafOnly) !== 0 && hint !== 0) return false;
    if (
      (cell & BITS.throughSecond) !== 0 &&
      (row[at + ROW.attributes] & this.throughSecond[row[at + ROW.kind]]) === 0
    )
      return false;
    if ((cell & BITS.range) !== 0) {
      // Two aligned ranges meet when the larger contains the smaller.
      const size = row[at + ROW.size];
      const bits = Math.max(size, mask);
      if (bits < 31 && row[at + ROW.page] >>> bits !== page >>> bits) return false;
    }
    return true;
  }
}

function pack(cell: readonly MatchField[] | undefined): number {
  return cell === undefined ? 0 : cell.reduce((bits, field) => bits | BITS[field], REACHED);
}
