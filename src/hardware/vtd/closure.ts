import {
  type BoundArchitecture,
  type DeviceView,
  IDENTITY,
  type MemoryView,
  ROW,
  type RowSink,
  WHOLE,
} from '../../vocabulary/architecture.js';
import { WRITE } from '../../vocabulary/operations.js';
import type { WorldShape } from '../../vocabulary/shape.js';
import { flightByLeaf, translatedFlight } from '../flights.js';
import { isWithin } from '../span.js';
import { frameBySecond, nestedPage } from '../two-stages.js';
import * as attribute from './attributes.js';
import { frameOf, HOST_ADDRESS_WIDTH } from './entries/address.js';
import * as context from './entries/context.js';
import * as directory from './entries/directory.js';
import * as first from './entries/first-level.js';
import * as pasids from './entries/pasid.js';
import * as roots from './entries/root.js';
import { FAULT } from './faults.js';
import { FLIGHT_OF, KIND } from './kinds.js';
import { SecondStage, TOP_ENTRIES } from './second-stage.js';
import { hasRestReserved, NaiveWalker } from './walk-naive.js';

/** A table row of the root spans all four levels. */
const ROOT_SIZE = 36;

/**
 * One read of memory at a time (docs/semantics.md, section 2): what hardware may hold, from what it holds and memory as it is.
 * An entry that is malformed yields nothing, for a walk faults there. Where the IOMMU is emulated, not-present context, PASID
 * and second-stage entries are members too: of the pages and PASIDs that the world can name, since all of them would be most
 * of the address space.
 */
export class VtdClosure implements BoundArchitecture {
  private readonly walker: NaiveWalker;
  private readonly second: SecondStage;
  /** PASIDs whose absence may matter: as many as the world has slots, and one to spare. */
  private readonly namedPasids: number;

  constructor(
    private readonly shape: WorldShape,
    private readonly memory: MemoryView,
    private readonly devices: DeviceView,
  ) {
    this.walker = new NaiveWalker(memory);
    this.second = new SecondStage(KIND, shape, memory);
    this.namedPasids = shape.devices.reduce((sum, device) => sum + device.slots, 2);
  }

  routes(device: number, sink: RowSink): void {
    const { memory } = this;
    const { rid, iommu } = this.shape.devices[device];
    const root = memory.root(iommu);
    if (root >= memory.frames) return;
    const half = roots.rootIndex(rid);
    const low = memory.low(root, half);
    const high = memory.high(root, half);
    const table = roots.rootContextTable(low, high);
    if (roots.isRootPresent(low) && !roots.hasRootReserved(low, high) && table < memory.frames) {
      if (this.contextRow(device, table, context.contextIndex(rid), sink)) return;
    }
    if (this.cachesAbsent(device)) sink(KIND['absent-context'], device, -1, -1, 0, WHOLE, 0, 0, 0);
  }

  private contextRow(device: number, table: number, at: number, sink: RowSink): boolean {
    const { memory } = this;
    const low0 = memory.low(table, at);
    if (!context.isContextPresent(low0)) return false;
    const high0 = memory.high(table, at);
    const low1 = memory.low(table, at + 1);
    const secondUnit =
      memory.low(table, at + 2) |
      memory.high(table, at + 2) |
      memory.low(table, at + 3) |
      memory.high(table, at + 3);
    if (context.hasContextReserved(low0, high0, low1, memory.high(table, at + 1), secondUnit)) return false;
    if (context.isContextInvalid(low0, low1)) return false;
    const attributes =
      3 |
      ((low0 & context.CONTEXT_DEVICE_TLB) !== 0 ? attribute.DEVICE_TLB : 0) |
      ((low1 & context.CONTEXT_RID_PRIVILEGED) !== 0 ? attribute.PRIVILEGED_RID : 0) |
      ((low0 & context.CONTEXT_PASID) !== 0 ? attribute.TAKES_PASID : 0) |
      ((low0 & context.CONTEXT_PAGE_REQUEST) !== 0 ? attribute.TAKES_PAGE_REQUESTS : 0) |
      (context.contextDirectorySize(low0) << attribute.DIRECTORY_SIZE_SHIFT);
    sink(
      KIND.context,
      device,
      -1,
      -1,
      0,
      WHOLE,
      context.contextDirectory(low0, high0),
      attributes,
      context.contextRidPasid(low1),
    );
    return true;
  }

