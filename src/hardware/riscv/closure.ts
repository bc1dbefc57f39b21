import {
  type BoundArchitecture,
  type DeviceView,
  IDENTITY,
  type MemoryView,
  ROW,
  type RowSink,
  WHOLE,
} from '../../vocabulary/architecture.js';
import { READ } from '../../vocabulary/operations.js';
import type { WorldShape } from '../../vocabulary/shape.js';
import { flightByLeaf, translatedFlight } from '../flights.js';
import { frameBySecond, nestedPage } from '../two-stages.js';
import * as attribute from './attributes.js';
import { CAUSE } from './causes.js';
import * as dc from './entries/device-context.js';
import * as directory from './entries/directory.js';
import * as pte from './entries/page-table.js';
import { FRAME_LIMIT } from './entries/pointer.js';
import * as pc from './entries/process-context.js';
import { FLIGHT_OF, KIND } from './kinds.js';
import { NaiveWalker, readDevice } from './walk-naive.js';

/** Rows hold page numbers as positive 32-bit integers: input addresses are walked up to 2^43. */
const PAGE_LIMIT = 2 ** 31;
/** Page-number bits that a translation of everything spans, up to the end of physical memory. */
const BARE_SIZE = 31;

/**
 * One read of memory at a time (docs/semantics.md, section 2): what hardware may hold, from what it holds and memory as it is.
 * Nothing that is not valid is ever cached (2.8), and an entry that is malformed yields nothing, for a walk faults there.
 */
export class RiscvClosure implements BoundArchitecture {
  private readonly walker: NaiveWalker;
  /** Process ids that requests may carry where no directory says which there are. */
  private readonly namedProcesses: number;

  constructor(
    private readonly shape: WorldShape,
    private readonly memory: MemoryView,
    private readonly devices: DeviceView,
  ) {
    this.walker = new NaiveWalker(memory, (iommu) => directoryLevels(shape, iommu));
    this.namedProcesses = shape.devices.reduce((sum, device) => sum + device.slots, 2);
  }

  routes(device: number, sink: RowSink): void {
    const { iommu, rid } = this.shape.devices[device];
    const levels = directoryLevels(this.shape, iommu);
    const root = this.memory.root(iommu);
    if (root === 0 || rid >= 2 ** directory.deviceIdBits(levels)) return;
    this.directoryTable(device, root, levels, sink);
  }

  /** A table of the device directory at a level: what stands in it for the device. */
  private directoryTable(device: number, frame: number, level: number, sink: RowSink): void {
    const { memory } = this;
    if (frame >= memory.frames) return;
    const index = directory.deviceIndex(this.shape.devices[device].rid, level);
    if (level === 1) {
      const at = index * dc.DC_QWORDS;
      const tc = memory.low(frame, at);
      if (!dc.isContextValid(tc)) return;
      if (dc.hasControlReserved(tc, memory.high(frame, at)) || dc.isControlInvalid(tc)) return;
      sink(KIND['device-fetch'], device, -1, -1, 0, WHOLE, frame, 3 | (tc << attribute.CONTROL_SHIFT), 0);
      return;
    }
    const low = memory.low(frame, index);
    const high = memory.high(frame, index);
    const next = directory.directoryTable(low, high);
    if (!directory.isDirectoryValid(low) || directory.hasDirectoryReserved(low, high)) return;
    if (next >= memory.frames) return;
    sink(KIND.directory, device, -1, -1, 0, WHOLE, next, attribute.atLevel(3, level - 1), 0);
  }

  next(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const device = row[at + ROW.device];
    const attributes = row[at + ROW.attributes];
    switch (row[at + ROW.kind]) {
      case KIND.directory:
        this.directoryTable(device, row[at + ROW.frame], attribute.levelOf(attributes), sink);
        break;
      case KIND['device-fetch']:
        this.fromDeviceFetch(row, at, sink);
        break;
      case KIND['device-context']:
        this.fromDeviceContext(row, at, sink);
        break;
      case KIND['process-directory']:
        this.fromProcessDirectory(row, at, sink);
        break;
      case KIND['process-fetch']:
        this.fromProcessFetch(row, at, sink);
        break;
      case KIND['process-context']:
        this.fromContext(row, at, sink);
        break;
      case KIND['second-structure']:
        this.secondEntries(
          device,
          row[at + ROW.tag],
          row[at + ROW.frame],
          row[at + ROW.page],
          row[at + ROW.size],
          sink,
        );
        break;
      case KIND['first-structure']:
        this.firstEntries(device, row, at, false, false, row[at + ROW.pasid], sink);
        break;
      case KIND['nested-structure']:
        this.firstEntries(device, row, at, true, false, row[at + ROW.pasid], sink);
        break;
      case KIND['nested-root']: {
        const owner = ~this.shape.devices[device].iommu;
        this.firstEntries(owner, row, at, true, true, row[at + ROW.extra], sink);
        break;
      }
    }
  }

