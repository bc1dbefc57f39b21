import {
  type BoundArchitecture,
  type DeviceView,
  IDENTITY,
  type MemoryView,
  ROW,
  type RowSink,
  WHOLE,
} from '../../vocabulary/architecture.js';
import { READ, WRITE } from '../../vocabulary/operations.js';
import type { WorldShape } from '../../vocabulary/shape.js';
import { flightByLeaf, translatedFlight } from '../flights.js';
import { sinkAgain } from '../sink-again.js';
import { frameBySecond, nestedPage } from '../two-stages.js';
import * as attribute from './attributes.js';
import { FRAME_LIMIT } from './entries/address.js';
import * as context from './entries/context.js';
import * as stream from './entries/stream.js';
import * as table from './entries/table.js';
import { EVENT } from './events.js';
import { FLIGHT_OF, KIND } from './kinds.js';
import {
  NaiveWalker,
  readContext,
  readContextTable,
  readStream,
  readStreamRest,
  type StreamRest,
} from './walk-naive.js';

/** Rows hold page numbers as positive 32-bit integers: input addresses are walked up to 2^43. */
const PAGE_LIMIT = 2 ** 31;
/** Page-number bits of a bypass, which ends with the output addresses. */
const BYPASS_SIZE = 30;

/**
 * One read of memory at a time (docs/semantics.md, section 2): what hardware may hold, from what it holds and memory as it is.
 * What is not valid is never cached (16.2), and an entry that is ILLEGAL yields nothing, for a walk ends there.
 */
export class SmmuClosure implements BoundArchitecture {
  private readonly walker: NaiveWalker;
  /** Of each SMMU whether it can stall. */
  private readonly stalling: readonly boolean[];

  constructor(
    private readonly shape: WorldShape,
    private readonly memory: MemoryView,
    private readonly devices: DeviceView,
  ) {
    this.stalling = shape.iommus.map((_, iommu) => hasStalls(shape, iommu));
    this.walker = new NaiveWalker(
      memory,
      (iommu) => streamLevels(shape, iommu),
      (iommu) => this.stalling[iommu],
    );
  }

  routes(device: number, sink: RowSink): void {
    const { memory } = this;
    const { iommu, rid } = this.shape.devices[device];
    const root = memory.root(iommu);
    if (streamLevels(this.shape, iommu) === 1) {
      if (rid < 2 ** stream.STREAM_BITS) this.streamRow(device, root + Math.floor(rid / stream.STES), sink);
      return;
    }
    const index = stream.streamDirectoryIndex(rid);
    const frame = root + (index >>> 9);
    if (frame >= memory.frames) return;
    const low = memory.low(frame, index & 511);
    const next = stream.streamTable(low, memory.high(frame, index & 511));
    if (stream.streamSpan(low) === 0 || !stream.isStreamInSpan(low, rid) || next >= FRAME_LIMIT) return;
    sink(KIND['stream-directory'], device, -1, -1, 0, WHOLE, next, 3, 0);
  }

  /** The first dword of a stream table entry, or all but the first. */
  private streamRow(device: number, frame: number, sink: RowSink): void {
    const { memory } = this;
    if (frame >= memory.frames) return;
    const at = stream.streamIndex(this.shape.devices[device].rid);
    this.streamRest(device, frame, readStreamRest(memory, frame, at), sink);
    const low = memory.low(frame, at);
    const high = memory.high(frame, at);
    const contexts = stream.streamContexts(low, high);
    if (!stream.isStreamValid(low) || contexts >= FRAME_LIMIT) return;
    const fields = {
      config: stream.streamConfig(low),
      maximum: stream.streamMaximum(high),
      // Until the other dwords are read, in the place of S1DSS: S1Fmt.
      byDefault: stream.streamFormat(low),
      secondLevels: 0,
      place: stream.streamContextPlace(low, high),
    };
    sink(KIND['stream-fetch'], device, -1, -1, 0, WHOLE, frame, attribute.packStream(fields), contexts);
  }