  next(row: ArrayLike<number>, at: number, sink: RowSink): void {
    switch (row[at + ROW.kind]) {
      case KIND.context:
        this.fromContext(row, at, sink);
        break;
      case KIND.fetch:
        this.fromFetch(row, at, sink);
        break;
      case KIND.pasid:
        this.fromPasid(row, at, sink);
        break;
      case KIND['second-structure']:
        this.second.entries(
          ~row[at + ROW.device],
          row[at + ROW.tag],
          row[at + ROW.frame],
          row[at + ROW.page],
          row[at + ROW.size],
          row[at + ROW.attributes] & 3,
          sink,
        );
        break;
      case KIND['first-structure']:
        this.firstTable(row, at, false, sink);
        break;
      case KIND['nested-structure']:
        this.firstTable(row, at, true, sink);
        break;
    }
  }

  /** The directory and the first unit of every PASID entry the context entry lets requests use. */
  private fromContext(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const { memory } = this;
    const device = row[at + ROW.device];
    const attributes = row[at + ROW.attributes];
    const ridPasid = row[at + ROW.extra];
    const start = row[at + ROW.frame];
    const limit = context.pasidLimit((attributes >>> attribute.DIRECTORY_SIZE_SHIFT) & 7);
    const takesPasid = (attributes & attribute.TAKES_PASID) !== 0;
    const entries = limit / 64;
    for (let base = 0; base < entries; base += 512) {
      const frame = start + base / 512;
      if (frame >= memory.frames) break;
      for (
        let i = memory.nextUsed(frame, 0);
        i < Math.min(512, entries - base);
        i = memory.nextUsed(frame, i + 1)
      ) {
        const low = memory.low(frame, i);
        const high = memory.high(frame, i);
        if (!directory.isDirectoryPresent(low) || directory.hasDirectoryReserved(low, high)) continue;
        const table = directory.directoryTable(low, high);
        if (table >= memory.frames) continue;
        const firstPasid = (base + i) * 64;
        if (takesPasid) {
          for (let q = memory.nextUsed(table, 0); q < 512; q = memory.nextUsed(table, (q | 7) + 1)) {
            const pasid = firstPasid + (q >>> 3);
            this.pasidRow(device, pasid, ridPasid, table, attributes, sink);
          }
        } else if (ridPasid >>> 6 === base + i) {
          this.pasidRow(device, ridPasid, ridPasid, table, attributes, sink);
        }
      }
    }
    if (this.cachesAbsent(device)) this.absentPasids(row, at, sink);
  }

  /**
   * The unit of a PASID entry with the present bit. A second-level or pass-through entry has nothing in the others, so it is
   * read whole; the other types have their pointer there, and may be caught between.
   */
  private pasidRow(
    device: number,
    pasid: number,
    ridPasid: number,
    table: number,
    contextAttributes: number,
    sink: RowSink,
  ): void {
    const { memory } = this;
    const at = pasids.pasidIndex(pasid);
    const low0 = memory.low(table, at);
    if (!pasids.isPasidPresent(low0)) return;
    const high0 = memory.high(table, at);
    const low1 = memory.low(table, at + 1);
    if (pasids.hasUnit0Reserved(low0, high0, low1, memory.high(table, at + 1))) return;
    if (pasids.isUnit0Invalid(low0)) return;
    const type = pasids.pasidType(low0);
    const attributes =
      3 |
      (contextAttributes & (attribute.DEVICE_TLB | attribute.PRIVILEGED_RID)) |
      (pasid === ridPasid ? attribute.SERVES_RID : 0) |
      (type << attribute.TYPE_SHIFT) |
      (type !== pasids.FIRST_LEVEL &&
      type !== pasids.PASS_THROUGH &&
      (low0 & pasids.PASID_SECOND_ACCESSED) !== 0
        ? attribute.SECOND_ACCESSED_ENABLED
        : 0);
    const tag = pasids.pasidDomain(low1);
    // Pointers that the type ignores are no part of the value.
    const secondTable =
      type === pasids.SECOND_LEVEL || type === pasids.NESTED ? pasids.pasidTable(low0, high0) : 0;
    if (pasids.usesFirstLevel(type)) {
      sink(KIND.fetch, device, pasid, tag, 0, WHOLE, secondTable, attributes, table);
    } else {
      sink(KIND.pasid, device, pasid, tag, 0, WHOLE, secondTable, attributes, 0);
    }
  }

