import { type MemoryView, WHOLE } from '../../vocabulary/architecture.js';
import { tableIndex } from '../span.js';
import { FRAME_LIMIT } from './entries/address.js';
import * as context from './entries/context.js';
import * as stream from './entries/stream.js';
import * as table from './entries/table.js';
import { EVENT, isRecoverable } from './events.js';

/** The second stage of a stream; 0 levels where there is none. */
export interface Second {
  readonly secondLevels: number;
  readonly secondTable: number;
  readonly secondIgnoresAccess: boolean;
}

/** What reading a context descriptor takes of its stream. */
export interface OfStream extends Second {
  /** Whether the descriptor may ask for stalls. */
  readonly mayStall: boolean;
}

/** What a stream table entry says. */
export interface Stream extends OfStream {
  readonly config: number;
  readonly vmid: number;
  readonly contexts: number;
  /** Number in its page of the only context descriptor. */
  readonly place: number;
  /** 2 to this power substreams; 0 for none. */
  readonly maximum: number;
  readonly isTwoLevel: boolean;
  readonly byDefault: number;
  readonly allowsAts: boolean;
  readonly answersWithPasid: boolean;
}

/** What a context descriptor says. */
export interface Context {
  readonly levels: number;
  readonly table: number;
  readonly asid: number;
  readonly ignoresAccess: boolean;
  readonly stalls: boolean;
}

/**
 * The walker written straight after the specification's steps (3.3, 3.4, 5.2, 5.4; Arm ARM D8): slow, and meant to be compared
 * with the text. Every method returns 0 or an event; what it found is in the fields after a 0. Requests are unprivileged.
 */
export class NaiveWalker {
  /** The frame of the page asked for. */
  frame = 0;
  /** Page-number bits of the translation that was found. */
  size = 0;
  /** What the translation permits: 1 read, 2 write. */
  permission = 0;
  /** VMID and ASID that tag the translation; ASID -1 for global and where there is no first stage. */
  tag = -1;
  asid = -1;
  /** After an event: whether the transaction is held until software resumes or terminates it (5.5). */
  stalls = false;

  constructor(
    private readonly memory: MemoryView,
    /** Levels of the stream table of an SMMU (STRTAB_BASE_CFG.FMT): 1 linear, 2. */
    private readonly levels: (iommu: number) => number,
    /** Whether an SMMU can stall (IDR0.STALL_MODEL 0, else 1). */
    private readonly hasStalls: (iommu: number) => boolean = () => false,
  ) {}

  /** An untranslated request: `substream` -1 is none, `permission` what the access needs. */
  translate(iommu: number, rid: number, substream: number, page: number, permission: number): number {
    this.stalls = false;
    const found = this.findStream(iommu, rid);
    const fault = typeof found === 'number' ? found : this.fromStream(found, substream, page, permission);
    if (!isRecoverable(fault)) this.stalls = false;
    return fault;
  }

  /**
   * A translation request of a device (3.9.1): the completion's permission is in {@link permission}. What a page request could
   * mend answers with permission 0 and is no event; it never stalls, whatever the context descriptor says (5.5).
   */
  translationRequest(iommu: number, rid: number, substream: number, page: number): number {
    const found = this.findStream(iommu, rid);
    if (typeof found === 'number') return found;
    if (!found.allowsAts) return EVENT.badTranslationRequest;
    const fault = this.fromStream(found, substream, page, 0);
    this.stalls = false;
    if (fault === 0 || !isRecoverable(fault)) return fault;
    this.permission = 0;
    return 0;
  }

  /** A translated request: nothing below the stream table entry is looked at (3.9.1.2). */
  translatedRequest(iommu: number, rid: number): number {
    const found = this.findStream(iommu, rid);
    if (typeof found === 'number') return found;
    return found.allowsAts ? 0 : EVENT.translatedForbidden;
  }

  /** The stream table entry of a StreamID (3.3.1). A number is an event. */
  findStream(iommu: number, rid: number): Stream | number {
    const { memory } = this;
    let frame = memory.root(iommu);
    if (this.levels(iommu) === 2) {
      const part = frame + (stream.streamDirectoryIndex(rid) >>> 9);
      if (part >= memory.frames) return EVENT.streamFetch;
      const low = memory.low(part, stream.streamDirectoryIndex(rid) & 511);
      const high = memory.high(part, stream.streamDirectoryIndex(rid) & 511);
      if (stream.streamSpan(low) === 0 || !stream.isStreamInSpan(low, rid)) return EVENT.badStreamId;
      frame = stream.streamTable(low, high);
    } else if (rid >= 2 ** stream.STREAM_BITS) {
      return EVENT.badStreamId;
    } else {
      frame += Math.floor(rid / stream.STES);
    }
    if (frame >= memory.frames) return EVENT.streamFetch;
    const at = stream.streamIndex(rid);
    if (!stream.isStreamValid(memory.low(frame, at))) return EVENT.badStream;
    const rest = readStreamRest(memory, frame, at);
    const hasStalls = this.hasStalls(iommu);
    return readStream(memory.low(frame, at), memory.high(frame, at), rest, hasStalls) ?? EVENT.badStream;
  }

