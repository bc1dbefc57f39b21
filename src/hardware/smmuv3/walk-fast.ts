import { WHOLE } from '../../vocabulary/architecture.js';
import { FRAME_SHIFT, type Ram } from '../ram.js';
import { RamWalker } from '../ram-walker.js';
import * as context from './entries/context.js';
import * as stream from './entries/stream.js';
import { EVENT, isRecoverable } from './events.js';

/** Constants under names of this module: the compiler folds a module's own into the code, and reads an imported one each time. */
const SHIFT = FRAME_SHIFT;
const REASON = EVENT;
/** Pages of output addresses. */
const OUTPUTS = 2 ** 30;
const ACCESSED = 1 << 10;
const NOT_GLOBAL = 1 << 11;
const USER = 1 << 6;
const READ_ONLY = 1 << 7;
/** APTable, in the high word. */
const TABLE_READ_ONLY = 1 << 30;
const TABLE_PRIVILEGED = 1 << 29;
/** Address bits in the high word of table descriptors, and of structures. */
const HIGH_48 = 0xffff;
const HIGH_52 = 0xfffff;

/** The walker for speed: the same answers as {@link NaiveWalker}, straight on the words of memory. */
export class FastWalker extends RamWalker {
  asid = -1;
  stalls = false;

  /** The second stage under way. */
  private secondLevels = 0;
  private secondTable = 0;
  private secondIgnoresAccess = false;

  constructor(
    ram: Ram,
    root: (iommu: number) => number,
    private readonly levels: (iommu: number) => number,
    private readonly hasStalls: (iommu: number) => boolean = () => false,
  ) {
    super(ram, root);
  }

  /** As {@link NaiveWalker.translate}. */
  translate(iommu: number, rid: number, substream: number, page: number, permission: number): number {
    const fault = this.request(iommu, rid, substream, page, permission, false);
    if (fault !== 0 && !isRecoverable(fault)) this.stalls = false;
    return fault;
  }

  /** As {@link NaiveWalker.translationRequest}. */
  translationRequest(iommu: number, rid: number, substream: number, page: number): number {
    const fault = this.request(iommu, rid, substream, page, 0, true);
    this.stalls = false;
    if (fault === 0 || !isRecoverable(fault)) return fault;
    this.permission = 0;
    return 0;
  }

  private request(
    iommu: number,
    rid: number,
    substream: number,
    page: number,
    permission: number,
    ats: boolean,
  ): number {
    const { words: w, base, frames } = this;
    this.stalls = false;
    let frame = this.root(iommu);
    if (this.levels(iommu) === 2) {
      const part = frame + (rid >>> 15);
      if (part >= frames) return REASON.streamFetch;
      const at = base + (part << SHIFT) + 2 * ((rid >>> 6) & 511);
      const span = w[at] & 0x1f;
      if (span === 0 || (rid & 63) >>> (span - 1) !== 0) return REASON.badStreamId;
      frame = (w[at] >>> 12) + (w[at + 1] & HIGH_52) * 2 ** 20;
    } else {
      if (rid >>> stream.STREAM_BITS !== 0) return REASON.badStreamId;
      frame += rid >>> 6;
    }
    if (frame >= frames) return REASON.streamFetch;
    const at = base + (frame << SHIFT) + 16 * (rid & 63);
    const low0 = w[at];
    const high0 = w[at + 1];
    const low1 = w[at + 2];
    const high2 = w[at + 5];
    if ((low0 & 1) === 0) return REASON.badStream;
    const config = stream.streamConfig(low0);
    const hasFirst = (config & 5) === 5;
    const hasSecond = (config & 6) === 6;
    const maximum = hasFirst ? high0 >>> 27 : 0;
    const format = (low0 >>> 4) & 3;
    const byDefault = low1 & 3;
    if (hasSecond && stream.isSecondInvalid(high2)) return REASON.badStream;
    const hasStalls = this.hasStalls(iommu);
    const disablesStalls = (low1 & stream.STE_STALL_DISABLE) !== 0;
    if (hasFirst && disablesStalls && !hasStalls) return REASON.badStream;
    if (maximum > 0 && (format > 1 || maximum > (format === 0 ? 6 : 15) || byDefault > 2))
      return REASON.badStream;
    if (ats && ((low1 & (3 << 28)) !== stream.STE_ATS || config === 0)) return REASON.badTranslationRequest;
    this.tag = w[at + 4] & 0xffff;
    this.asid = -1;
    this.secondLevels = hasSecond ? stream.secondLevels(high2) : 0;
    this.secondTable = (w[at + 6] >>> 12) + (w[at + 7] & HIGH_52) * 2 ** 20;
    this.secondIgnoresAccess = (high2 & stream.S2_AFFD) !== 0;
    if (config === 0) return REASON.aborted;
    if (!hasFirst) {
      if (substream >= 0) return REASON.badSubstream;
      return hasSecond ? this.input(page, permission) : this.bypass(page);
    }
    if (substream >= 0 && (maximum === 0 || substream >>> maximum !== 0)) return REASON.badSubstream;
    if (maximum > 0 && substream < 0) {
      if (byDefault === 0) return REASON.streamDisabled;
      if (byDefault === 1) return hasSecond ? this.input(page, permission) : this.bypass(page);
    }
    if (maximum > 0 && substream === 0 && byDefault === 2) return REASON.badSubstream;
    frame = this.place((low0 >>> 12) + (high0 & HIGH_52) * 2 ** 20);
    if (frame < 0) return -frame;
    const used = (substream < 0 ? 0 : substream) + (maximum === 0 ? (low0 >>> 6) & 63 : 0);
    if (maximum > 0 && format === 1) {
      if (frame >= frames) return REASON.contextFetch;
      const upper = base + (frame << SHIFT) + 2 * (used >>> 6);
      if ((w[upper] & 1) === 0) return REASON.badSubstream;
      frame = this.place((w[upper] >>> 12) + (w[upper + 1] & HIGH_52) * 2 ** 20);
      if (frame < 0) return -frame;
    }
    if (frame >= frames) return REASON.contextFetch;
    return this.context(
      base + (frame << SHIFT) + 16 * (used & 63),
      page,
      permission,
      hasStalls && !disablesStalls,
    );
  }