  /** The first unit as it was read, the others as they are now. */
  private fromFetch(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const { memory } = this;
    const pasid = row[at + ROW.pasid];
    const table = row[at + ROW.extra];
    const entry = pasids.pasidIndex(pasid);
    if (table >= memory.frames) return;
    const low2 = memory.low(table, entry + 2);
    if (hasRestReserved(memory, table, entry) || pasids.isUnit1Invalid(low2)) return;
    const attributes =
      row[at + ROW.attributes] |
      ((low2 & pasids.PASID_SUPERVISOR) !== 0 ? attribute.SUPERVISOR_ENABLED : 0) |
      ((low2 & pasids.PASID_WRITE_PROTECT) !== 0 ? attribute.WRITE_PROTECT : 0);
    sink(
      KIND.pasid,
      row[at + ROW.device],
      pasid,
      row[at + ROW.tag],
      0,
      WHOLE,
      pasids.pasidTable(low2, memory.high(table, entry + 2)),
      attributes,
      row[at + ROW.frame],
    );
  }

  /** `frame` is the table of the first stage walked (the second's for second-level), `extra` a nested entry's second stage. */
  private fromPasid(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const iommu = this.shape.devices[row[at + ROW.device]].iommu;
    const pasid = row[at + ROW.pasid];
    const tag = row[at + ROW.tag];
    const frame = row[at + ROW.frame];
    const attributes = row[at + ROW.attributes];
    switch ((attributes >>> attribute.TYPE_SHIFT) & 7) {
      case pasids.PASS_THROUGH:
        sink(KIND['pass-through'], ~iommu, pasid, tag, 0, HOST_ADDRESS_WIDTH - 12, IDENTITY, 3, 0);
        break;
      case pasids.SECOND_LEVEL:
        this.second.entries(iommu, tag, frame, 0, ROOT_SIZE, 3, sink);
        break;
      case pasids.FIRST_LEVEL:
        this.firstEntries(~iommu, pasid, tag, frame, 0, ROOT_SIZE, 3, 0, false, sink);
        break;
      case pasids.NESTED: {
        const write = (attributes & attribute.SECOND_ACCESSED_ENABLED) !== 0 ? attribute.NEEDS_WRITE : 0;
        sink(KIND['nested-table'], ~iommu, pasid, tag, 0, ROOT_SIZE, frame, 3 | write, 0);
        this.second.entries(iommu, tag, row[at + ROW.extra], 0, ROOT_SIZE, 3, sink);
        break;
      }
    }
  }

  private firstTable(row: ArrayLike<number>, at: number, nested: boolean, sink: RowSink): void {
    this.firstEntries(
      row[at + ROW.device],
      row[at + ROW.pasid],
      row[at + ROW.tag],
      row[at + ROW.frame],
      row[at + ROW.page],
      row[at + ROW.size],
      row[at + ROW.attributes] & 3,
      row[at + ROW.attributes] & ~3,
      nested,
      sink,
    );
  }

  /** Entries of a first-stage table. Nested, what they point to is guest-physical: a row of its own until it is translated. */
  private firstEntries(
    owner: number,
    pasid: number,
    tag: number,
    frame: number,
    page: number,
    size: number,
    permission: number,
    flags: number,
    nested: boolean,
    sink: RowSink,
  ): void {
    const { memory } = this;
    if (frame >= memory.frames) return;
    const level = size / 9;
    const below = size - 9;
    const end = level === 4 ? TOP_ENTRIES : 512;
    for (let i = memory.nextUsed(frame, 0); i < end; i = memory.nextUsed(frame, i + 1)) {
      const low = memory.low(frame, i);
      const high = memory.high(frame, i);
      if (!first.isFirstPresent(low) || first.hasFirstReserved(low, high, level)) continue;
      const allowed = (low & first.FIRST_WRITE) !== 0 ? permission : permission & 1;
      const user = (low & first.FIRST_USER) !== 0 ? 0 : attribute.SUPERVISOR_ONLY;
      const covers = page + (i << below);
      const target = frameOf(low, high);
      if (first.isFirstLeaf(low, level)) {
        const kind = nested ? KIND['nested-page'] : KIND.first;
        const kept = (flags | user) & attribute.SUPERVISOR_ONLY;
        sink(kind, owner, pasid, tag, covers, below, target & -(1 << below), allowed | kept, 0);
      } else {
        const kind = nested ? KIND['nested-table'] : KIND['first-structure'];
        sink(kind, owner, pasid, tag, covers, below, target, allowed | flags | user, 0);
      }
    }
  }

  private absentPasids(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const attributes = row[at + ROW.attributes];
    const limit = context.pasidLimit((attributes >>> attribute.DIRECTORY_SIZE_SHIFT) & 7);
    const ridPasid = row[at + ROW.extra];
    const named = (attributes & attribute.TAKES_PASID) !== 0 ? Math.min(limit, this.namedPasids) : 0;
    for (let pasid = 0; pasid < named; pasid++) this.absentPasid(row, at, pasid, sink);
    if (ridPasid >= named) this.absentPasid(row, at, ridPasid, sink);
  }

