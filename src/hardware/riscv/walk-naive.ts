import { type MemoryView, WHOLE } from '../../vocabulary/architecture.js';
import { accessFault, CAUSE, isRecoverable, pageFault } from './causes.js';
import * as dc from './entries/device-context.js';
import * as directory from './entries/directory.js';
import * as pte from './entries/page-table.js';
import { FRAME_LIMIT } from './entries/pointer.js';
import * as pc from './entries/process-context.js';

/** Index into the table of a level; the root of a second stage has four pages (18.5.1: Sv39x4 and its like). */
export function tableIndex(page: number, level: number, wideRoot: boolean): number {
  return Math.floor(page / 512 ** (level - 1)) % (wideRoot ? 2048 : 512);
}

/** Whether a page number is the sign extension of a virtual address of so many levels (12.4.1). */
export function isCanonical(page: number, levels: number): boolean {
  const half = 2 ** (9 * levels - 1);
  return page < half || page >= 2 ** 52 - half;
}

/** What a device or process context says of the two stages. */
export interface Stages {
  /** Levels of the first stage, 0 for bare. */
  readonly firstLevels: number;
  readonly firstTable: number;
  readonly secondLevels: number;
  readonly secondTable: number;
}

/** What a device context says of process directories. */
export interface Device {
  readonly secondLevels: number;
  readonly secondTable: number;
  readonly gscid: number;
  /** Whether fsc is a process directory, its levels (0: bare) and root. */
  readonly hasProcesses: boolean;
  readonly defaultProcess: boolean;
  /** Of the process directory, or of the first stage. */
  readonly levels: number;
  readonly table: number;
  readonly pscid: number;
}

/**
 * The walker written straight after the specification's steps (2.3, 2.3.1, 2.3.2; privileged architecture 12.3.2, 18.5.1): slow,
 * and meant to be compared with the text. Every method returns 0 or a cause; what it found is in the fields after a 0.
 */
export class NaiveWalker {
  /** The frame of the page asked for. */
  frame = 0;
  /** Page-number bits of the translation that was found. */
  size = 0;
  /** What the translation permits: 1 read, 2 write. */
  permission = 0;
  /** GSCID, and PSCID, that tag the translation; -1 where the stage is bare. */
  tag = -1;
  pscid = -1;

  constructor(
    private readonly memory: MemoryView,
    /** Levels of the device directory of an IOMMU (ddtp.iommu_mode). */
    private readonly levels: (iommu: number) => number,
  ) {}

  /** An untranslated request: `pid` -1 is none, `permission` what the access needs; it has user privilege. */
  translate(iommu: number, rid: number, pid: number, page: number, permission: number): number {
    const found = this.findDevice(iommu, rid);
    return typeof found === 'number' ? found : this.fromDevice(found, pid, page, permission);
  }

  /**
   * A translation request of a device (2.6): the completion's permission is in {@link permission}. What a page request could
   * mend answers with permission 0 and is no fault.
   */
  translationRequest(iommu: number, rid: number, pid: number, page: number): number {
    const found = this.findDevice(iommu, rid);
    if (typeof found === 'number') return found;
    if (!found.allowsAts) return CAUSE.typeDisallowed;
    const fault = this.fromDevice(found, pid, page, 0);
    if (fault === 0 || !isRecoverable(fault)) return fault;
    this.permission = 0;
    return 0;
  }

  /** A translated request: nothing below the device context is looked at (2.3, step 6). */
  translatedRequest(iommu: number, rid: number): number {
    const found = this.findDevice(iommu, rid);
    if (typeof found === 'number') return found;
    return found.allowsAts ? 0 : CAUSE.typeDisallowed;
  }

  /** Steps 1 to 4, and locating the device context (2.3.1). A number is a cause. */
  private findDevice(iommu: number, rid: number): (Device & { readonly allowsAts: boolean }) | number {
    const { memory } = this;
    let table = memory.root(iommu);
    if (table === 0) return CAUSE.allDisallowed;
    const levels = this.levels(iommu);
    if (rid >= 2 ** directory.deviceIdBits(levels)) return CAUSE.typeDisallowed;
    for (let level = levels; level > 1; level--) {
      if (table >= memory.frames) return CAUSE.directoryLoad;
      const index = directory.deviceIndex(rid, level);
      const low = memory.low(table, index);
      const high = memory.high(table, index);
      if (!directory.isDirectoryValid(low)) return CAUSE.directoryInvalid;
      if (directory.hasDirectoryReserved(low, high)) return CAUSE.directoryMisconfigured;
      table = directory.directoryTable(low, high);
    }
    if (table >= memory.frames) return CAUSE.directoryLoad;
    const at = directory.deviceIndex(rid, 1) * dc.DC_QWORDS;
    const tc = memory.low(table, at);
    if (!dc.isContextValid(tc)) return CAUSE.directoryInvalid;
    if (dc.hasControlReserved(tc, memory.high(table, at)) || dc.isControlInvalid(tc))
      return CAUSE.directoryMisconfigured;
    const device = readDevice(memory, table, at, tc);
    if (device === undefined) return CAUSE.directoryMisconfigured;
    return { ...device, allowsAts: (tc & dc.DC_ATS) !== 0 };
  }

