import { WHOLE } from '../../vocabulary/architecture.js';
import { WRITE } from '../../vocabulary/operations.js';
import { FRAME_SHIFT } from '../ram.js';
import { RamWalker } from '../ram-walker.js';
import { ABOVE_ADDRESS_52, FRAME_LIMIT } from './entries/address.js';
import * as context from './entries/context.js';
import * as directory from './entries/directory.js';
import * as pasids from './entries/pasid.js';
import * as roots from './entries/root.js';
import { FAULT, isRecoverable } from './faults.js';

/**
 * Constants of other modules under names of this one: the compiler folds a module's own constants into the code and reads an
 * imported one from memory each time, which here costs as much as the walk.
 */
const SHIFT = FRAME_SHIFT;
const ABOVE = ABOVE_ADDRESS_52;
const REASON = FAULT;

/** Page numbers of 48-bit addresses end here; sign-extended, the upper half of them lies below 2^52. */
const SECOND_END = 0x1000000000;
const HALF = 0x800000000;
const HALF_HIGH = 0xffff800000000;

/** Address bits 38:32 in the high word. */
const HIGH = 0x7f;
/** Reserved bits of second-stage high words: 51:39 and 62. */
const SECOND_HIGH = ABOVE | 0x40000000;
/** Pages a PML4E spans. */
const TOP = 2 ** 27;

/**
 * The walker for speed: the same answers as {@link NaiveWalker} without accessed and dirty updates, straight on the words of
 * memory, one level after the other without a loop. The masks are those of `entries/`, folded.
 */
export class FastWalker extends RamWalker {
  pasid = -1;
  type = 0;

  /** As {@link NaiveWalker.translate}. */
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

  /** As {@link NaiveWalker.translationRequest}. */
  translationRequest(iommu: number, rid: number, pasid: number, page: number): number {
    const fault = this.request(iommu, rid, pasid, page, 0, false, true);
    if (fault === 0 || !isRecoverable(fault)) return fault;
    this.permission = 0;
    return 0;
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
    const { words: w, base, frames } = this;
    const root = this.root(iommu);
    if (root >= frames) return REASON.rootTableAccess;
    let at = base + (root << SHIFT) + 2 * roots.rootIndex(rid);
    let low = w[at];
    let high = w[at + 1];
    if ((low & 1) === 0) return REASON.rootNotPresent;
    if (roots.hasRootReserved(low, high)) return REASON.rootReserved;
    let frame = (low >>> 12) | (high << 20);
    if (frame >= frames) return REASON.contextTableAccess;
    at = base + (frame << SHIFT) + 2 * context.contextIndex(rid);
    low = w[at];
    high = w[at + 1];
    const low1 = w[at + 2];
    if ((low & 1) === 0) return REASON.contextNotPresent;
    const second = w[at + 4] | w[at + 5] | w[at + 6] | w[at + 7];
    if (context.hasContextReserved(low, high, low1, w[at + 3], second)) return REASON.contextReserved;
    if (context.isContextInvalid(low, low1)) return REASON.contextInvalid;
    if (ats && (low & context.CONTEXT_DEVICE_TLB) === 0) return REASON.deviceTlbDisabled;
    const ridPasid = context.contextRidPasid(low1);
    let isPrivileged = privileged;
    if (pasid >= 0) {
      if ((low & context.CONTEXT_PASID) === 0) return REASON.pasidDisabled;
      if (pasid >= context.pasidLimit(context.contextDirectorySize(low))) return REASON.pasidTooLarge;
      if (pasid === ridPasid) return REASON.pasidIsRidPasid;
    } else {
      isPrivileged = (low1 & context.CONTEXT_RID_PRIVILEGED) !== 0;
    }
    const used = pasid >= 0 ? pasid : ridPasid;
    const place = used >>> 6;
    frame = ((low >>> 12) | (high << 20)) + (place >>> 9);
    if (frame >= frames) return REASON.directoryAccess;
    at = base + (frame << SHIFT) + 2 * (place & 511);
    low = w[at];
    high = w[at + 1];
    if ((low & 1) === 0) return REASON.directoryNotPresent;
    if (directory.hasDirectoryReserved(low, high)) return REASON.directoryReserved;
    frame = (low >>> 12) | (high << 20);
    if (frame >= frames) return REASON.pasidTableAccess;
    at = base + (frame << SHIFT) + 2 * pasids.pasidIndex(used);
    low = w[at];
    if ((low & 1) === 0) return REASON.pasidNotPresent;
    return this.throughEntry(at, used, page, permission, isPrivileged);
  }