  /** Whether the entry is valid, and what it makes of this, is still to be read. */
  private streamRest(device: number, frame: number, rest: StreamRest, sink: RowSink): void {
    const { low1, low2, high2, secondTable } = rest;
    if (secondTable >= FRAME_LIMIT) return;
    const fields = {
      config: 0,
      maximum: 0,
      byDefault: low1 & 3,
      secondLevels: stream.isSecondInvalid(high2) ? 0 : stream.secondLevels(high2),
      place: 0,
    };
    const attributes =
      attribute.packStream(fields) |
      (stream.allowsAts(low1) ? attribute.ATS : 0) |
      ((low1 & stream.STE_STALL_DISABLE) !== 0 ? attribute.STALL_DISABLED : 0) |
      ((high2 & stream.S2_AFFD) !== 0 ? attribute.SECOND_IGNORES_ACCESS : 0);
    const vmid = stream.streamVmid(low2);
    sink(KIND['stream-rest'], device, -1, vmid, 0, WHOLE, frame, attributes, secondTable);
  }

  next(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const owner = row[at + ROW.device];
    switch (row[at + ROW.kind]) {
      case KIND['stream-directory']:
        this.streamRow(owner, row[at + ROW.frame], sink);
        break;
      case KIND['stream-fetch']:
        this.fromStreamFetch(row, at, sink);
        break;
      case KIND['stream-rest']:
        this.fromStreamRest(row, at, sink);
        break;
      case KIND.stream:
        this.fromStream(row, at, sink);
        break;
      case KIND['context-directory']:
        this.fromContextDirectory(row, at, sink);
        break;
      case KIND['context-fetch']:
        this.fromContextFetch(row, at, sink);
        break;
      case KIND['context-rest']:
        this.fromContextRest(row, at, sink);
        break;
      case KIND.context:
        this.fromContext(row, at, sink);
        break;
      case KIND['second-structure']:
        this.secondEntries(
          owner,
          row[at + ROW.tag],
          row[at + ROW.frame],
          row[at + ROW.page],
          row[at + ROW.size],
          sink,
        );
        break;
      case KIND['first-structure']:
        this.firstEntries(owner, row, at, false, sink);
        break;
      case KIND['nested-structure']:
        this.firstEntries(owner, row, at, true, sink);
        break;
    }
  }

  /** The first dword as it was read, the others as they are now. */
  private fromStreamFetch(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const { memory } = this;
    const device = row[at + ROW.device];
    const frame = row[at + ROW.frame];
    if (frame >= memory.frames) return;
    const was = row[at + ROW.attributes];
    const [low, high] = stream.makeStream0(
      attribute.configOf(was),
      row[at + ROW.extra],
      attribute.maximumOf(was),
      attribute.defaultOf(was),
      attribute.placeOf(was),
    );
    const index = stream.streamIndex(this.shape.devices[device].rid);
    this.streamEntry(device, low, high, readStreamRest(memory, frame, index), sink);
  }

  /** The other dwords as they were read, the first as it is now. */
  private fromStreamRest(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const { memory } = this;
    const device = row[at + ROW.device];
    const frame = row[at + ROW.frame];
    if (frame >= memory.frames) return;
    const index = stream.streamIndex(this.shape.devices[device].rid);
    const low = memory.low(frame, index);
    const high = memory.high(frame, index);
    if (!stream.isStreamValid(low) || stream.streamContexts(low, high) >= FRAME_LIMIT) return;
    const was = row[at + ROW.attributes];
    const ignores = (was & attribute.SECOND_IGNORES_ACCESS) !== 0 ? stream.S2_AFFD : 0;
    const [low2, high2] = stream.makeStream2(row[at + ROW.tag], attribute.secondLevelsOf(was), ignores);
    const low1 =
      attribute.defaultOf(was) |
      ((was & attribute.ATS) !== 0 ? stream.STE_ATS : 0) |
      ((was & attribute.STALL_DISABLED) !== 0 ? stream.STE_STALL_DISABLE : 0);
    this.streamEntry(device, low, high, { low1, low2, high2, secondTable: row[at + ROW.extra] }, sink);
  }