  private absentPasid(row: ArrayLike<number>, at: number, pasid: number, sink: RowSink): void {
    const { memory } = this;
    const place = directory.directoryIndex(pasid);
    const frame = row[at + ROW.frame] + (place >>> 9);
    if (frame >= memory.frames) return;
    const low = memory.low(frame, place & 511);
    const table = directory.directoryTable(low, memory.high(frame, place & 511));
    const isPresent =
      directory.isDirectoryPresent(low) &&
      table < memory.frames &&
      pasids.isPasidPresent(memory.low(table, pasids.pasidIndex(pasid)));
    // A not-present entry is cached under domain 0 (6.2.3).
    if (isPresent) return;
    const serves = pasid === row[at + ROW.extra] ? attribute.SERVES_RID : 0;
    sink(KIND['absent-pasid'], row[at + ROW.device], pasid, 0, 0, WHOLE, 0, serves, 0);
  }

  private cachesAbsent(device: number): boolean {
    return this.shape.iommus[this.shape.devices[device].iommu].cachingMode;
  }

  reach(one: ArrayLike<number>, at: number, other: ArrayLike<number>, otherAt: number, sink: RowSink): void {
    switch (one[at + ROW.kind]) {
      case KIND.context:
        // Translated requests are let through while the context entry has DTE, whatever lies below it (4.2.5).
        if (
          other[otherAt + ROW.kind] === KIND['device-tlb'] &&
          (one[at + ROW.attributes] & attribute.DEVICE_TLB) !== 0
        )
          translatedFlight(KIND['flight-translated'], one, at, other, otherAt, sink);
        break;
      case KIND.pasid:
        if (this.feeds(one, at, other, otherAt)) this.throughLeaf(one, at, other, otherAt, sink);
        break;
      case KIND['nested-table']:
      case KIND['nested-page']:
        if (other[otherAt + ROW.kind] === KIND.second) this.throughSecond(one, at, other, otherAt, sink);
        break;
    }
  }

  private throughLeaf(
    one: ArrayLike<number>,
    at: number,
    other: ArrayLike<number>,
    otherAt: number,
    sink: RowSink,
  ): void {
    const kind = other[otherAt + ROW.kind];
    const flight = FLIGHT_OF[kind];
    if (flight < 0) return;
    const config = one[at + ROW.attributes];
    const leaf = other[otherAt + ROW.attributes];
    const isRid = (config & attribute.SERVES_RID) !== 0;
    const device = one[at + ROW.device];
    // Requests with PASID come only from a device that may put one on them; they are not privileged.
    if (!isRid && !this.devices.control(device, 'pasid')) return;
    const privileged = isRid && (config & attribute.PRIVILEGED_RID) !== 0;
    let permission = leaf & 3;
    if (kind === KIND.first || kind === KIND.nested) {
      if (privileged && (config & attribute.SUPERVISOR_ENABLED) === 0) return;
      if (!privileged && (leaf & attribute.SUPERVISOR_ONLY) !== 0) return;
      // Without write protection the first stage does not hinder privileged writes; the second always may.
      if (privileged && (config & attribute.WRITE_PROTECT) === 0) {
        permission |= kind === KIND.first || (leaf & attribute.SECOND_WRITES) !== 0 ? WRITE : 0;
      }
      if (permission === 0) return;
    }
    const pasid = one[at + ROW.pasid];
    const request = isRid ? -1 : pasid;
    const keeps = (config & attribute.DEVICE_TLB) !== 0 && this.devices.control(device, 'ats');
    const kept = keeps ? KIND['device-tlb'] : -1;
    flightByLeaf(flight, kept, device, pasid, permission, request, other, otherAt, sink);
  }

  /** A guest-physical address meets a second-stage translation of its domain. */
  private throughSecond(
    one: ArrayLike<number>,
    at: number,
    other: ArrayLike<number>,
    otherAt: number,
    sink: RowSink,
  ): void {
    const attributes = one[at + ROW.attributes];
    if (one[at + ROW.kind] === KIND['nested-table']) {
      const needed = (attributes & attribute.NEEDS_WRITE) !== 0 ? 3 : 1;
      const frame = frameBySecond(this.shape, one, at, other, otherAt, needed);
      if (frame < 0) return;
      sink(
        KIND['nested-structure'],
        one[at + ROW.device],
        one[at + ROW.pasid],
        one[at + ROW.tag],
        one[at + ROW.page],
        one[at + ROW.size],
        frame,
        attributes,
        0,
      );
      return;
    }
    const allowed = other[otherAt + ROW.attributes] & 3;
    const permission = attributes & allowed;
    const writes = (allowed & ~permission & WRITE) !== 0 ? attribute.SECOND_WRITES : 0;
    if ((permission | writes) === 0) return;
    const flags = (attributes & attribute.SUPERVISOR_ONLY) | writes;
    nestedPage(KIND.nested, permission | flags, one, at, other, otherAt, sink);
  }