  /** From a present PASID entry at a word. */
  private throughEntry(
    at: number,
    pasid: number,
    page: number,
    permission: number,
    privileged: boolean,
  ): number {
    const { words: w } = this;
    const low0 = w[at];
    const high0 = w[at + 1];
    const low1 = w[at + 2];
    if (pasids.hasUnit0Reserved(low0, high0, low1, w[at + 3])) return REASON.pasidReserved;
    const type = pasids.pasidType(low0);
    const hasFirst = pasids.usesFirstLevel(type);
    const low2 = w[at + 4];
    if (hasFirst) {
      if (pasids.hasUnit1Reserved(low2, w[at + 5], w[at + 6] | w[at + 7])) return REASON.pasidReserved;
      const rest =
        w[at + 8] | w[at + 9] | w[at + 10] | w[at + 11] | w[at + 12] | w[at + 13] | w[at + 14] | w[at + 15];
      if (rest !== 0) return REASON.pasidReserved;
    }
    if (pasids.isUnit0Invalid(low0)) return REASON.pasidInvalid;
    if (hasFirst) {
      if (pasids.isUnit1Invalid(low2)) return REASON.pasidInvalid;
      if (privileged && (low2 & pasids.PASID_SUPERVISOR) === 0) return REASON.supervisorDisabled;
    }
    this.tag = low1 & 0xffff;
    this.pasid = pasid;
    this.type = type;
    if (type === pasids.PASS_THROUGH) {
      if (page >= FRAME_LIMIT) return REASON.aboveHostWidth;
      this.frame = page;
      this.size = WHOLE;
      this.permission = 3;
      return 0;
    }
    const secondTable = (low0 >>> 12) | (high0 << 20);
    let fault: number;
    if (type === pasids.SECOND_LEVEL) {
      fault = this.second(secondTable, page);
    } else {
      if (page >= HALF && page < HALF_HIGH) return REASON.notCanonical;
      const table = (low2 >>> 12) | (w[at + 5] << 20);
      const always = privileged && (low2 & pasids.PASID_WRITE_PROTECT) === 0;
      if (type === pasids.FIRST_LEVEL) {
        fault = this.first(table, page, privileged);
        if (always) this.permission = 3;
      } else {
        const updates = (low0 & pasids.PASID_SECOND_ACCESSED) !== 0;
        fault = this.nested(table, secondTable, page, permission, privileged, always, updates ? 3 : 1);
      }
    }
    if (fault !== 0) return fault;
    return this.denied(permission);
  }

  private denied(permission: number): number {
    const missing = permission & ~this.permission;
    if (missing === 0) return 0;
    return (missing & WRITE) !== 0 ? REASON.writeDenied : REASON.readDenied;
  }

