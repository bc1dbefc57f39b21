import { type MemoryView, WHOLE } from '../../vocabulary/architecture.js';
import { WRITE } from '../../vocabulary/operations.js';
import { tableIndex } from '../span.js';
import { FRAME_LIMIT, frameOf } from './entries/address.js';
import * as context from './entries/context.js';
import * as directory from './entries/directory.js';
import * as first from './entries/first-level.js';
import * as pasids from './entries/pasid.js';
import * as roots from './entries/root.js';
import * as second from './entries/second-level.js';
import { FAULT, isRecoverable } from './faults.js';

/** Sets bits in the low word of a paging entry, as hardware's atomic update of accessed and dirty does. */
export type EntryUpdate = (frame: number, index: number, bits: number) => void;

/** First-stage input addresses are 48 bits, sign-extended: page numbers below this, or as far below 2^52. */
const CANONICAL_HALF = 2 ** 35;
const CANONICAL_HIGH = 2 ** 52 - CANONICAL_HALF;
/** Second-stage input addresses have 48 bits. */
const SECOND_LIMIT = 2 ** 36;

/** What a PASID entry says, as far as a walk below it needs to know. */
export interface Translation {
  readonly type: number;
  readonly firstTable: number;
  readonly secondTable: number;
  readonly writeProtect: boolean;
  readonly secondAccessed: boolean;
}

/**
 * The walker written straight after the specification's steps (3.4.3, 3.6–3.8, 7.1.3): slow, and meant to be compared with the
 * text. Every method returns 0 or a fault reason; what it found is in the fields after a 0.
 */
export class NaiveWalker {
  /** The frame of the page asked for. */
  frame = 0;
  /** Page-number bits of the translation that was found: 0, 9, 18 or {@link WHOLE}. */
  size = 0;
  /** What the translation permits: 1 read, 2 write. */
  permission = 0;
  /** Domain id and PASID that tag the translation, and the kind of translation (PGTT). */
  tag = -1;
  pasid = -1;
  type = 0;

  /** Accessed and dirty updates that the walk owes: frame, index, bits. Done only when it succeeds. */
  private readonly owed: number[] = [];

  constructor(
    private readonly memory: MemoryView,
    /** Left out: hardware's updates of accessed and dirty bits are not wanted. */
    private readonly update?: EntryUpdate,
  ) {}

  /** An untranslated request: `pasid` -1 is none, `permission` what the access needs. */
  translate(
    iommu: number,
    rid: number,
    pasid: number,
    page: number,
    permission: number,
    privileged = false,
  ): number {
    return this.request(iommu, rid, pasid, page, permission, privileged, false);
  }

  /**
   * A translation request of a device (4.1): the completion's permission is in {@link permission}. What the device could
   * mend by a page request answers with permission 0 and is no fault (7.1.3, column "translation request").
   */
  translationRequest(iommu: number, rid: number, pasid: number, page: number): number {
    const fault = this.request(iommu, rid, pasid, page, 0, false, true);
    if (fault === 0 || !isRecoverable(fault)) return fault;
    this.permission = 0;
    return 0;
  }

  /** A translated request (4.2): nothing below the context entry is looked at. */
  translatedRequest(iommu: number, rid: number): number {
    const at = this.findContext(iommu, rid);
    if (at < 0) return -at;
    const [low] = this.readContext(at);
    return (low & context.CONTEXT_DEVICE_TLB) === 0 ? FAULT.deviceTlbDisabled : 0;
  }

  private contextFrame = 0;

  /** Steps 1 and 2: the root entry of the bus, then the context entry. The entry's index, or a negated fault. */
  private findContext(iommu: number, rid: number): number {
    const { memory } = this;
    const root = memory.root(iommu);
    if (root >= memory.frames) return -FAULT.rootTableAccess;
    const half = roots.rootIndex(rid);
    const low = memory.low(root, half);
    const high = memory.high(root, half);
    if (!roots.isRootPresent(low)) return -FAULT.rootNotPresent;
    if (roots.hasRootReserved(low, high)) return -FAULT.rootReserved;
    const table = roots.rootContextTable(low, high);
    if (table >= memory.frames) return -FAULT.contextTableAccess;
    const at = context.contextIndex(rid);
    const low0 = memory.low(table, at);
    const high0 = memory.high(table, at);
    const low1 = memory.low(table, at + 1);
    const high1 = memory.high(table, at + 1);
    if (!context.isContextPresent(low0)) return -FAULT.contextNotPresent;
    const secondUnit =
      memory.low(table, at + 2) |
      memory.high(table, at + 2) |
      memory.low(table, at + 3) |
      memory.high(table, at + 3);
    if (context.hasContextReserved(low0, high0, low1, high1, secondUnit)) return -FAULT.contextReserved;
    if (context.isContextInvalid(low0, low1)) return -FAULT.contextInvalid;
    this.contextFrame = table;
    return at;
  }

  private readContext(at: number): [low0: number, high0: number, low1: number] {
    const { memory, contextFrame } = this;
    return [memory.low(contextFrame, at), memory.high(contextFrame, at), memory.low(contextFrame, at + 1)];
  }

