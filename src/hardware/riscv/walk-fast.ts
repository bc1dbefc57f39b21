import { WHOLE } from '../../vocabulary/architecture.js';
import { FRAME_SHIFT, type Ram } from '../ram.js';
import { RamWalker } from '../ram-walker.js';
import { accessFault, CAUSE, isRecoverable, pageFault } from './causes.js';
import * as dc from './entries/device-context.js';
import * as directory from './entries/directory.js';
import * as pc from './entries/process-context.js';

/** Constants under names of this module: the compiler folds a module's own into the code, and reads an imported one each time. */
const SHIFT = FRAME_SHIFT;
const RW = 6;
const LEAF = 0xe;
const USER = 1 << 4;
const POINTER_RESERVED = 0xd0;
const USABLE_READ = 0x42;
const USABLE_WRITE = 0x84;
/** High word of the bits that a PPN beyond the modelled machine's sets, and of reserved bits. */
const FAR = 0x003ffe00;
const RESERVED = 0xffc00000;
const DIRECTORY_RESERVED = 0x3fe;
/** Of 64-bit addresses. */
const PAGE_NUMBERS = 2 ** 52;

/**
 * The walker for speed: the same answers as {@link NaiveWalker}, straight on the words of memory. Pages are split into two
 * numbers of 26 bits, so that indices are shifts.
 */
export class FastWalker extends RamWalker {
  pscid = -1;

  /** Of the second stage under way: levels (0: bare) and root. */
  private secondLevels = 0;
  private secondTable = 0;

  constructor(
    ram: Ram,
    root: (iommu: number) => number,
    private readonly levels: (iommu: number) => number,
  ) {
    super(ram, root);
  }

  /** As {@link NaiveWalker.translate}. */
  translate(iommu: number, rid: number, pid: number, page: number, permission: number): number {
    return this.request(iommu, rid, pid, page, permission, false);
  }

  /** As {@link NaiveWalker.translationRequest}. */
  translationRequest(iommu: number, rid: number, pid: number, page: number): number {
    const fault = this.request(iommu, rid, pid, page, 0, true);
    if (fault === 0 || !isRecoverable(fault)) return fault;
    this.permission = 0;
    return 0;
  }

  private request(
    iommu: number,
    rid: number,
    pid: number,
    page: number,
    permission: number,
    ats: boolean,
  ): number {
    const { words: w, base, frames } = this;
    let frame = this.root(iommu);
    if (frame === 0) return CAUSE.allDisallowed;
    const levels = this.levels(iommu);
    if (rid >>> (levels * 9 - 3) !== 0) return CAUSE.typeDisallowed;
    for (let level = levels; level > 1; level--) {
      if (frame >= frames) return CAUSE.directoryLoad;
      const at = base + (frame << SHIFT) + 2 * ((rid >>> (9 * level - 12)) & 0x1ff);
      if ((w[at] & 1) === 0) return CAUSE.directoryInvalid;
      if (((w[at] & DIRECTORY_RESERVED) | (w[at + 1] & RESERVED)) !== 0) return CAUSE.directoryMisconfigured;
      frame = this.pointer(w[at], w[at + 1]);
    }
    if (frame >= frames) return CAUSE.directoryLoad;
    const at = base + (frame << SHIFT) + 2 * (rid & 0x3f) * dc.DC_QWORDS;
    const tc = w[at];
    const fsc = w[at + 7];
    if ((tc & dc.DC_VALID) === 0) return CAUSE.directoryInvalid;
    if (dc.hasControlReserved(tc, w[at + 1]) || dc.isControlInvalid(tc)) return CAUSE.directoryMisconfigured;
    if (dc.isSecondStageInvalid(w[at + 2], w[at + 3])) return CAUSE.directoryMisconfigured;
    if (dc.hasAttributesReserved(w[at + 4], w[at + 5])) return CAUSE.directoryMisconfigured;
    const hasProcesses = (tc & dc.DC_PROCESS_DIRECTORY) !== 0;
    if (dc.hasFirstStageReserved(fsc) || dc.isFirstStageInvalid(fsc, hasProcesses))
      return CAUSE.directoryMisconfigured;
    let rest = 0;
    for (let i = 8; i < 16; i++) rest |= w[at + i];
    if (rest !== 0) return CAUSE.directoryMisconfigured;
    if (ats && (tc & dc.DC_ATS) === 0) return CAUSE.typeDisallowed;
    this.secondLevels = dc.levelsOf(w[at + 3] >>> 28);
    this.secondTable = this.root44(w[at + 2], w[at + 3]);
    this.tag = this.secondLevels > 0 ? dc.gscidOf(w[at + 3]) : -1;
    const first = this.root44(w[at + 6], fsc);
    if (!hasProcesses) {
      if (pid >= 0) return CAUSE.typeDisallowed;
      return this.stages(dc.levelsOf(fsc >>> 28), first, w[at + 4] >>> 12, page, permission);
    }
    const depth = fsc >>> 28;
    if (pid >= 0 && depth > 0 && pid >>> directory.processIdBits(depth) !== 0) return CAUSE.typeDisallowed;
    const used = pid < 0 && (tc & dc.DC_DEFAULT_PROCESS) !== 0 ? 0 : pid;
    if (used < 0 || depth === 0) return this.stages(0, 0, 0, page, permission);
    return this.process(depth, first, used, page, permission);
  }