  private context(at: number, page: number, permission: number, mayStall: boolean): number {
    const { words: w, base, frames } = this;
    if (!context.isContextValid(w[at]) || context.isContextInvalid(w[at], w[at + 1], mayStall))
      return REASON.badContext;
    let next = (w[at + 2] >>> 12) + (w[at + 3] & HIGH_52) * 2 ** 20;
    if (next >= OUTPUTS) return REASON.badContext;
    const ignores = (w[at + 1] & context.CD_AFFD) !== 0;
    const levels = context.contextLevels(w[at]);
    this.asid = w[at + 1] >>> 16;
    this.stalls = (w[at + 1] & context.CD_STALL) !== 0;
    if (page >= 2 ** (context.firstInputBits(levels) - 12)) return REASON.translation;
    const top = Math.floor(page / 2 ** 27);
    const rest = page % 2 ** 27;
    let allowed = 3;
    for (let level = levels; ; level--) {
      const frame = this.place(next);
      if (frame < 0) return -frame;
      if (frame >= frames) return REASON.walkAbort;
      const entry = base + (frame << SHIFT) + 2 * (level === 4 ? top : (rest >>> (9 * level - 9)) & 511);
      const low = w[entry];
      const high = w[entry + 1];
      if ((low & 1) === 0) return REASON.translation;
      next = (low >>> 12) + (high & HIGH_48) * 2 ** 20;
      if ((low & 2) !== 0 && level > 1) {
        if (next >= OUTPUTS) return REASON.addressSize;
        if ((high & TABLE_READ_ONLY) !== 0) allowed &= 1;
        if ((high & TABLE_PRIVILEGED) !== 0) allowed = 0;
        continue;
      }
      if ((low & 2) === 0 && (level === 1 || level === 4)) return REASON.translation;
      const size = 9 * level - 9;
      if (next >= OUTPUTS) return REASON.addressSize;
      if ((low & ACCESSED) === 0 && !ignores) return REASON.access;
      if ((low & USER) === 0) allowed = 0;
      if ((low & READ_ONLY) !== 0) allowed &= 1;
      if (allowed === 0 || (permission & ~allowed) !== 0) return REASON.permission;
      if ((low & NOT_GLOBAL) === 0) this.asid = -1;
      this.frame = next - (next % 2 ** size) + (page % 2 ** size);
      this.size = size;
      this.permission = allowed;
      if (this.secondLevels === 0) return 0;
      const fault = this.second(this.frame, permission);
      if (fault !== 0) {
        this.stalls = false;
        return fault;
      }
      if (size < this.size) this.size = size;
      this.permission &= allowed;
      return this.permission === 0 ? REASON.permission : 0;
    }
  }

  private bypass(page: number): number {
    if (page >= OUTPUTS) return REASON.addressSize;
    this.frame = page;
    this.size = WHOLE;
    this.permission = 3;
    return 0;
  }

  private input(page: number, permission: number): number {
    return page >= OUTPUTS ? REASON.addressSize : this.second(page, permission);
  }

  /** Where a table lies, by the second stage if there is one; or a negated event. */
  private place(page: number): number {
    if (this.secondLevels === 0) return page;
    const fault = this.second(page, 1);
    if (fault === 0) return this.frame;
    this.stalls = false;
    return -fault;
  }

  private second(page: number, permission: number): number {
    const { words: w, base, frames } = this;
    if (page >= 2 ** (this.secondLevels === 4 ? 30 : 27)) return REASON.translation;
    let frame = this.secondTable;
    for (let level = this.secondLevels; ; level--) {
      if (frame >= frames) return REASON.walkAbort;
      const at = base + (frame << SHIFT) + 2 * ((page >>> (9 * level - 9)) & 511);
      const low = w[at];
      if ((low & 1) === 0) return REASON.translation;
      frame = (low >>> 12) + (w[at + 1] & HIGH_48) * 2 ** 20;
      if ((low & 2) === 0 && (level === 1 || level === 4)) return REASON.translation;
      if (frame >= OUTPUTS) return REASON.addressSize;
      if ((low & 2) !== 0 && level > 1) continue;
      if ((low & ACCESSED) === 0 && !this.secondIgnoresAccess) return REASON.access;
      const allowed = (low >>> 6) & 3;
      if (allowed === 0 || (permission & ~allowed) !== 0) return REASON.permission;
      this.size = 9 * level - 9;
      this.frame = frame - (frame % 2 ** this.size) + (page % 2 ** this.size);
      this.permission = allowed;
      return 0;
    }
  }
}