  private streamEntry(device: number, low: number, high: number, rest: StreamRest, sink: RowSink): void {
    const read = readStream(low, high, rest, this.stalling[this.shape.devices[device].iommu]);
    if (read === undefined || read.secondTable >= FRAME_LIMIT) return;
    const hasFirst = read.config === stream.CONFIG.first || read.config === stream.CONFIG.nested;
    const attributes =
      attribute.packStream(read) |
      (read.allowsAts ? attribute.ATS : 0) |
      (read.isTwoLevel ? attribute.TWO_LEVEL : 0) |
      (read.mayStall ? attribute.MAY_STALL : 0) |
      (read.secondLevels > 0 && read.secondIgnoresAccess ? attribute.SECOND_IGNORES_ACCESS : 0);
    const contexts = hasFirst ? read.contexts : 0;
    sink(KIND.stream, device, -1, read.vmid, 0, WHOLE, contexts, attributes, read.secondTable);
  }

  private fromStream(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const device = row[at + ROW.device];
    const owner = ~this.shape.devices[device].iommu;
    const attributes = row[at + ROW.attributes];
    const second = attribute.secondLevelsOf(attributes);
    const config = attribute.configOf(attributes);
    if (second > 0) this.secondEntries(owner, row[at + ROW.tag], row[at + ROW.extra], 0, 9 * second, sink);
    if (bypasses(attributes)) sink(KIND.bypass, owner, -1, -1, 0, BYPASS_SIZE, IDENTITY, 3, 0);
    if (config !== stream.CONFIG.first && config !== stream.CONFIG.nested) return;
    const upper = (attributes & attribute.TWO_LEVEL) !== 0 ? attribute.UPPER : 0;
    this.contextPointer(row, at, row[at + ROW.frame], 0, attributes | upper, sink);
  }

  /** A place of context descriptors; nested, its address is still to be translated. */
  private contextPointer(
    row: ArrayLike<number>,
    at: number,
    frame: number,
    first: number,
    attributes: number,
    sink: RowSink,
  ): void {
    if (frame >= FRAME_LIMIT) return;
    const nested = attribute.secondLevelsOf(attributes) > 0;
    const kind = nested ? KIND['context-address'] : KIND['context-directory'];
    sink(
      kind,
      row[at + ROW.device],
      -1,
      row[at + ROW.tag],
      first,
      WHOLE,
      frame,
      attributes,
      row[at + ROW.extra],
    );
  }

  private fromContextDirectory(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const { memory } = this;
    const frame = row[at + ROW.frame];
    if (frame >= memory.frames) return;
    const attributes = row[at + ROW.attributes];
    const first = row[at + ROW.page];
    const count = 2 ** attribute.maximumOf(attributes);
    if ((attributes & attribute.UPPER) !== 0) {
      const end = Math.max(1, count / context.CDS);
      for (let i = memory.nextUsed(frame, 0); i < end; i = memory.nextUsed(frame, i + 1)) {
        const low = memory.low(frame, i);
        if (!context.isContextDirectoryValid(low)) continue;
        const next = context.contextDirectoryTable(low, memory.high(frame, i));
        this.contextPointer(row, at, next, i * context.CDS, attributes & ~attribute.UPPER, sink);
      }
      return;
    }
    const place = attribute.placeOf(attributes);
    const nested = attribute.secondLevelsOf(attributes) > 0;
    const mayStall = (attributes & attribute.MAY_STALL) !== 0;
    const end = Math.min(context.CDS, place + count - first) * context.CD_QWORDS;
    for (
      let q = memory.nextUsed(frame, place * context.CD_QWORDS);
      q < end;
      q = memory.nextUsed(frame, (q | 7) + 1)
    ) {
      const low = memory.low(frame, q & ~7);
      const high = memory.high(frame, q & ~7);
      const root = readContextTable(memory, frame, q & ~7);
      // In which order a guest changes its own is its affair.
      if (!nested && root < FRAME_LIMIT) {
        const substream = first + (q >>> 3) - place;
        sink(
          KIND['context-rest'],
          row[at + ROW.device],
          substream,
          row[at + ROW.tag],
          0,
          WHOLE,
          frame,
          attributes,
          root,
        );
      }
      if (!context.isContextValid(low) || context.isContextInvalid(low, high, mayStall)) continue;
      const affd = (high & context.CD_AFFD) !== 0 ? attribute.FIRST_IGNORES_ACCESS : 0;
      sink(
        KIND['context-fetch'],
        row[at + ROW.device],
        first + (q >>> 3) - place,
        row[at + ROW.tag],
        context.contextAsid(high),
        WHOLE,
        frame,
        attribute.withFirst(attributes, context.contextLevels(low)) | affd,
        row[at + ROW.extra],
      );
    }
  }