  private request(
    iommu: number,
    rid: number,
    pasid: number,
    page: number,
    permission: number,
    privileged: boolean,
    ats: boolean,
  ): number {
    const at = this.findContext(iommu, rid);
    if (at < 0) return -at;
    const [low0, high0, low1] = this.readContext(at);
    if (ats && (low0 & context.CONTEXT_DEVICE_TLB) === 0) return FAULT.deviceTlbDisabled;
    return this.fromContext(
      {
        directory: frameOf(low0, high0),
        directorySize: context.contextDirectorySize(low0),
        ridPasid: context.contextRidPasid(low1),
        takesPasid: (low0 & context.CONTEXT_PASID) !== 0,
        privilegedRid: (low1 & context.CONTEXT_RID_PRIVILEGED) !== 0,
      },
      pasid,
      page,
      permission,
      privileged,
    );
  }

  /** Steps 2b to 5: from a context entry's fields, through directory and PASID table. */
  fromContext(
    entry: {
      readonly directory: number;
      readonly directorySize: number;
      readonly ridPasid: number;
      readonly takesPasid: boolean;
      readonly privilegedRid: boolean;
    },
    pasid: number,
    page: number,
    permission: number,
    privileged: boolean,
  ): number {
    const { memory } = this;
    if (pasid >= 0) {
      if (!entry.takesPasid) return FAULT.pasidDisabled;
      if (pasid >= context.pasidLimit(entry.directorySize)) return FAULT.pasidTooLarge;
      if (pasid === entry.ridPasid) return FAULT.pasidIsRidPasid;
    }
    // Step 3: a request without PASID takes the entry of RID_PASID, and its privilege from RID_PRIV.
    const used = pasid >= 0 ? pasid : entry.ridPasid;
    const isPrivileged = pasid >= 0 ? privileged : entry.privilegedRid;
    // Step 4. A directory over 512 entries goes on in the next frame.
    const place = directory.directoryIndex(used);
    const directoryFrame = entry.directory + (place >>> 9);
    if (directoryFrame >= memory.frames) return FAULT.directoryAccess;
    const low = memory.low(directoryFrame, place & 511);
    const high = memory.high(directoryFrame, place & 511);
    if (!directory.isDirectoryPresent(low)) return FAULT.directoryNotPresent;
    if (directory.hasDirectoryReserved(low, high)) return FAULT.directoryReserved;
    // Step 5.
    const table = directory.directoryTable(low, high);
    if (table >= memory.frames) return FAULT.pasidTableAccess;
    const at = pasids.pasidIndex(used);
    const low0 = memory.low(table, at);
    const high0 = memory.high(table, at);
    const low1 = memory.low(table, at + 1);
    if (!pasids.isPasidPresent(low0)) return FAULT.pasidNotPresent;
    if (pasids.hasUnit0Reserved(low0, high0, low1, memory.high(table, at + 1))) return FAULT.pasidReserved;
    const type = pasids.pasidType(low0);
    const low2 = memory.low(table, at + 2);
    const high2 = memory.high(table, at + 2);
    const hasFirst = pasids.usesFirstLevel(type);
    if (hasFirst && hasRestReserved(memory, table, at)) return FAULT.pasidReserved;
    if (pasids.isUnit0Invalid(low0)) return FAULT.pasidInvalid;
    if (hasFirst && pasids.isUnit1Invalid(low2)) return FAULT.pasidInvalid;
    if (hasFirst && isPrivileged && (low2 & pasids.PASID_SUPERVISOR) === 0) return FAULT.supervisorDisabled;
    this.tag = pasids.pasidDomain(low1);
    this.pasid = used;
    return this.fromPasid(
      {
        type,
        firstTable: pasids.pasidTable(low2, high2),
        secondTable: pasids.pasidTable(low0, high0),
        writeProtect: (low2 & pasids.PASID_WRITE_PROTECT) !== 0,
        secondAccessed: (low0 & pasids.PASID_SECOND_ACCESSED) !== 0,
      },
      page,
      permission,
      isPrivileged,
    );
  }

  /** Step 6: from a PASID entry's fields to the page. */
  fromPasid(entry: Translation, page: number, permission: number, privileged: boolean): number {
    this.type = entry.type;
    this.owed.length = 0;
    const fault = this.throughTables(entry, page, permission, privileged);
    if (fault !== 0) return fault;
    if (this.update !== undefined) {
      for (let i = 0; i < this.owed.length; i += 3)
        this.update(this.owed[i], this.owed[i + 1], this.owed[i + 2]);
    }
    return 0;
  }