  /** tc as it was read, the rest as it is now. */
  private fromDeviceFetch(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const { memory } = this;
    const device = row[at + ROW.device];
    const frame = row[at + ROW.frame];
    const index = directory.deviceIndex(this.shape.devices[device].rid, 1) * dc.DC_QWORDS;
    const tc = row[at + ROW.attributes] >>> attribute.CONTROL_SHIFT;
    if (frame >= memory.frames) return;
    const read = readDevice(memory, frame, index, tc);
    if (read === undefined || read.table >= FRAME_LIMIT || read.secondTable >= FRAME_LIMIT) return;
    const flags =
      3 |
      ((tc & dc.DC_ATS) !== 0 ? attribute.ATS : 0) |
      (read.hasProcesses ? attribute.PROCESS_DIRECTORY : 0) |
      (read.defaultProcess ? attribute.DEFAULT_PROCESS : 0);
    const attributes = attribute.withLevels(flags, read.levels, read.secondLevels);
    // Fields that the modes leave unused are no part of the value.
    const tag = read.secondLevels > 0 ? read.gscid : -1;
    const second = read.secondLevels > 0 ? read.secondTable : 0;
    const first = read.levels > 0 ? read.table : 0;
    const pscid = read.hasProcesses || read.levels === 0 ? 0 : read.pscid;
    sink(KIND['device-context'], device, -1, tag, pscid, WHOLE, first, attributes, second);
  }

  private fromDeviceContext(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const attributes = row[at + ROW.attributes];
    const levels = attribute.firstLevels(attributes);
    if ((attributes & attribute.PROCESS_DIRECTORY) !== 0 && levels > 0) {
      const nested = attribute.secondLevels(attributes) > 0;
      const kind = nested ? KIND['process-address'] : KIND['process-directory'];
      this.processPointer(kind, row, at, row[at + ROW.frame], 0, levels, sink);
    }
    this.fromContext(row, at, sink);
  }

  private processPointer(
    kind: number,
    row: ArrayLike<number>,
    at: number,
    frame: number,
    firstPid: number,
    level: number,
    sink: RowSink,
  ): void {
    if (frame >= FRAME_LIMIT) return;
    sink(
      kind,
      row[at + ROW.device],
      -1,
      row[at + ROW.tag],
      firstPid,
      WHOLE,
      frame,
      attribute.atLevel(row[at + ROW.attributes], level),
      row[at + ROW.extra],
    );
  }

  /** Entries of a table of the process directory. */
  private fromProcessDirectory(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const { memory } = this;
    const frame = row[at + ROW.frame];
    if (frame >= memory.frames) return;
    const attributes = row[at + ROW.attributes];
    const level = attribute.levelOf(attributes);
    const firstPid = row[at + ROW.page];
    if (level === 1) {
      for (let q = memory.nextUsed(frame, 0); q < 512; q = memory.nextUsed(frame, (q | 1) + 1)) {
        const ta = memory.low(frame, q & ~1);
        if (!pc.isProcessValid(ta) || pc.hasProcessReserved(ta, memory.high(frame, q & ~1))) continue;
        const device = row[at + ROW.device];
        const pid = firstPid + (q >>> 1);
        const tag = row[at + ROW.tag];
        const extra = row[at + ROW.extra];
        sink(KIND['process-fetch'], device, pid, tag, dc.pscidOf(ta), WHOLE, frame, attributes, extra);
      }
      return;
    }
    const nested = attribute.secondLevels(attributes) > 0;
    const kind = nested ? KIND['process-address'] : KIND['process-directory'];
    const end = level === 3 ? 8 : 512;
    for (let i = memory.nextUsed(frame, 0); i < end; i = memory.nextUsed(frame, i + 1)) {
      const low = memory.low(frame, i);
      const high = memory.high(frame, i);
      if (!directory.isDirectoryValid(low) || directory.hasDirectoryReserved(low, high)) continue;
      const below = firstPid + i * 2 ** (9 * level - 10);
      this.processPointer(kind, row, at, directory.directoryTable(low, high), below, level - 1, sink);
    }
  }