  /** The first dword as it was read, the table's address as it is now. */
  private fromContextFetch(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const { memory } = this;
    const frame = row[at + ROW.frame];
    if (frame >= memory.frames) return;
    const substream = row[at + ROW.pasid];
    const asid = row[at + ROW.page];
    const attributes = row[at + ROW.attributes];
    const [low, high] = context.makeContext0(asid, attribute.firstLevelsOf(attributes));
    const index = context.contextIndex(substream + attribute.placeOf(attributes));
    const read = readContext(low, high, readContextTable(memory, frame, index));
    if (read === undefined) return;
    const device = row[at + ROW.device];
    sink(
      KIND.context,
      device,
      substream,
      row[at + ROW.tag],
      asid,
      WHOLE,
      read.table,
      attributes,
      row[at + ROW.extra],
    );
  }

  /** The table's address as it was read, the first dword as it is now. */
  private fromContextRest(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const { memory } = this;
    const frame = row[at + ROW.frame];
    if (frame >= memory.frames) return;
    const substream = row[at + ROW.pasid];
    const attributes = row[at + ROW.attributes];
    const index = context.contextIndex(substream + attribute.placeOf(attributes));
    const high = memory.high(frame, index);
    const mayStall = (attributes & attribute.MAY_STALL) !== 0;
    const read = readContext(memory.low(frame, index), high, row[at + ROW.extra], mayStall);
    if (read === undefined) return;
    sink(
      KIND.context,
      row[at + ROW.device],
      substream,
      row[at + ROW.tag],
      read.asid,
      WHOLE,
      read.table,
      attribute.withFirst(attributes, read.levels) |
        (read.ignoresAccess ? attribute.FIRST_IGNORES_ACCESS : 0),
      0,
    );
  }

  private fromContext(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const owner = ~this.shape.devices[row[at + ROW.device]].iommu;
    const attributes = row[at + ROW.attributes];
    const size = 9 * attribute.firstLevelsOf(attributes);
    const asid = row[at + ROW.page];
    const tag = row[at + ROW.tag];
    const frame = row[at + ROW.frame];
    if (attribute.secondLevelsOf(attributes) > 0) {
      sink(KIND['nested-table'], owner, asid, tag, 0, size, frame, 3, 0);
    } else {
      this.firstEntries(owner, [0, owner, asid, tag, 0, size, frame, 3, 0], 0, false, sink);
    }
  }

  private secondEntries(
    owner: number,
    tag: number,
    frame: number,
    page: number,
    size: number,
    sink: RowSink,
  ): void {
    const { memory } = this;
    if (frame >= memory.frames) return;
    const level = size / 9;
    const below = size - 9;
    for (let i = memory.nextUsed(frame, 0); i < 512; i = memory.nextUsed(frame, i + 1)) {
      const low = memory.low(frame, i);
      const covers = page + i * 2 ** below;
      // An input of 4 levels has 42 bits, and the root 8 entries.
      if (covers >= FRAME_LIMIT || !table.isDescriptor(low, level)) continue;
      const isLeaf = table.isDescriptorLeaf(low, level);
      const target = table.descriptorFrame(low, memory.high(frame, i), level, isLeaf);
      if (target >= FRAME_LIMIT) continue;
      if (!isLeaf) {
        sink(KIND['second-structure'], owner, -1, tag, covers, below, target, 3, 0);
        continue;
      }
      const permission = table.secondPermission(low);
      const flags = (low & table.ACCESSED) === 0 ? attribute.SECOND_NOT_ACCESSED : 0;
      if (permission !== 0) sink(KIND.second, owner, -1, tag, covers, below, target, permission | flags, 0);
    }
  }