  private throughTables(entry: Translation, page: number, permission: number, privileged: boolean): number {
    switch (entry.type) {
      case pasids.PASS_THROUGH:
        if (page >= FRAME_LIMIT) return FAULT.aboveHostWidth;
        this.frame = page;
        this.size = WHOLE;
        this.permission = 3;
        return 0;
      case pasids.SECOND_LEVEL: {
        const fault = this.secondWalk(entry, page, (permission & WRITE) !== 0);
        return fault !== 0 ? fault : this.denied(permission);
      }
      case pasids.FIRST_LEVEL: {
        const fault = this.firstWalk(entry, page, permission, privileged, false);
        return fault !== 0 ? fault : this.denied(permission);
      }
      default: {
        let fault = this.firstWalk(entry, page, permission, privileged, true);
        if (fault !== 0) return fault;
        fault = this.denied(permission);
        if (fault !== 0) return fault;
        const size = this.size;
        const allowed = this.permission;
        fault = this.secondWalk(entry, this.frame, (permission & WRITE) !== 0);
        if (fault !== 0) return fault;
        this.size = Math.min(size, this.size);
        this.permission &= allowed;
        return this.denied(permission);
      }
    }
  }

  private denied(permission: number): number {
    const missing = permission & ~this.permission;
    if (missing === 0) return 0;
    return (missing & WRITE) !== 0 ? FAULT.writeDenied : FAULT.readDenied;
  }

  /** 3.6: four levels of first-stage tables; nested, each table's address goes through the second stage (3.8). */
  private firstWalk(
    entry: Translation,
    page: number,
    permission: number,
    privileged: boolean,
    nested: boolean,
  ): number {
    const { memory } = this;
    if (page >= CANONICAL_HALF && page < CANONICAL_HIGH) return FAULT.notCanonical;
    let table = entry.firstTable;
    let writable = true;
    for (let level = 4; ; level--) {
      let mayUpdate = true;
      if (nested) {
        const fault = this.secondWalk(entry, table, entry.secondAccessed);
        if (fault !== 0) return fault;
        const needed = entry.secondAccessed ? 3 : 1;
        if ((this.permission & needed) !== needed)
          return level === 4 ? FAULT.nestedRootRead : FAULT.nestedRead;
        mayUpdate = (this.permission & WRITE) !== 0;
        table = this.frame;
      }
      if (table >= memory.frames) return level === 4 ? FAULT.firstRootAccess : FAULT.firstAccess;
      const index = tableIndex(page, level);
      const low = memory.low(table, index);
      const high = memory.high(table, index);
      if (!first.isFirstPresent(low)) return FAULT.firstNotPresent;
      if (first.hasFirstReserved(low, high, level)) return FAULT.firstReserved;
      if (!privileged && (low & first.FIRST_USER) === 0) return FAULT.userDenied;
      if ((low & first.FIRST_WRITE) === 0) writable = false;
      const isLeaf = first.isFirstLeaf(low, level);
      const wanted =
        isLeaf && (permission & WRITE) !== 0
          ? first.FIRST_ACCESSED | first.FIRST_DIRTY
          : first.FIRST_ACCESSED;
      if (this.update !== undefined && (low & wanted) !== wanted) {
        if (!mayUpdate) return FAULT.nestedUpdate;
        this.owed.push(table, index, wanted);
      }
      table = frameOf(low, high);
      if (!isLeaf) continue;
      this.size = (level - 1) * 9;
      const span = 2 ** this.size;
      this.frame = table - (table % span) + (page % span);
      // Privileged writes need the permission only under write protection.
      this.permission = writable || (privileged && !entry.writeProtect) ? 3 : 1;
      return 0;
    }
  }

  /** 3.7: four levels of second-stage tables. */
  private secondWalk(entry: Translation, page: number, writes: boolean): number {
    const { memory } = this;
    if (page >= SECOND_LIMIT) return FAULT.aboveSecondWidth;
    let table = entry.secondTable;
    let permission = 3;
    for (let level = 4; ; level--) {
      if (table >= memory.frames) return level === 4 ? FAULT.secondRootAccess : FAULT.secondAccess;
      const index = tableIndex(page, level);
      const low = memory.low(table, index);
      const high = memory.high(table, index);
      if (!second.isSecondPresent(low)) return FAULT.secondNotPresent;
      if (second.hasSecondReserved(low, high, level)) return FAULT.secondReserved;
      permission &= low & 3;
      if (permission === 0) return FAULT.secondNotPresent;
      const isLeaf = second.isSecondLeaf(low, level);
      const wanted = isLeaf && writes ? second.SECOND_ACCESSED | second.SECOND_DIRTY : second.SECOND_ACCESSED;
      if (entry.secondAccessed && (low & wanted) !== wanted) this.owed.push(table, index, wanted);
      table = frameOf(low, high);
      if (!isLeaf) continue;
      this.size = (level - 1) * 9;
      const span = 2 ** this.size;
      this.frame = table - (table % span) + (page % span);
      this.permission = permission;
      return 0;
    }
  }
}

/** Whether units 1 to 3 of a PASID entry that uses its first-level fields set a reserved bit. */
export function hasRestReserved(memory: MemoryView, table: number, at: number): boolean {
  const qword3 = memory.low(table, at + 3) | memory.high(table, at + 3);
  if (pasids.hasUnit1Reserved(memory.low(table, at + 2), memory.high(table, at + 2), qword3)) return true;
  for (let i = 4; i < pasids.PASID_QWORDS; i++) {
    if ((memory.low(table, at + i) | memory.high(table, at + i)) !== 0) return true;
  }
  return false;
}
