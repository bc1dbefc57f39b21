import { WHOLE } from '../../vocabulary/architecture.js';
import { FRAME_SHIFT } from '../ram.js';
import { RamWalker } from '../ram-walker.js';
import { ABOVE_ADDRESS_52 } from '../vtd/entries/address.js';
import * as entries from './entries.js';
import { denied, FAULT, isRecoverable } from './faults.js';

/** Constants under names of this module: the compiler folds a module's own into the code, and reads an imported one each time. */
const SHIFT = FRAME_SHIFT;
const REASON = FAULT;
/** Address bits 38:32, and the reserved bits 51:39 and 62, in the high word. */
const HIGH = 0x7f;
const RESERVED = ABOVE_ADDRESS_52 | 0x40000000;
const LARGE = 1 << 7;
const SNOOP = 1 << 11;

/** The walker for speed: the same answers as {@link NaiveWalker}, straight on the words of memory. */
export class FastWalker extends RamWalker {
  /** As {@link NaiveWalker.translate}. */
  translate(iommu: number, rid: number, page: number, permission: number): number {
    return this.request(iommu, rid, page, permission, false);
  }

  /** As {@link NaiveWalker.translationRequest}. */
  translationRequest(iommu: number, rid: number, page: number): number {
    const fault = this.request(iommu, rid, page, 0, true);
    if (fault === 0 || !isRecoverable(fault)) return fault;
    this.permission = 0;
    return 0;
  }

  private request(iommu: number, rid: number, page: number, permission: number, ats: boolean): number {
    const { words: w, base, frames } = this;
    let frame = this.root(iommu);
    if (frame >= frames) return REASON.rootTableAccess;
    let at = base + (frame << SHIFT) + 2 * entries.rootIndex(rid);
    if ((w[at] & 1) === 0) return REASON.rootNotPresent;
    if (entries.hasRootReserved(w[at], w[at + 1], w[at + 2] | w[at + 3])) return REASON.rootReserved;
    frame = (w[at] >>> 12) | (w[at + 1] << 20);
    if (frame >= frames) return REASON.contextTableAccess;
    at = base + (frame << SHIFT) + 2 * entries.contextIndex(rid);
    const low0 = w[at];
    const low1 = w[at + 2];
    if ((low0 & 1) === 0) return REASON.contextNotPresent;
    if (entries.hasContextReserved(low0, w[at + 1], low1, w[at + 3])) return REASON.contextReserved;
    if (entries.isContextInvalid(low0, low1)) return REASON.contextInvalid;
    const type = entries.typeOf(low0);
    if (ats && type !== entries.TYPE.deviceTlb) return REASON.deviceTlbDisabled;
    const levels = entries.levelsOf(low1);
    this.tag = entries.domainOf(low1);
    if (page >= (levels === 4 ? 2 ** 36 : 2 ** 27)) return REASON.aboveWidth;
    if (type === entries.TYPE.passThrough) {
      if (page >= 2 ** 27) return REASON.aboveWidth;
      this.frame = page;
      this.size = WHOLE;
      this.permission = 3;
      return 0;
    }
    frame = (low0 >>> 12) | (w[at + 1] << 20);
    const top = Math.floor(page / 2 ** 27);
    let allowed = 3;
    for (let level = levels; ; level--) {
      if (frame >= frames) return REASON.tableAccess;
      const index = level === 4 ? top : ((page % 2 ** 27) >>> (9 * level - 9)) & 511;
      at = base + (frame << SHIFT) + 2 * index;
      const low = w[at];
      const high = w[at + 1];
      const isLarge = (low & LARGE) !== 0;
      const size = 9 * level - 9;
      if ((low & 3) !== 0) {
        if ((high & RESERVED) !== 0) return REASON.tableReserved;
        if (level === 4 && (low & (LARGE | SNOOP)) !== 0) return REASON.tableReserved;
        if ((level === 2 || level === 3) && !isLarge && (low & SNOOP) !== 0) return REASON.tableReserved;
        if ((level === 2 || level === 3) && isLarge && ((low >>> 12) & ((1 << size) - 1)) !== 0)
          return REASON.tableReserved;
      }
      allowed &= low & 3;
      if (allowed === 0) return denied(permission);
      frame = (low >>> 12) | ((high & HIGH) << 20);
      if (level > 1 && !isLarge) continue;
      if ((permission & ~allowed) !== 0) return denied(permission & ~allowed);
      this.frame = frame + (page & ((1 << size) - 1));
      this.size = size;
      this.permission = allowed;
      return 0;
    }
  }
}