  /** From a stream table entry's fields: what it configures, and the context descriptor of the substream. */
  fromStream(entry: Stream, substream: number, page: number, permission: number): number {
    this.tag = entry.vmid;
    this.asid = -1;
    switch (entry.config) {
      case stream.CONFIG.abort:
        return EVENT.aborted;
      case stream.CONFIG.bypass:
        // Without a first stage there are no substreams (5.2, S1CDMax).
        return substream >= 0 ? EVENT.badSubstream : this.bypass(page);
      case stream.CONFIG.second:
        if (substream >= 0) return EVENT.badSubstream;
        return this.secondStage(entry, page, permission, true);
    }
    if (substream >= 2 ** entry.maximum || (substream >= 0 && entry.maximum === 0)) return EVENT.badSubstream;
    if (entry.maximum > 0 && substream < 0) {
      if (entry.byDefault === stream.DEFAULT.terminate) return EVENT.streamDisabled;
      if (entry.byDefault === stream.DEFAULT.bypass) {
        if (entry.secondLevels > 0) return this.secondStage(entry, page, permission, true);
        return this.bypass(page);
      }
    }
    if (substream === 0 && entry.byDefault === stream.DEFAULT.zero) return EVENT.badSubstream;
    const first = this.tableFrame(entry, entry.contexts);
    if (first < 0) return -first;
    return this.fromContexts(entry, first, entry.isTwoLevel, substream, page, permission, entry.place);
  }

  private bypass(page: number): number {
    if (page >= FRAME_LIMIT) return EVENT.addressSize;
    this.frame = page;
    this.size = WHOLE;
    this.permission = 3;
    return 0;
  }

  /** From the place of context descriptors, or of level 1 descriptors, on (3.3.2); nested, what those name is intermediate. */
  fromContexts(
    second: OfStream,
    first: number,
    isUpper: boolean,
    substream: number,
    page: number,
    permission: number,
    place = 0,
  ): number {
    const { memory } = this;
    const used = Math.max(substream, 0) + place;
    let frame = first;
    if (isUpper) {
      if (frame >= memory.frames) return EVENT.contextFetch;
      const index = context.contextDirectoryIndex(used);
      const low = memory.low(frame, index);
      if (!context.isContextDirectoryValid(low)) return EVENT.badSubstream;
      frame = this.tableFrame(second, context.contextDirectoryTable(low, memory.high(frame, index)));
      if (frame < 0) return -frame;
    }
    if (frame >= memory.frames) return EVENT.contextFetch;
    const at = context.contextIndex(used);
    const found = readContext(
      memory.low(frame, at),
      memory.high(frame, at),
      readContextTable(memory, frame, at),
      second.mayStall,
    );
    return found === undefined ? EVENT.badContext : this.fromContext(second, found, page, permission);
  }

  /** Where a table of the first stage, or of context descriptors, lies; a negated event where the second stage has none. */
  private tableFrame(second: Second, page: number): number {
    if (second.secondLevels === 0) return page;
    const fault = this.secondStage(second, page, 1, false);
    return fault !== 0 ? -fault : this.frame;
  }

  /** From a context descriptor's fields to the page. */
  fromContext(second: Second, entry: Context, page: number, permission: number): number {
    const { memory } = this;
    this.asid = entry.asid;
    this.stalls = entry.stalls;
    if (page >= 2 ** (context.firstInputBits(entry.levels) - 12)) return EVENT.translation;
    let next = entry.table;
    let allowed = 3;
    for (let level = entry.levels; ; level--) {
      const frame = this.tableFrame(second, next);
      if (frame < 0) return -frame;
      if (frame >= memory.frames) return EVENT.walkAbort;
      const index = tableIndex(page, level);
      const low = memory.low(frame, index);
      const high = memory.high(frame, index);
      if (!table.isDescriptor(low, level)) return EVENT.translation;
      const isLeaf = table.isDescriptorLeaf(low, level);
      next = table.descriptorFrame(low, high, level, isLeaf);
      if (!isLeaf) {
        if (next >= FRAME_LIMIT) return EVENT.addressSize;
        if ((high & table.TABLE_READ_ONLY) !== 0) allowed &= 1;
        if ((high & table.TABLE_PRIVILEGED) !== 0) allowed = 0;
        continue;
      }
      const span = 512 ** (level - 1);
      const target = next + (page % span);
      if (next >= FRAME_LIMIT) return EVENT.addressSize;
      if ((low & table.ACCESSED) === 0 && !entry.ignoresAccess) return EVENT.access;
      allowed &= table.firstPermission(low);
      if (allowed === 0 || (permission & ~allowed) !== 0) return EVENT.permission;
      if ((low & table.NOT_GLOBAL) === 0) this.asid = -1;
      this.frame = target;
      this.size = 9 * (level - 1);
      this.permission = allowed;
      if (second.secondLevels === 0) return 0;
      const { size } = this;
      const fault = this.secondStage(second, target, permission, false);
      if (fault !== 0) return fault;
      this.size = Math.min(size, this.size);
      this.permission &= allowed;
      return this.permission === 0 ? EVENT.permission : 0;
    }
  }