  /** ta as it was read, fsc as it is now. */
  private fromProcessFetch(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const { memory } = this;
    const frame = row[at + ROW.frame];
    if (frame >= memory.frames) return;
    const pid = row[at + ROW.pasid];
    const index = directory.processIndex(pid, 1) * pc.PC_QWORDS + 1;
    const high = memory.high(frame, index);
    if (dc.hasFirstStageReserved(high) || dc.isFirstStageInvalid(high, false)) return;
    const levels = dc.levelsOf(dc.contextMode(high));
    const table = levels > 0 ? dc.contextTable(memory.low(frame, index), high) : 0;
    if (table >= FRAME_LIMIT) return;
    const from = row[at + ROW.attributes];
    const flags = from & (3 | attribute.ATS | attribute.DEFAULT_PROCESS);
    const attributes = attribute.withLevels(flags, levels, attribute.secondLevels(from));
    const pscid = levels > 0 ? row[at + ROW.page] : 0;
    const tag = row[at + ROW.tag];
    sink(
      KIND['process-context'],
      row[at + ROW.device],
      pid,
      tag,
      pscid,
      WHOLE,
      table,
      attributes,
      row[at + ROW.extra],
    );
  }

  /** What walks by a context read next: its tables' roots. */
  private fromContext(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const owner = ~this.shape.devices[row[at + ROW.device]].iommu;
    const attributes = row[at + ROW.attributes];
    const second = attribute.secondLevels(attributes);
    const first = stageOf(row, at);
    if (second > 0) {
      if (first > 0) {
        // A guest's root; its translation may be cached with the context (3.1.3, note).
        const device = row[at + ROW.device];
        const pscid = row[at + ROW.page];
        const tag = row[at + ROW.tag];
        sink(
          KIND['nested-address'],
          device,
          row[at + ROW.pasid],
          tag,
          0,
          9 * first,
          row[at + ROW.frame],
          3,
          pscid,
        );
      }
      this.secondEntries(owner, row[at + ROW.tag], row[at + ROW.extra], 0, 9 * second + 2, sink);
    } else if (first > 0) {
      const pscid = row[at + ROW.page];
      const root = [0, owner, pscid, -1, 0, 9 * first, row[at + ROW.frame], 3, 0];
      this.firstEntries(owner, root, 0, false, true, pscid, sink);
    } else if (serves(row, at, this.namedProcesses).length > 0) {
      sink(KIND.bare, owner, -1, -1, 0, BARE_SIZE, IDENTITY, 3, 0);
    }
  }

  /** Entries of a second-stage table that spans `size` page bits from `page`; a root has four pages. */
  private secondEntries(
    owner: number,
    tag: number,
    frame: number,
    page: number,
    size: number,
    sink: RowSink,
  ): void {
    const { memory } = this;
    const level = Math.floor(size / 9);
    const below = 9 * (level - 1);
    const frames = size % 9 === 0 ? 1 : 4;
    for (let part = 0; part < frames; part++) {
      if (frame + part >= memory.frames) return;
      for (let i = memory.nextUsed(frame + part, 0); i < 512; i = memory.nextUsed(frame + part, i + 1)) {
        const low = memory.low(frame + part, i);
        const high = memory.high(frame + part, i);
        const covers = page + (part * 512 + i) * 2 ** below;
        const target = pte.pteFrame(low, high);
        if (covers >= PAGE_LIMIT || !isEntry(low, high, level) || target >= FRAME_LIMIT) continue;
        if (!pte.isPteLeaf(low)) {
          sink(KIND['second-structure'], owner, -1, tag, covers, below, target, 3, 0);
          continue;
        }
        const permission = pte.ptePermission(low);
        if (permission === 0 || (low & pte.PTE_USER) === 0) continue;
        sink(KIND.second, owner, -1, tag, covers, below, target, permission, 0);
      }
    }
  }

  /** Entries of a first-stage table. Nested, what they point to is guest-physical: a row of its own until it is translated. */
  private firstEntries(
    owner: number,
    row: ArrayLike<number>,
    at: number,
    nested: boolean,
    isRoot: boolean,
    pscid: number,
    sink: RowSink,
  ): void {
    const { memory } = this;
    const frame = row[at + ROW.frame];
    const tag = row[at + ROW.tag];
    if (frame >= memory.frames) return;
    const size = row[at + ROW.size];
    const level = size / 9;
    const below = size - 9;
    // Of a root, the upper half is of addresses with the sign bit, which rows do not name.
    const end = isRoot ? 256 : 512;
    for (let i = memory.nextUsed(frame, 0); i < end; i = memory.nextUsed(frame, i + 1)) {
      const low = memory.low(frame, i);
      const high = memory.high(frame, i);
      const covers = row[at + ROW.page] + i * 2 ** below;
      const target = pte.pteFrame(low, high);
      if (covers >= PAGE_LIMIT || !isEntry(low, high, level) || target >= FRAME_LIMIT) continue;
      // A global mapping is one of every address space (privileged architecture 12.3.1).
      const tagged = (low & pte.PTE_GLOBAL) !== 0 ? -1 : pscid;
      if (!pte.isPteLeaf(low)) {
        const kind = nested ? KIND['nested-table'] : KIND['first-structure'];
        sink(kind, owner, tagged, tag, covers, below, target, 3, 0);
        continue;
      }
      const permission = pte.ptePermission(low);
      if (permission === 0 || (low & pte.PTE_USER) === 0) continue;
      const kind = nested ? KIND['nested-page'] : KIND.first;
      sink(kind, owner, tagged, tag, covers, below, target, permission, 0);
    }
  }