  /** Entries of a first-stage table. Nested, what they point to is intermediate: a row of its own until it is translated. */
  private firstEntries(
    owner: number,
    row: ArrayLike<number>,
    at: number,
    nested: boolean,
    sink: RowSink,
  ): void {
    const { memory } = this;
    const frame = row[at + ROW.frame];
    if (frame >= memory.frames) return;
    const size = row[at + ROW.size];
    const level = size / 9;
    const below = size - 9;
    const asid = row[at + ROW.pasid];
    const tag = row[at + ROW.tag];
    const above = row[at + ROW.attributes];
    for (let i = memory.nextUsed(frame, 0); i < 512; i = memory.nextUsed(frame, i + 1)) {
      const low = memory.low(frame, i);
      const high = memory.high(frame, i);
      const covers = row[at + ROW.page] + i * 2 ** below;
      if (covers >= PAGE_LIMIT || !table.isDescriptor(low, level)) continue;
      const isLeaf = table.isDescriptorLeaf(low, level);
      const target = table.descriptorFrame(low, high, level, isLeaf);
      if (target >= FRAME_LIMIT) continue;
      if (!isLeaf) {
        const allowed = (high & table.TABLE_READ_ONLY) !== 0 ? above & ~2 : above;
        if ((high & table.TABLE_PRIVILEGED) !== 0) continue;
        const kind = nested ? KIND['nested-table'] : KIND['first-structure'];
        sink(kind, owner, asid, tag, covers, below, target, allowed, 0);
        continue;
      }
      const permission = above & table.firstPermission(low);
      if (permission === 0) continue;
      const flags =
        (above & attribute.SECOND_NOT_ACCESSED) |
        ((low & table.ACCESSED) === 0 ? attribute.FIRST_NOT_ACCESSED : 0);
      // A global mapping is one of every ASID.
      const tagged = (low & table.NOT_GLOBAL) !== 0 ? asid : -1;
      const kind = nested ? KIND['nested-page'] : KIND.first;
      sink(kind, owner, tagged, tag, covers, below, target, permission | flags, 0);
    }
  }