  /** Steps 5 to 13 and locating the process context (2.3.2), from a device context's fields. */
  fromDevice(device: Device, pid: number, page: number, permission: number): number {
    const { memory } = this;
    const { secondLevels, secondTable, gscid } = device;
    const second = { secondLevels, secondTable };
    if (!device.hasProcesses) {
      if (pid >= 0) return CAUSE.typeDisallowed;
      return this.fromStages(
        { firstLevels: device.levels, firstTable: device.table, ...second },
        gscid,
        device.pscid,
        page,
        permission,
      );
    }
    if (pid >= 0 && device.levels > 0 && pid >= 2 ** directory.processIdBits(device.levels))
      return CAUSE.typeDisallowed;
    const used = pid < 0 && device.defaultProcess ? 0 : pid;
    if (used < 0 || device.levels === 0)
      return this.fromStages({ firstLevels: 0, firstTable: 0, ...second }, gscid, 0, page, permission);
    let table = device.table;
    for (let level = device.levels; ; level--) {
      // A process directory of a guest lies at guest-physical addresses.
      if (secondLevels > 0) {
        const fault = this.secondWalk(second, table, 1, permission);
        if (fault !== 0) return fault;
        table = this.frame;
      }
      if (table >= memory.frames) return CAUSE.processLoad;
      const index = directory.processIndex(used, level);
      if (level === 1) return this.fromProcess(table, index * pc.PC_QWORDS, device, page, permission);
      const low = memory.low(table, index);
      const high = memory.high(table, index);
      if (!directory.isDirectoryValid(low)) return CAUSE.processInvalid;
      if (directory.hasDirectoryReserved(low, high)) return CAUSE.processMisconfigured;
      table = directory.directoryTable(low, high);
    }
  }

  private fromProcess(table: number, at: number, device: Device, page: number, permission: number): number {
    const { memory } = this;
    const { secondLevels, secondTable, gscid } = device;
    const ta = memory.low(table, at);
    const fscHigh = memory.high(table, at + 1);
    if (!pc.isProcessValid(ta)) return CAUSE.processInvalid;
    if (pc.hasProcessReserved(ta, memory.high(table, at)) || dc.hasFirstStageReserved(fscHigh))
      return CAUSE.processMisconfigured;
    if (dc.isFirstStageInvalid(fscHigh, false)) return CAUSE.processMisconfigured;
    const firstLevels = dc.levelsOf(dc.contextMode(fscHigh));
    const firstTable = dc.contextTable(memory.low(table, at + 1), fscHigh);
    return this.fromStages(
      { firstLevels, firstTable, secondLevels, secondTable },
      gscid,
      dc.pscidOf(ta),
      page,
      permission,
    );
  }

  /** From what a context says to the page. */
  fromStages(stages: Stages, gscid: number, pscid: number, page: number, permission: number): number {
    this.tag = stages.secondLevels > 0 ? gscid : -1;
    this.pscid = stages.firstLevels > 0 ? pscid : -1;
    if (stages.firstLevels === 0) {
      if (stages.secondLevels > 0) return this.secondWalk(stages, page, permission, permission);
      if (page >= FRAME_LIMIT) return accessFault(permission);
      this.frame = page;
      this.size = WHOLE;
      this.permission = 3;
      return 0;
    }
    const fault = this.firstWalk(stages, page, permission);
    if (fault !== 0 || stages.secondLevels === 0) return fault;
    const { size, permission: allowed } = this;
    const second = this.secondWalk(stages, this.frame, permission, permission);
    if (second !== 0) return second;
    this.size = Math.min(size, this.size);
    this.permission &= allowed;
    return 0;
  }