  feeds(config: ArrayLike<number>, at: number, member: ArrayLike<number>, memberAt: number): boolean {
    if (config[at + ROW.kind] !== KIND.pasid) return false;
    if (config[at + ROW.tag] !== member[memberAt + ROW.tag]) return false;
    if (this.shape.devices[config[at + ROW.device]].iommu !== ~member[memberAt + ROW.device]) return false;
    const type = (config[at + ROW.attributes] >>> attribute.TYPE_SHIFT) & 7;
    switch (member[memberAt + ROW.kind]) {
      case KIND['second-structure']:
        return type === pasids.SECOND_LEVEL || type === pasids.NESTED;
      case KIND.second:
        return type === pasids.SECOND_LEVEL;
      case KIND['pass-through']:
        return type === pasids.PASS_THROUGH && config[at + ROW.pasid] === member[memberAt + ROW.pasid];
      case KIND['first-structure']:
      case KIND.first:
        return type === pasids.FIRST_LEVEL && config[at + ROW.pasid] === member[memberAt + ROW.pasid];
      case KIND['nested-table']:
      case KIND['nested-structure']:
      case KIND['nested-page']:
      case KIND.nested:
        return type === pasids.NESTED && config[at + ROW.pasid] === member[memberAt + ROW.pasid];
      default:
        return false;
    }
  }

  faultOf(row: ArrayLike<number>, at: number, pasid: number, page: number, permission: number): number {
    const attributes = row[at + ROW.attributes];
    switch (row[at + ROW.kind]) {
      case KIND.context:
        return this.walker.fromContext(
          {
            directory: row[at + ROW.frame],
            directorySize: (attributes >>> attribute.DIRECTORY_SIZE_SHIFT) & 7,
            ridPasid: row[at + ROW.extra],
            takesPasid: (attributes & attribute.TAKES_PASID) !== 0,
            privilegedRid: (attributes & attribute.PRIVILEGED_RID) !== 0,
          },
          pasid,
          page,
          permission,
          false,
        );
      case KIND.fetch: {
        if (!servesRequest(row, at, pasid)) return 0;
        // An entry whose other units are malformed gives no member to go on from.
        let fault: number = FAULT.pasidInvalid;
        this.fromFetch(row, at, (kind, device, itsPasid, tag, first, size, frame, itsAttributes, extra) => {
          const derived = [kind, device, itsPasid, tag, first, size, frame, itsAttributes, extra];
          fault = this.faultOf(derived, 0, pasid, page, permission);
        });
        return fault;
      }
      case KIND.pasid: {
        if (!servesRequest(row, at, pasid)) return 0;
        const type = (attributes >>> attribute.TYPE_SHIFT) & 7;
        const privileged = pasid < 0 && (attributes & attribute.PRIVILEGED_RID) !== 0;
        if (privileged && pasids.usesFirstLevel(type) && (attributes & attribute.SUPERVISOR_ENABLED) === 0)
          return FAULT.supervisorDisabled;
        const entry = {
          type,
          firstTable: row[at + ROW.frame],
          secondTable: type === pasids.NESTED ? row[at + ROW.extra] : row[at + ROW.frame],
          writeProtect: (attributes & attribute.WRITE_PROTECT) !== 0,
          secondAccessed: (attributes & attribute.SECOND_ACCESSED_ENABLED) !== 0,
        };
        return this.walker.fromPasid(entry, page, permission, privileged);
      }
      case KIND['absent-context']:
        return FAULT.contextNotPresent;
      case KIND['absent-pasid']:
        return servesRequest(row, at, pasid) ? FAULT.pasidNotPresent : 0;
      case KIND['absent-second']:
        return isWithin(page, row[at + ROW.page], row[at + ROW.size]) ? FAULT.secondNotPresent : 0;
      default:
        return 0;
    }
  }
}

/** Whether requests with this PASID (-1: none) use the configuration row. */
function servesRequest(row: ArrayLike<number>, at: number, pasid: number): boolean {
  const isRid = (row[at + ROW.attributes] & attribute.SERVES_RID) !== 0;
  return pasid < 0 ? isRid : !isRid && row[at + ROW.pasid] === pasid;
}