  /** Four levels of second-stage tables. One test a level tells whether there is anything but a plain table entry. */
  second(root: number, page: number): number {
    if (page >= SECOND_END) return REASON.aboveSecondWidth;
    const { words: w, base, frames } = this;
    const rest = page & (TOP - 1);
    if (root >= frames) return REASON.secondRootAccess;
    let at = base + (root << SHIFT) + 2 * (page < TOP ? 0 : ((page / TOP) | 0) & 511);
    let low = w[at];
    let high = w[at + 1];
    let permission = low & 3;
    if (permission === 0 || (high & SECOND_HIGH) !== 0 || (low & 0x880) !== 0) return secondFault(low);
    let frame = (low >>> 12) | ((high & HIGH) << 20);
    if (frame >= frames) return REASON.secondAccess;

    at = base + (frame << SHIFT) + 2 * (rest >>> 18);
    low = w[at];
    high = w[at + 1];
    permission &= low;
    if (permission === 0 || (high & SECOND_HIGH) !== 0 || (low & 0x880) !== 0) {
      return this.secondEnd(low, high, permission, 0x3ffff000, 18, rest);
    }
    frame = (low >>> 12) | ((high & HIGH) << 20);
    if (frame >= frames) return REASON.secondAccess;

    at = base + (frame << SHIFT) + 2 * ((rest >>> 9) & 511);
    low = w[at];
    high = w[at + 1];
    permission &= low;
    if (permission === 0 || (high & SECOND_HIGH) !== 0 || (low & 0x880) !== 0) {
      return this.secondEnd(low, high, permission, 0x1ff000, 9, rest);
    }
    frame = (low >>> 12) | ((high & HIGH) << 20);
    if (frame >= frames) return REASON.secondAccess;

    at = base + (frame << SHIFT) + 2 * (rest & 511);
    low = w[at];
    high = w[at + 1];
    permission &= low;
    if (permission === 0 || (high & SECOND_HIGH) !== 0)
      return this.secondEnd(low, high, permission, 0, 0, rest);
    this.size = 0;
    this.frame = (low >>> 12) | ((high & HIGH) << 20);
    this.permission = permission;
    return 0;
  }

  /** A second-stage entry below the top that is no plain table entry or page: absent, malformed, or a large page. */
  private secondEnd(
    low: number,
    high: number,
    permission: number,
    below: number,
    size: number,
    rest: number,
  ): number {
    if ((low & 3) === 0) return REASON.secondNotPresent;
    if ((high & SECOND_HIGH) !== 0) return REASON.secondReserved;
    const isLarge = size > 0 && (low & 0x80) !== 0;
    if (size > 0 && (low & (isLarge ? below : 0x800)) !== 0) return REASON.secondReserved;
    if (permission === 0) return REASON.secondNotPresent;
    this.size = size;
    this.frame = (low >>> 12) | ((high & HIGH) << 20) | (rest & ((1 << size) - 1));
    this.permission = permission;
    return 0;
  }

  /** Four levels of first-stage tables, in the same way. */
  first(root: number, page: number, privileged: boolean): number {
    const { words: w, base, frames } = this;
    const rest = page & (TOP - 1);
    const user = privileged ? 1 : 5;
    if (root >= frames) return REASON.firstRootAccess;
    let at = base + (root << SHIFT) + 2 * (page < TOP ? 0 : (page / TOP) & 511);
    let low = w[at];
    let high = w[at + 1];
    let bits = low;
    if ((low & user) !== user || (high & ABOVE) !== 0 || (low & 0x80) !== 0)
      return firstFault(low, high, 0x80);
    let frame = (low >>> 12) | ((high & HIGH) << 20);
    if (frame >= frames) return REASON.firstAccess;

    at = base + (frame << SHIFT) + 2 * (rest >>> 18);
    low = w[at];
    high = w[at + 1];
    bits &= low;
    if ((low & user) !== user || (high & ABOVE) !== 0 || (low & 0x80) !== 0) {
      return this.firstEnd(low, high, bits, user, 0x3fffe000, 18, rest);
    }
    frame = (low >>> 12) | ((high & HIGH) << 20);
    if (frame >= frames) return REASON.firstAccess;

    at = base + (frame << SHIFT) + 2 * ((rest >>> 9) & 511);
    low = w[at];
    high = w[at + 1];
    bits &= low;
    if ((low & user) !== user || (high & ABOVE) !== 0 || (low & 0x80) !== 0) {
      return this.firstEnd(low, high, bits, user, 0x1fe000, 9, rest);
    }
    frame = (low >>> 12) | ((high & HIGH) << 20);
    if (frame >= frames) return REASON.firstAccess;

    at = base + (frame << SHIFT) + 2 * (rest & 511);
    low = w[at];
    high = w[at + 1];
    if ((low & user) !== user || (high & ABOVE) !== 0) return firstFault(low, high, 0);
    this.size = 0;
    this.frame = (low >>> 12) | ((high & HIGH) << 20);
    this.permission = 1 | (bits & low & 2);
    return 0;
  }