  reach(one: ArrayLike<number>, at: number, other: ArrayLike<number>, otherAt: number, sink: RowSink): void {
    const kind = other[otherAt + ROW.kind];
    switch (one[at + ROW.kind]) {
      case KIND['device-context']:
        // Translated requests are let through while the device context has EN_ATS, whatever lies below it (2.3, step 6).
        if (kind !== KIND['device-tlb']) this.fromContextAndLeaf(one, at, other, otherAt, sink);
        else if ((one[at + ROW.attributes] & attribute.ATS) !== 0)
          translatedFlight(KIND['flight-translated'], one, at, other, otherAt, sink);
        break;
      case KIND['process-context']:
        this.fromContextAndLeaf(one, at, other, otherAt, sink);
        break;
      case KIND['process-address']:
        this.processDirectory(one, at, other, otherAt, sink);
        break;
      case KIND['nested-address']:
      case KIND['nested-table']:
      case KIND['nested-page']:
        this.throughSecond(one, at, other, otherAt, sink);
        break;
    }
  }

  private fromContextAndLeaf(
    one: ArrayLike<number>,
    at: number,
    other: ArrayLike<number>,
    otherAt: number,
    sink: RowSink,
  ): void {
    const flight = FLIGHT_OF[other[otherAt + ROW.kind]];
    if (flight < 0 || !this.feeds(one, at, other, otherAt)) return;
    const device = one[at + ROW.device];
    const pasid = other[otherAt + ROW.pasid];
    const permission = other[otherAt + ROW.attributes] & 3;
    const keeps = (one[at + ROW.attributes] & attribute.ATS) !== 0 && this.devices.control(device, 'ats');
    const kept = keeps ? KIND['device-tlb'] : -1;
    for (const request of serves(one, at, this.namedProcesses)) {
      if (request >= 0 && !this.devices.control(device, 'pasid')) continue;
      flightByLeaf(flight, kept, device, pasid, permission, request, other, otherAt, sink);
    }
  }

  private processDirectory(
    one: ArrayLike<number>,
    at: number,
    second: ArrayLike<number>,
    secondAt: number,
    sink: RowSink,
  ): void {
    const frame = frameBySecond(this.shape, one, at, second, secondAt, READ);
    if (frame < 0) return;
    sink(
      KIND['process-directory'],
      one[at + ROW.device],
      -1,
      one[at + ROW.tag],
      one[at + ROW.page],
      WHOLE,
      frame,
      one[at + ROW.attributes],
      one[at + ROW.extra],
    );
  }

  /** A guest-physical address of a nested table meets a second-stage translation of its GSCID. */
  private throughSecond(
    one: ArrayLike<number>,
    at: number,
    other: ArrayLike<number>,
    otherAt: number,
    sink: RowSink,
  ): void {
    if (one[at + ROW.kind] === KIND['nested-page']) {
      const permission = one[at + ROW.attributes] & other[otherAt + ROW.attributes] & 3;
      if (permission !== 0) nestedPage(KIND.nested, permission, one, at, other, otherAt, sink);
      return;
    }
    const frame = frameBySecond(this.shape, one, at, other, otherAt, READ);
    if (frame < 0) return;
    const isRoot = one[at + ROW.kind] === KIND['nested-address'];
    sink(
      isRoot ? KIND['nested-root'] : KIND['nested-structure'],
      one[at + ROW.device],
      one[at + ROW.pasid],
      one[at + ROW.tag],
      one[at + ROW.page],
      one[at + ROW.size],
      frame,
      3,
      one[at + ROW.extra],
    );
  }