  reach(one: ArrayLike<number>, at: number, other: ArrayLike<number>, otherAt: number, sink: RowSink): void {
    switch (one[at + ROW.kind]) {
      case KIND.stream:
        // Translated requests are let through while the stream table entry has EATS, whatever lies below it (3.9.1.2).
        if (other[otherAt + ROW.kind] !== KIND['device-tlb']) this.throughLeaf(one, at, other, otherAt, sink);
        else if ((one[at + ROW.attributes] & attribute.ATS) !== 0)
          translatedFlight(KIND['flight-translated'], one, at, other, otherAt, sink);
        break;
      case KIND.context:
        this.throughLeaf(one, at, other, otherAt, sink);
        break;
      case KIND['context-address']: {
        const flags = one[at + ROW.attributes];
        const frame = frameBySecond(this.shape, one, at, other, otherAt, READ);
        const ignores = (flags & attribute.SECOND_IGNORES_ACCESS) !== 0;
        if (
          frame < 0 ||
          (!ignores && (other[otherAt + ROW.attributes] & attribute.SECOND_NOT_ACCESSED) !== 0)
        )
          return;
        const tag = one[at + ROW.tag];
        const first = one[at + ROW.page];
        sink(
          KIND['context-directory'],
          one[at + ROW.device],
          -1,
          tag,
          first,
          WHOLE,
          frame,
          flags,
          one[at + ROW.extra],
        );
        break;
      }
      case KIND['nested-table']:
      case KIND['nested-page']:
        this.throughSecond(one, at, other, otherAt, sink);
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
    const flight = FLIGHT_OF[other[otherAt + ROW.kind]];
    const request = requestOf(one, at);
    if (flight < 0 || request === undefined || !this.feeds(one, at, other, otherAt)) return;
    const config = one[at + ROW.attributes];
    const leaf = other[otherAt + ROW.attributes];
    if ((leaf & attribute.FIRST_NOT_ACCESSED) !== 0 && (config & attribute.FIRST_IGNORES_ACCESS) === 0)
      return;
    if ((leaf & attribute.SECOND_NOT_ACCESSED) !== 0 && (config & attribute.SECOND_IGNORES_ACCESS) === 0)
      return;
    const device = one[at + ROW.device];
    // What is cached for a configuration that ignores access flags says nothing of them to another of its tags.
    if ((leaf & ~3) !== 0) sinkAgain(other[otherAt + ROW.kind], leaf & 3, other, otherAt, sink);
    if (request >= 0 && !this.devices.control(device, 'pasid')) return;
    const pasid = other[otherAt + ROW.pasid];
    const keeps = (config & attribute.ATS) !== 0 && this.devices.control(device, 'ats');
    const kept = keeps ? KIND['device-tlb'] : -1;
    flightByLeaf(flight, kept, device, pasid, leaf & 3, request, other, otherAt, sink);
  }

  /** An intermediate address of a nested table meets a stage 2 translation of its VMID. */
  private throughSecond(
    one: ArrayLike<number>,
    at: number,
    other: ArrayLike<number>,
    otherAt: number,
    sink: RowSink,
  ): void {
    const flags = (one[at + ROW.attributes] | other[otherAt + ROW.attributes]) & ~3;
    if (one[at + ROW.kind] === KIND['nested-page']) {
      const permission = one[at + ROW.attributes] & other[otherAt + ROW.attributes] & 3;
      if (permission !== 0) nestedPage(KIND.nested, permission | flags, one, at, other, otherAt, sink);
      return;
    }
    const frame = frameBySecond(this.shape, one, at, other, otherAt, READ);
    if (frame < 0) return;
    sink(
      KIND['nested-structure'],
      one[at + ROW.device],
      one[at + ROW.pasid],
      one[at + ROW.tag],
      one[at + ROW.page],
      one[at + ROW.size],
      frame,
      (one[at + ROW.attributes] & 3) | flags,
      0,
    );
  }

  isGuests(row: ArrayLike<number>, at: number): boolean {
    switch (row[at + ROW.kind]) {
      case KIND['context-fetch']:
      case KIND['context-rest']:
      case KIND.context:
        return attribute.secondLevelsOf(row[at + ROW.attributes]) > 0;
      case KIND['nested-table']:
        return true;
      default:
        return false;
    }
  }

  feeds(config: ArrayLike<number>, at: number, member: ArrayLike<number>, memberAt: number): boolean {
    const attributes = config[at + ROW.attributes];
    if (this.shape.devices[config[at + ROW.device]]?.iommu !== ~member[memberAt + ROW.device]) return false;
    const kind = member[memberAt + ROW.kind];
    const second = attribute.secondLevelsOf(attributes) > 0;
    const isOfTag = config[at + ROW.tag] === member[memberAt + ROW.tag];
    if (config[at + ROW.kind] === KIND.stream) {
      if (kind === KIND.bypass) return bypasses(attributes);
      if (kind === KIND['second-structure']) return second && isOfTag;
      return kind === KIND.second && second && isOfTag && requestOf(config, at) !== undefined;
    }
    if (config[at + ROW.kind] !== KIND.context || !isOfTag) return false;
    const asid = member[memberAt + ROW.pasid];
    if (asid !== -1 && asid !== config[at + ROW.page]) return false;
    switch (kind) {
      case KIND['first-structure']:
      case KIND.first:
        return !second;
      case KIND['nested-table']:
      case KIND['nested-structure']:
      case KIND['nested-page']:
      case KIND.nested:
        return second;
      default:
        return false;
    }
  }

  /**
   * By memory alone: what is held by a configuration that is cached and no longer in memory could have come before the store that
   * changed it, and nobody looks at the requests of a route until that store has been invalidated for.
   */
  holds(device: number, pasid: number, page: number): boolean {
    const { iommu, rid } = this.shape.devices[device];
    return this.walker.translate(iommu, rid, pasid, page, READ | WRITE) !== 0 && this.walker.stalls;
  }

  faultOf(row: ArrayLike<number>, at: number, pasid: number, page: number, permission: number): number {
    const attributes = row[at + ROW.attributes];
    const kind = row[at + ROW.kind];
    const second = {
      secondLevels: attribute.secondLevelsOf(attributes),
      secondTable: row[at + ROW.extra],
      secondIgnoresAccess: (attributes & attribute.SECOND_IGNORES_ACCESS) !== 0,
      mayStall: (attributes & attribute.MAY_STALL) !== 0,
    };
    switch (kind) {
      case KIND.stream:
        return this.walker.fromStream(
          {
            ...second,
            config: attribute.configOf(attributes),
            vmid: row[at + ROW.tag],
            contexts: row[at + ROW.frame],
            place: attribute.placeOf(attributes),
            maximum: attribute.maximumOf(attributes),
            isTwoLevel: (attributes & attribute.TWO_LEVEL) !== 0,
            byDefault: attribute.defaultOf(attributes),
            allowsAts: (attributes & attribute.ATS) !== 0,
            answersWithPasid: false,
          },
          pasid,
          page,
          permission,
        );
      case KIND.context: {
        if (requestOf(row, at) !== pasid) return 0;
        const entry = {
          levels: attribute.firstLevelsOf(attributes),
          table: row[at + ROW.frame],
          asid: row[at + ROW.page],
          ignoresAccess: (attributes & attribute.FIRST_IGNORES_ACCESS) !== 0,
          stalls: false,
        };
        return this.walker.fromContext(second, entry, page, permission);
      }
      case KIND['context-directory']: {
        const hasDefault = attribute.defaultOf(attributes) === stream.DEFAULT.zero;
        const maximum = attribute.maximumOf(attributes);
        const isServed = pasid < 0 ? maximum === 0 || hasDefault : pasid < 2 ** maximum && maximum > 0;
        const first = row[at + ROW.page];
        const isHere = (attributes & attribute.UPPER) !== 0 || Math.max(pasid, 0) >>> 6 === first >>> 6;
        if (!isServed || !isHere) return 0;
        const isUpper = (attributes & attribute.UPPER) !== 0;
        const place = attribute.placeOf(attributes);
        return this.walker.fromContexts(second, row[at + ROW.frame], isUpper, pasid, page, permission, place);
      }
      case KIND['stream-directory']:
      case KIND['stream-fetch']:
      case KIND['stream-rest']:
      case KIND['context-fetch']:
      case KIND['context-rest']: {
        const isContext = kind === KIND['context-fetch'] || kind === KIND['context-rest'];
        if (isContext && requestOf(row, at) !== pasid) return 0;
        // An entry whose other dwords are ILLEGAL gives no member to go on from.
        let fault: number = isContext ? EVENT.badContext : EVENT.badStream;
        this.next(row, at, (...derived) => {
          fault = this.faultOf(derived, 0, pasid, page, permission);
        });
        return fault;
      }
      default:
        return 0;
    }
  }
}

/** Whether an SMMU can stall: where a device behind it waits until its faults are answered. */
export function hasStalls(shape: WorldShape, iommu: number): boolean {
  return shape.devices.some((device) => device.iommu === iommu && device.pri);
}

/** Levels of an SMMU's stream table: two, unless the world says otherwise. */
export function streamLevels(shape: WorldShape, iommu: number): number {
  return shape.iommus[iommu].directoryLevels ?? 2;
}

/** Whether a stream's requests without substream go untranslated. */
function bypasses(attributes: number): boolean {
  const config = attribute.configOf(attributes);
  if (config === stream.CONFIG.bypass) return true;
  return config === stream.CONFIG.first && isFirstBypassed(attributes);
}

/** Whether requests without substream go past the first stage (S1DSS). */
function isFirstBypassed(attributes: number): boolean {
  return attribute.maximumOf(attributes) > 0 && attribute.defaultOf(attributes) === stream.DEFAULT.bypass;
}

/** The substream (-1: none) of the requests that a configuration serves by itself, or undefined. */
function requestOf(row: ArrayLike<number>, at: number): number | undefined {
  const attributes = row[at + ROW.attributes];
  const config = attribute.configOf(attributes);
  if (row[at + ROW.kind] === KIND.stream) {
    if (config === stream.CONFIG.bypass || config === stream.CONFIG.second) return -1;
    return config !== stream.CONFIG.abort && isFirstBypassed(attributes) ? -1 : undefined;
  }
  const substream = row[at + ROW.pasid];
  if (substream > 0) return substream;
  const isDefault =
    attribute.maximumOf(attributes) === 0 || attribute.defaultOf(attributes) === stream.DEFAULT.zero;
  return isDefault ? -1 : 0;
}