  /**
   * The second stage; `isInput` when its input is that of the request, which has a size of its own (3.4). What faults there does not
   * stall: S2S is not for this machine.
   */
  private secondStage(second: Second, page: number, permission: number, isInput: boolean): number {
    const fault = this.walkSecond(second, page, permission, isInput);
    if (fault !== 0) this.stalls = false;
    return fault;
  }

  private walkSecond(second: Second, page: number, permission: number, isInput: boolean): number {
    const { memory } = this;
    if (isInput && page >= FRAME_LIMIT) return EVENT.addressSize;
    if (page >= 2 ** (stream.secondInputBits(second.secondLevels) - 12)) return EVENT.translation;
    let next = second.secondTable;
    for (let level = second.secondLevels; ; level--) {
      if (next >= memory.frames) return EVENT.walkAbort;
      const index = tableIndex(page, level);
      const low = memory.low(next, index);
      const high = memory.high(next, index);
      if (!table.isDescriptor(low, level)) return EVENT.translation;
      const isLeaf = table.isDescriptorLeaf(low, level);
      next = table.descriptorFrame(low, high, level, isLeaf);
      if (next >= FRAME_LIMIT) return EVENT.addressSize;
      if (!isLeaf) continue;
      if ((low & table.ACCESSED) === 0 && !second.secondIgnoresAccess) return EVENT.access;
      const allowed = table.secondPermission(low);
      if (allowed === 0 || (permission & ~allowed) !== 0) return EVENT.permission;
      this.frame = next + (page % 512 ** (level - 1));
      this.size = 9 * (level - 1);
      this.permission = allowed;
      return 0;
    }
  }
}

/** What of the dwords 1 to 3 of a stream table entry is looked at. */
export interface StreamRest {
  readonly low1: number;
  readonly low2: number;
  readonly high2: number;
  readonly secondTable: number;
}

export function readStreamRest(memory: MemoryView, frame: number, at: number): StreamRest {
  return {
    low1: memory.low(frame, at + 1),
    low2: memory.low(frame, at + 2),
    high2: memory.high(frame, at + 2),
    secondTable: stream.streamTable(memory.low(frame, at + 3), memory.high(frame, at + 3)),
  };
}

/** The fields of a stream table entry whose first dword is given, or undefined when it is ILLEGAL (5.2, 5.5). */
export function readStream(
  low0: number,
  high0: number,
  rest: StreamRest,
  hasStalls = false,
): Stream | undefined {
  const { low1, low2, high2 } = rest;
  const config = stream.streamConfig(low0);
  const hasFirst = config === stream.CONFIG.first || config === stream.CONFIG.nested;
  const hasSecond = config === stream.CONFIG.second || config === stream.CONFIG.nested;
  const format = stream.streamFormat(low0);
  const maximum = stream.streamMaximum(high0);
  const byDefault = low1 & 3;
  if (hasSecond && stream.isSecondInvalid(high2)) return undefined;
  const disablesStalls = (low1 & stream.STE_STALL_DISABLE) !== 0;
  if (hasFirst && disablesStalls && !hasStalls) return undefined;
  if (hasFirst && maximum > 0) {
    // A linear table has one page here.
    if (format > stream.FORMAT.two || (format === stream.FORMAT.linear && maximum > 6) || maximum > 15)
      return undefined;
    if (byDefault > stream.DEFAULT.zero) return undefined;
  }
  return {
    config,
    vmid: stream.streamVmid(low2),
    contexts: stream.streamContexts(low0, high0),
    place: stream.streamContextPlace(low0, high0),
    maximum: hasFirst ? maximum : 0,
    isTwoLevel: maximum > 0 && format === stream.FORMAT.two,
    byDefault: maximum > 0 ? byDefault : stream.DEFAULT.terminate,
    allowsAts: stream.allowsAts(low1) && config !== stream.CONFIG.abort,
    answersWithPasid: (low1 & stream.STE_PPAR) !== 0,
    mayStall: hasFirst && hasStalls && !disablesStalls,
    secondLevels: hasSecond ? stream.secondLevels(high2) : 0,
    secondTable: hasSecond ? rest.secondTable : 0,
    secondIgnoresAccess: (high2 & stream.S2_AFFD) !== 0,
  };
}

/** The table that a context descriptor names. */
export function readContextTable(memory: MemoryView, frame: number, at: number): number {
  return context.contextTable(memory.low(frame, at + 1), memory.high(frame, at + 1));
}

/** The fields of a context descriptor whose first dword and table are given, or undefined when it is not valid or ILLEGAL (5.4). */
export function readContext(
  low0: number,
  high0: number,
  root: number,
  mayStall = false,
): Context | undefined {
  if (!context.isContextValid(low0) || context.isContextInvalid(low0, high0, mayStall)) return undefined;
  if (root >= FRAME_LIMIT) return undefined;
  return {
    levels: context.contextLevels(low0),
    table: root,
    asid: context.contextAsid(high0),
    ignoresAccess: (high0 & context.CD_AFFD) !== 0,
    stalls: (high0 & context.CD_STALL) !== 0,
  };
}