  feeds(config: ArrayLike<number>, at: number, member: ArrayLike<number>, memberAt: number): boolean {
    const kind = config[at + ROW.kind];
    if (kind !== KIND['device-context'] && kind !== KIND['process-context']) return false;
    const device = config[at + ROW.device];
    const nested = isNested(config, at);
    const memberKind = member[memberAt + ROW.kind];
    if (memberKind === KIND['nested-address'] || memberKind === KIND['nested-root'])
      return (
        nested &&
        member[memberAt + ROW.device] === device &&
        member[memberAt + ROW.pasid] === config[at + ROW.pasid]
      );
    if (this.shape.devices[device].iommu !== ~member[memberAt + ROW.device]) return false;
    if (config[at + ROW.tag] !== member[memberAt + ROW.tag]) return false;
    const second = attribute.secondLevels(config[at + ROW.attributes]) > 0;
    const first = stageOf(config, at) > 0;
    const pscid = member[memberAt + ROW.pasid];
    const isOfSpace = pscid === -1 || pscid === config[at + ROW.page];
    switch (memberKind) {
      case KIND['second-structure']:
        return second;
      case KIND.second:
        return second && !first;
      case KIND['first-structure']:
      case KIND.first:
        return first && !second && isOfSpace;
      case KIND['nested-table']:
      case KIND['nested-structure']:
      case KIND['nested-page']:
      case KIND.nested:
        return nested && isOfSpace;
      case KIND.bare:
        return !first && !second;
      default:
        return false;
    }
  }

  faultOf(row: ArrayLike<number>, at: number, pasid: number, page: number, permission: number): number {
    const kind = row[at + ROW.kind];
    const attributes = row[at + ROW.attributes];
    const device = {
      secondLevels: attribute.secondLevels(attributes),
      secondTable: row[at + ROW.extra],
      gscid: row[at + ROW.tag],
      hasProcesses: (attributes & attribute.PROCESS_DIRECTORY) !== 0,
      defaultProcess: (attributes & attribute.DEFAULT_PROCESS) !== 0,
      levels: attribute.firstLevels(attributes),
      table: row[at + ROW.frame],
      pscid: row[at + ROW.page],
    };
    if (kind === KIND['device-context']) return this.walker.fromDevice(device, pasid, page, permission);
    if (kind === KIND['process-context']) {
      if (!serves(row, at, this.namedProcesses).includes(pasid)) return 0;
      return this.walker.fromDevice({ ...device, hasProcesses: false }, -1, page, permission);
    }
    if (kind !== KIND['device-fetch'] && kind !== KIND['process-fetch'] && kind !== KIND.directory) return 0;
    if (kind === KIND['process-fetch'] && row[at + ROW.pasid] !== pasid) return 0;
    // An entry whose other qwords are malformed gives no member to go on from.
    let fault: number =
      kind === KIND['process-fetch'] ? CAUSE.processMisconfigured : CAUSE.directoryMisconfigured;
    if (kind === KIND.directory) fault = CAUSE.directoryInvalid;
    this.next(row, at, (...derived) => {
      fault = this.faultOf(derived, 0, pasid, page, permission);
    });
    return fault;
  }
}

/** Levels of an IOMMU's device directory (ddtp.iommu_mode): three, unless the world says otherwise. */
export function directoryLevels(shape: WorldShape, iommu: number): number {
  return shape.iommus[iommu].directoryLevels ?? 3;
}

/** Whether a page-table entry leads anywhere. */
function isEntry(low: number, high: number, level: number): boolean {
  return pte.isPteValid(low) && !pte.isPteMalformed(low, high, level);
}

/** Levels of the first stage by which a context translates what it serves itself. */
function stageOf(row: ArrayLike<number>, at: number): number {
  const attributes = row[at + ROW.attributes];
  return (attributes & attribute.PROCESS_DIRECTORY) !== 0 ? 0 : attribute.firstLevels(attributes);
}

function isNested(row: ArrayLike<number>, at: number): boolean {
  return stageOf(row, at) > 0 && attribute.secondLevels(row[at + ROW.attributes]) > 0;
}

/** The process ids (-1: none) whose requests a context serves itself. `named`: how many there may be. */
function serves(row: ArrayLike<number>, at: number, named: number): readonly number[] {
  const attributes = row[at + ROW.attributes];
  if (row[at + ROW.kind] === KIND['process-context']) {
    const pid = row[at + ROW.pasid];
    return pid === 0 && (attributes & attribute.DEFAULT_PROCESS) !== 0 ? [-1, pid] : [pid];
  }
  if ((attributes & attribute.PROCESS_DIRECTORY) === 0) return [-1];
  if (attribute.firstLevels(attributes) === 0) return [-1, ...Array.from({ length: named }, (_, pid) => pid)];
  return (attributes & attribute.DEFAULT_PROCESS) !== 0 ? [] : [-1];
}