  /** A first-stage entry of level 3 or 2 that is no plain table entry: absent, malformed, forbidden, or a large page. */
  private firstEnd(
    low: number,
    high: number,
    bits: number,
    user: number,
    below: number,
    size: number,
    rest: number,
  ): number {
    const isLarge = (low & 0x80) !== 0;
    if (!isLarge || (low & user) !== user || (high & ABOVE) !== 0 || (low & below) !== 0) {
      return firstFault(low, high, isLarge ? below : 0);
    }
    const mask = (1 << size) - 1;
    this.size = size;
    this.frame = (((low >>> 12) | ((high & HIGH) << 20)) & ~mask) | (rest & mask);
    this.permission = 1 | (bits & 2);
    return 0;
  }

  /** First-stage tables in guest-physical memory: each address goes through the second stage before it is read. */
  private nested(
    root: number,
    secondTable: number,
    page: number,
    permission: number,
    privileged: boolean,
    always: boolean,
    needed: number,
  ): number {
    const { words: w, base, frames } = this;
    const rest = page & (TOP - 1);
    const top = page < TOP ? 0 : (page / TOP) & 511;
    const user = privileged ? 1 : 5;
    let guest = root;
    let bits = 3;
    for (let shift = 27; ; shift -= 9) {
      const fault = this.second(secondTable, guest);
      if (fault !== 0) return fault;
      if ((this.permission & needed) !== needed)
        return shift === 27 ? REASON.nestedRootRead : REASON.nestedRead;
      if (this.frame >= frames) return shift === 27 ? REASON.firstRootAccess : REASON.firstAccess;
      const at = base + (this.frame << SHIFT) + 2 * (shift === 27 ? top : (rest >>> shift) & 511);
      const low = w[at];
      const high = w[at + 1];
      if ((low & 1) === 0) return REASON.firstNotPresent;
      if ((high & ABOVE) !== 0) return REASON.firstReserved;
      const isLarge = shift > 0 && (low & 0x80) !== 0;
      if (isLarge && (shift === 27 || (low & (shift === 18 ? 0x3fffe000 : 0x1fe000)) !== 0))
        return REASON.firstReserved;
      if ((low & user) !== user) return REASON.userDenied;
      bits &= low;
      guest = (low >>> 12) | ((high & HIGH) << 20);
      if (!isLarge && shift > 0) continue;
      const allowed = always ? 3 : 1 | (bits & 2);
      if ((permission & WRITE & ~allowed) !== 0) return REASON.writeDenied;
      const mask = (1 << shift) - 1;
      const last = this.second(secondTable, (guest & ~mask) | (rest & mask));
      if (last !== 0) return last;
      this.size = Math.min(this.size, shift);
      this.permission &= allowed;
      return 0;
    }
  }
}

/** Why a top second-stage entry that is no table entry faults. */
function secondFault(low: number): number {
  return (low & 3) === 0 ? REASON.secondNotPresent : REASON.secondReserved;
}

/** Why a first-stage entry faults: absent before malformed before forbidden. */
function firstFault(low: number, high: number, reserved: number): number {
  if ((low & 1) === 0) return REASON.firstNotPresent;
  return (high & ABOVE) !== 0 || (low & reserved) !== 0 ? REASON.firstReserved : REASON.userDenied;
}