  private process(depth: number, root: number, pid: number, page: number, permission: number): number {
    const { words: w, base, frames } = this;
    let frame = root;
    for (let level = depth; ; level--) {
      if (this.secondLevels > 0) {
        const fault = this.second(frame, 1, permission);
        if (fault !== 0) return fault;
        frame = this.frame;
      }
      if (frame >= frames) return CAUSE.processLoad;
      if (level === 1) break;
      const at = base + (frame << SHIFT) + 2 * ((pid >>> (9 * level - 10)) & 0x1ff);
      if ((w[at] & 1) === 0) return CAUSE.processInvalid;
      if (((w[at] & DIRECTORY_RESERVED) | (w[at + 1] & RESERVED)) !== 0) return CAUSE.processMisconfigured;
      frame = this.pointer(w[at], w[at + 1]);
    }
    const at = base + (frame << SHIFT) + 4 * (pid & 0xff);
    const fsc = w[at + 3];
    if (!pc.isProcessValid(w[at])) return CAUSE.processInvalid;
    if (pc.hasProcessReserved(w[at], w[at + 1]) || dc.hasFirstStageReserved(fsc))
      return CAUSE.processMisconfigured;
    if (dc.isFirstStageInvalid(fsc, false)) return CAUSE.processMisconfigured;
    return this.stages(dc.levelsOf(fsc >>> 28), this.root44(w[at + 2], fsc), w[at] >>> 12, page, permission);
  }

  private stages(levels: number, table: number, pscid: number, page: number, permission: number): number {
    this.pscid = levels > 0 ? pscid : -1;
    if (levels === 0) {
      if (this.secondLevels > 0) return this.second(page, permission, permission);
      if (page >= 2 ** 31) return accessFault(permission);
      this.frame = page;
      this.size = WHOLE;
      this.permission = 3;
      return 0;
    }
    const fault = this.first(levels, table, page, permission);
    if (fault !== 0 || this.secondLevels === 0) return fault;
    const { size, permission: allowed } = this;
    const denied = this.second(this.frame, permission, permission);
    if (denied !== 0) return denied;
    if (size < this.size) this.size = size;
    this.permission &= allowed;
    return 0;
  }

  private first(levels: number, root: number, page: number, permission: number): number {
    const { words: w, base, frames } = this;
    // The bits from the sign's up are all clear or all set.
    const sign = 2 ** (9 * levels - 1);
    const above = Math.floor(page / sign);
    if (above !== 0 && above !== PAGE_NUMBERS / sign - 1) return pageFault(permission, false);
    const nested = this.secondLevels > 0;
    const upper = Math.floor(page / 2 ** 27);
    let frame = root;
    for (let level = levels; ; level--) {
      if (nested) {
        const fault = this.second(frame, 1, permission);
        if (fault !== 0) return fault;
        frame = this.frame;
      }
      if (frame >= frames) return accessFault(permission);
      const index =
        level > 3 ? (upper >>> (9 * level - 36)) & 511 : ((page % 2 ** 27) >>> (9 * level - 9)) & 511;
      const at = base + (frame << SHIFT) + 2 * index;
      const low = w[at];
      const high = w[at + 1];
      if ((low & 1) === 0 || (high & RESERVED) !== 0 || (low & RW) === 4) return pageFault(permission, false);
      if ((low & LEAF) === 0) {
        if (level === 1 || (low & POINTER_RESERVED) !== 0) return pageFault(permission, false);
        frame = this.pointer(low, high);
        continue;
      }
      return this.leaf(low, high, page, level, permission, permission, nested, false);
    }
  }

  private second(page: number, permission: number, original: number): number {
    const { words: w, base, frames, secondLevels } = this;
    if (page >= 2 ** (9 * secondLevels + 2)) return pageFault(original, true);
    let frame = this.secondTable;
    for (let level = secondLevels; ; level--) {
      const wide = Math.floor(page / 2 ** (9 * level - 9));
      const index = level === secondLevels ? wide : wide % 512;
      const part = frame + (index >>> 9);
      if (part >= frames) return accessFault(original);
      const at = base + (part << SHIFT) + 2 * (index & 511);
      const low = w[at];
      const high = w[at + 1];
      if ((low & 1) === 0 || (high & RESERVED) !== 0 || (low & RW) === 4) return pageFault(original, true);
      if ((low & LEAF) === 0) {
        if (level === 1 || (low & POINTER_RESERVED) !== 0) return pageFault(original, true);
        frame = this.pointer(low, high);
        continue;
      }
      return this.leaf(low, high, page, level, permission, original, false, true);
    }
  }

  private leaf(
    low: number,
    high: number,
    page: number,
    level: number,
    permission: number,
    original: number,
    isGuest: boolean,
    second: boolean,
  ): number {
    const span = 2 ** (9 * level - 9);
    const target = (low >>> 10) + (high & 0x3fffff) * 2 ** 22;
    if (target % span !== 0 || (low & USER) === 0) return pageFault(original, second);
    if ((low & USABLE_READ) !== USABLE_READ) return pageFault(original, second);
    const allowed = (low & USABLE_WRITE) === USABLE_WRITE ? 3 : 1;
    if ((permission & ~allowed) !== 0) return pageFault(original, second);
    if (!isGuest && (high & FAR) !== 0) return accessFault(original);
    this.frame = target + (page % span);
    this.size = 9 * level - 9;
    this.permission = allowed;
    return 0;
  }

  /** The frame of a pointer; one beyond all memory stays beyond it. */
  private pointer(low: number, high: number): number {
    return (low >>> 10) + (high & 0x3fffff) * 2 ** 22;
  }

  private root44(low: number, high: number): number {
    return (low >>> 0) + (high & 0xfff) * 2 ** 32;
  }
}