  /** The first stage; nested, the address of each of its tables goes through the second. */
  private firstWalk(stages: Stages, page: number, permission: number): number {
    const { memory } = this;
    const { firstLevels, secondLevels } = stages;
    if (!isCanonical(page, firstLevels)) return pageFault(permission, false);
    let table = stages.firstTable;
    for (let level = firstLevels; ; level--) {
      if (secondLevels > 0) {
        const fault = this.secondWalk(stages, table, 1, permission);
        if (fault !== 0) return fault;
        table = this.frame;
      }
      if (table >= memory.frames) return accessFault(permission);
      const index = tableIndex(page, level, false);
      const low = memory.low(table, index);
      const high = memory.high(table, index);
      if (!pte.isPteValid(low) || pte.isPteMalformed(low, high, level)) return pageFault(permission, false);
      table = pte.pteFrame(low, high);
      if (!pte.isPteLeaf(low)) continue;
      // A request of user privilege: pages of the supervisor are not for it.
      if ((low & pte.PTE_USER) === 0) return pageFault(permission, false);
      return this.leaf(low, table, page, level, permission, secondLevels > 0, permission, false);
    }
  }

  /** The second stage, from a page whose number is guest-physical; `original` is what the access itself wanted. */
  private secondWalk(
    { secondLevels, secondTable }: Pick<Stages, 'secondLevels' | 'secondTable'>,
    page: number,
    permission: number,
    original: number,
  ): number {
    const { memory } = this;
    if (page >= 2 ** (9 * secondLevels + 2)) return pageFault(original, true);
    let table = secondTable;
    for (let level = secondLevels; ; level--) {
      const isRoot = level === secondLevels;
      const wide = tableIndex(page, level, isRoot);
      const frame = table + (wide >>> 9);
      if (frame >= memory.frames) return accessFault(original);
      const low = memory.low(frame, wide & 511);
      const high = memory.high(frame, wide & 511);
      if (!pte.isPteValid(low) || pte.isPteMalformed(low, high, level)) return pageFault(original, true);
      table = pte.pteFrame(low, high);
      if (!pte.isPteLeaf(low)) continue;
      // All second-stage accesses are of user privilege (18.5.1).
      if ((low & pte.PTE_USER) === 0) return pageFault(original, true);
      return this.leaf(low, table, page, level, permission, false, original, true);
    }
  }

  private leaf(
    low: number,
    target: number,
    page: number,
    level: number,
    permission: number,
    isGuest: boolean,
    original: number,
    second: boolean,
  ): number {
    const allowed = pte.ptePermission(low);
    if (allowed === 0 || (permission & ~allowed) !== 0) return pageFault(original, second);
    const size = 9 * (level - 1);
    const frame = target + (page % 2 ** size);
    // What a guest's leaf names is guest-physical, and has the second stage's limit.
    if (!isGuest && frame >= FRAME_LIMIT) return accessFault(original);
    this.frame = frame;
    this.size = size;
    this.permission = allowed;
    return 0;
  }
}

/** The fields of a device context behind tc, or undefined when they are misconfigured (2.1.4). */
export function readDevice(memory: MemoryView, table: number, at: number, tc: number): Device | undefined {
  const gatpLow = memory.low(table, at + 1);
  const gatpHigh = memory.high(table, at + 1);
  const taLow = memory.low(table, at + 2);
  const fscHigh = memory.high(table, at + 3);
  const hasProcesses = (tc & dc.DC_PROCESS_DIRECTORY) !== 0;
  if (dc.isSecondStageInvalid(gatpLow, gatpHigh)) return undefined;
  if (dc.hasAttributesReserved(taLow, memory.high(table, at + 2)) || dc.hasFirstStageReserved(fscHigh))
    return undefined;
  if (dc.isFirstStageInvalid(fscHigh, hasProcesses)) return undefined;
  // The MSI page table is off, and the last qword reserved.
  for (let i = 4; i < dc.DC_QWORDS; i++)
    if ((memory.low(table, at + i) | memory.high(table, at + i)) !== 0) return undefined;
  const mode = dc.contextMode(fscHigh);
  return {
    secondLevels: dc.levelsOf(dc.contextMode(gatpHigh)),
    secondTable: dc.contextTable(gatpLow, gatpHigh),
    gscid: dc.gscidOf(gatpHigh),
    hasProcesses,
    defaultProcess: (tc & dc.DC_DEFAULT_PROCESS) !== 0,
    levels: hasProcesses ? mode : dc.levelsOf(mode),
    table: dc.contextTable(memory.low(table, at + 3), fscHigh),
    pscid: dc.pscidOf(taLow),
  };
}
