import { Coverage } from '../hardware/coverage.js';
import { isWithin } from '../hardware/span.js';
import { LimitError } from '../vocabulary/limit.js';
import type { Layout, StateVector } from '../hardware/state-vector.js';
import {
  type BoundArchitecture,
  type CacheKind,
  type CacheRole,
  type CommandSpec,
  ROW,
  ROW_WIDTH,
} from '../vocabulary/architecture.js';
import type { WorldShape } from '../vocabulary/shape.js';

/** A row of the ledger: a member of the worst-case cache, then whose call made it stale, and at which control point. */
export const LEDGER_WIDTH = ROW_WIDTH + 2;
export const BLAME = ROW_WIDTH;
export const ORIGIN = ROW_WIDTH + 1;
/**
 * Blame of what a guest's own edits left stale: owed only once a covering guestInvalidate of its space has returned that began after
 * the edit. The least such blame; {@link guestBlame} adds which space, and who had an invalidation open.
 */
const GUEST_BLAME = 99;
const EXEMPT_BITS = 3;
/**
 * Added to the origin of an entry that came back, when an invalidation had taken it, from others whose own invalidation was under way:
 * the two were not kept in order.
 */
const REFILLED = 1 << 20;

/** Blame of a guest's edit: its space, or -1 where the table is not one space's alone, and the callers whose invalidations were open. */
export function guestBlame(space: number, exempt: number): number {
  return GUEST_BLAME + (((space + 1) << EXEMPT_BITS) | exempt);
}
/** A guest's loss, and no edit of a space that an invalidation could answer for. */
export const GUEST_ALONE = guestBlame(-1, 0);

export function isGuestBlame(blame: number): boolean {
  return blame >= GUEST_BLAME;
}
export function guestSpaceOf(blame: number): number {
  return ((blame - GUEST_BLAME) >> EXEMPT_BITS) - 1;
}
/** Callers whose invalidation does not answer for the edit, as bits: it was open already. */
export function exemptOf(blame: number): number {
  return (blame - GUEST_BLAME) & ((1 << EXEMPT_BITS) - 1);
}

/** Control point, and one more, at which an entry became stale. */
export function originOf(word: number): number {
  return word & ~REFILLED;
}
export function isRefilled(word: number): boolean {
  return (word & REFILLED) !== 0;
}

/** An invalidation as the closure rule sees it. */
export interface Effect {
  readonly command: number;
  readonly device: number;
  readonly pasid: number;
  readonly tag: number;
  readonly page: number;
  /** Number of low page bits ignored. */
  readonly mask: number;
  readonly hint: number;
}

/**
 * What hardware may still hold (docs/semantics.md, section 2). `memory` is the closure of memory alone, kept up to date;
 * `stale` is the ledger L: what hardware may hold beyond that. C is their union.
 */
export class Ledger {
  readonly maxMemory: number;
  readonly maxStale: number;
  private readonly memoryCountAt: number;
  private readonly memoryBase: number;
  private readonly staleCountAt: number;
  private readonly staleBase: number;
  private readonly linkedBase: number;
  private readonly linkedSize: number;
  private state!: StateVector;
  private words!: Int32Array;
  private bound!: BoundArchitecture;

  /** Closure of memory under construction. */
  private readonly scratch: Int32Array;
  private scratchCount = 0;
  /** Places of rows by their hash: twice as many as there can be rows, a power of two. */
  private readonly hash: Int32Array;
  private readonly hashStamp: Int32Array;
  private readonly hashMask: number;
  private stamp = 0;
  /** Frames read while deriving, as a bit set; a store elsewhere cannot change C. */
  private readonly readFrames: Int32Array;

  /** Rows that came into C with the last change, as places in `memory` (>= 0) or in `stale` (~place). */
  readonly fresh: number[] = [];
  /** Whether the last change touched C at all. */
  changed = false;

  private readonly roles: readonly CacheRole[];
  private readonly isFlight: readonly boolean[];
  private readonly isTranslated: readonly boolean[];
  private readonly joins: readonly (readonly boolean[])[];
  /** For each kind, the one whose absence it states; -1 for what states none. */
  private readonly denied: readonly number[];
  private readonly coverage: Coverage;

  constructor(
    kinds: readonly CacheKind[],
    commands: readonly CommandSpec[],
    shape: WorldShape,
    frames: number,
    layout: Layout,
    maxMemory = 512,
    maxStale = 512,
  ) {
    this.maxMemory = maxMemory;
    this.maxStale = maxStale;
    this.scratch = new Int32Array(maxMemory * ROW_WIDTH);
    const slots = 2 ** Math.ceil(Math.log2(2 * maxMemory));
    this.hash = new Int32Array(slots);
    this.hashStamp = new Int32Array(slots);
    this.hashMask = slots - 1;
    this.roles = kinds.map((kind) => kind.role);
    this.isFlight = kinds.map((kind) => kind.role === 'flight');
    this.isTranslated = kinds.map((kind) => kind.isTranslated ?? false);
    this.joins = kinds.map((kind) => kinds.map((other) => kind.joins?.includes(other.name) ?? false));
    const names: readonly string[] = kinds.map(({ name }) => name);
    this.denied = kinds.map(({ denies }) => (denies === undefined ? -1 : names.indexOf(denies)));
    this.coverage = new Coverage(kinds, commands, shape);
    this.memoryCountAt = layout.take(1);
    this.memoryBase = layout.take(maxMemory * ROW_WIDTH);
    this.staleCountAt = layout.take(1);
    this.staleBase = layout.take(maxStale * LEDGER_WIDTH);
    this.linkedSize = (frames + 31) >>> 5;
    this.linkedBase = layout.take(this.linkedSize);
    this.readFrames = new Int32Array(this.linkedSize);
  }

  connect(state: StateVector, bound: BoundArchitecture): void {
    this.state = state;
    this.words = state.words;
    this.bound = bound;
  }

  /** Called by the memory view for each frame that a derivation reads. */
  noteRead(frame: number): void {
    this.readFrames[frame >>> 5] |= 1 << (frame & 31);
  }

  get memoryCount(): number {
    return this.words[this.memoryCountAt];
  }
  get staleCount(): number {
    return this.words[this.staleCountAt];
  }
  memoryAt(place: number): number {
    return this.memoryBase + place * ROW_WIDTH;
  }
  staleAt(place: number): number {
    return this.staleBase + place * LEDGER_WIDTH;
  }
  roleOf(kind: number): CacheRole {
    return this.roles[kind];
  }

  /** Whether a store to the frame can change what hardware may hold. */
  isLinked(frame: number): boolean {
    return (this.words[this.linkedBase + (frame >>> 5)] & (1 << (frame & 31))) !== 0;
  }

  /**
   * Memory or a register has changed: bring both parts up to date. What only the old state yielded becomes stale, to the
   * blame of `blame`.
   */
  afterChange(devices: number, blame: number, origin: number): void {
    this.fresh.length = 0;
    this.changed = false;
    this.deriveMemory(devices);
    const { words } = this;
    const old = this.memoryCount;
    // Rows that leave memory's closure become stale.
    for (let i = 0; i < old; i++) {
      const at = this.memoryAt(i);
      if (this.findScratch(words, at) < 0) {
        this.addStale(words, at, blame, origin);
        this.changed = true;
      }
    }
    const count = this.scratchCount;
    let same = !this.changed && count === old;
    if (same) {
      for (let i = 0; i < count * ROW_WIDTH && same; i++)
        same = this.scratch[i] === words[this.memoryBase + i];
    }
    if (!same) {
      this.changed = true;
      // Fresh rows are those the old closure did not have.
      const { scratch } = this;
      for (let i = 0; i < count; i++) if (!this.inMemory(scratch, i * ROW_WIDTH, old)) this.fresh.push(i);
      for (let i = 0; i < count * ROW_WIDTH; i++) this.state.set(this.memoryBase + i, scratch[i]);
      this.state.set(this.memoryCountAt, count);
    }
    // What memory yields again is not stale.
    for (let i = this.staleCount - 1; i >= 0; i--)
      if (this.findScratch(words, this.staleAt(i)) >= 0) this.dropStale(i);
    this.blameDenied(blame, origin);
    this.closeStale();
    this.storeLinked();
  }

  /**
   * A command takes effect: what it covers leaves the ledger, then whatever is left derives again. `pending` are the commands of its
   * queue that have not taken effect: what comes back from entries that they are to take is told apart.
   */
  afterEffect(effect: Effect, pending: readonly Effect[]): void {
    this.fresh.length = 0;
    this.changed = false;
    for (let i = this.staleCount - 1; i >= 0; i--) {
      if (!this.isCovered(effect, this.staleAt(i))) continue;
      this.dropStale(i);
      this.changed = true;
    }
    if (this.staleCount > 0) this.refreshAndClose(pending);
  }

  private isCovered({ command, device, pasid, tag, page, mask, hint }: Effect, at: number): boolean {
    return this.coverage.covers(command, device, pasid, tag, page, mask, hint, this.words, at);
  }

  /**
   * Whether a stale row is a not-present result of which memory has nothing either. Out of date and still true, it does no harm:
   * whoever makes the thing present has to invalidate.
   */
  isStillTrue(at: number): boolean {
    if (this.denied[this.words[at + ROW.kind]] < 0) return false;
    for (let i = 0; i < this.memoryCount; i++) if (this.denies(at, this.memoryAt(i))) return false;
    return true;
  }

  /** Not-present results that what is new in memory makes untrue are the fault of who made it present. */
  private blameDenied(blame: number, origin: number): void {
    for (let i = 0; i < this.staleCount; i++) {
      const at = this.staleAt(i);
      if (this.denied[this.words[at + ROW.kind]] < 0) continue;
      for (const place of this.fresh) {
        if (place < 0 || !this.denies(at, this.memoryAt(place))) continue;
        this.state.set(at + BLAME, blame);
        this.state.set(at + ORIGIN, origin);
      }
    }
  }

  private denies(at: number, other: number): boolean {
    const { words } = this;
    if (words[other + ROW.kind] !== this.denied[words[at + ROW.kind]]) return false;
    if (words[other + ROW.device] !== words[at + ROW.device]) return false;
    if (words[other + ROW.pasid] !== words[at + ROW.pasid]) return false;
    // Of domain 0 and of none are results of every domain.
    if (words[at + ROW.tag] > 0 && words[other + ROW.tag] !== words[at + ROW.tag]) return false;
    const size = Math.max(words[at + ROW.size], words[other + ROW.size]);
    return isWithin(words[at + ROW.page], words[other + ROW.page], size);
  }

  /** The caller's invalidation has returned: the next one answers for the edits that were made while it was open. */
  endExemption(caller: number): void {
    for (let i = 0; i < this.staleCount; i++) {
      const at = this.staleAt(i) + BLAME;
      const blame = this.words[at];
      if (isGuestBlame(blame))
        this.state.set(at, guestBlame(guestSpaceOf(blame), exemptOf(blame) & ~(1 << caller)));
    }
  }

  /** The device's own cache is gone: with all its accesses in flight (reset, unplug), or with those that go by it (ATS off). */
  dropDevice(device: number, dropped: 'translations' | 'everything'): void {
    const accesses = dropped === 'everything' ? this.isFlight : this.isTranslated;
    for (let i = this.staleCount - 1; i >= 0; i--) {
      const at = this.staleAt(i);
      const kind = this.words[at + ROW.kind];
      if ((this.roles[kind] === 'device' || accesses[kind]) && this.words[at + ROW.device] === device)
        this.dropStale(i);
    }
  }

  // The closure of memory.

  private deriveMemory(devices: number): void {
    const { scratch, bound } = this;
    this.readFrames.fill(0);
    this.scratchCount = 0;
    this.stamp++;
    for (let device = 0; device < devices; device++) bound.routes(device, this.pushScratch);
    for (let i = 0; i < this.scratchCount; i++) {
      const at = i * ROW_WIDTH;
      bound.next(scratch, at, this.pushScratch);
      const joins = this.joins[scratch[at]];
      for (let j = 0; j < i; j++) {
        const other = j * ROW_WIDTH;
        if (joins[scratch[other]]) bound.reach(scratch, at, scratch, other, this.pushScratch);
        if (this.joins[scratch[other]][scratch[at]])
          bound.reach(scratch, other, scratch, at, this.pushScratch);
      }
    }
  }

  private readonly pushScratch = (
    kind: number,
    device: number,
    pasid: number,
    tag: number,
    page: number,
    size: number,
    frame: number,
    attributes: number,
    extra: number,
  ): void => {
    const at = this.scratchCount * ROW_WIDTH;
    const { scratch } = this;
    if (at >= scratch.length)
      throw new LimitError(`the closure of memory has more than ${this.maxMemory} members`);
    scratch[at] = kind;
    scratch[at + 1] = device;
    scratch[at + 2] = pasid;
    scratch[at + 3] = tag;
    scratch[at + 4] = page;
    scratch[at + 5] = size;
    scratch[at + 6] = frame;
    scratch[at + 7] = attributes;
    scratch[at + 8] = extra;
    let slot = hashRow(scratch, at) & this.hashMask;
    for (;;) {
      if (this.hashStamp[slot] !== this.stamp) break;
      if (equalRows(scratch, this.hash[slot] * ROW_WIDTH, scratch, at)) return;
      slot = (slot + 1) & this.hashMask;
    }
    this.hashStamp[slot] = this.stamp;
    this.hash[slot] = this.scratchCount++;
  };

  private findScratch(row: ArrayLike<number>, at: number): number {
    let slot = hashRow(row, at) & this.hashMask;
    for (;;) {
      if (this.hashStamp[slot] !== this.stamp) return -1;
      if (equalRows(this.scratch, this.hash[slot] * ROW_WIDTH, row, at)) return this.hash[slot];
      slot = (slot + 1) & this.hashMask;
    }
  }

  private inMemory(row: ArrayLike<number>, at: number, count: number): boolean {
    for (let i = 0; i < count; i++) if (equalRows(this.words, this.memoryAt(i), row, at)) return true;
    return false;
  }

  // The ledger.

  private addStale(row: ArrayLike<number>, at: number, blame: number, origin: number): boolean {
    const count = this.staleCount;
    for (let i = 0; i < count; i++) if (equalRows(this.words, this.staleAt(i), row, at)) return false;
    if (count >= this.maxStale) throw new LimitError(`the ledger has more than ${this.maxStale} entries`);
    const to = this.staleAt(count);
    for (let i = 0; i < ROW_WIDTH; i++) this.state.set(to + i, row[at + i]);
    this.state.set(to + BLAME, blame);
    this.state.set(to + ORIGIN, origin);
    this.state.set(this.staleCountAt, count + 1);
    this.fresh.push(~count);
    return true;
  }

  private dropStale(place: number): void {
    const last = this.staleCount - 1;
    const from = this.staleAt(last);
    const to = this.staleAt(place);
    for (let i = 0; i < LEDGER_WIDTH; i++) {
      if (place !== last) this.state.set(to + i, this.words[from + i]);
      this.state.set(from + i, 0);
    }
    this.state.set(this.staleCountAt, last);
    for (let i = 0; i < this.fresh.length; i++) {
      if (this.fresh[i] === ~place) this.fresh[i] = this.fresh[this.fresh.length - 1];
      else if (this.fresh[i] === ~last) this.fresh[i] = ~place;
      else continue;
    }
  }

  private refreshAndClose(pending: readonly Effect[]): void {
    this.stamp++;
    this.scratchCount = 0;
    const count = this.memoryCount;
    for (let i = 0; i < count; i++) {
      const at = this.memoryAt(i);
      const { words } = this;
      this.pushScratch(
        words[at],
        words[at + 1],
        words[at + 2],
        words[at + 3],
        words[at + 4],
        words[at + 5],
        words[at + 6],
        words[at + 7],
        words[at + 8],
      );
    }
    this.readFrames.set(this.words.subarray(this.linkedBase, this.linkedBase + this.linkedSize));
    this.closeStale(pending);
    this.storeLinked();
  }

  private derivedBlame = 0;
  private derivedOrigin = 0;
  private readonly candidate = new Int32Array(ROW_WIDTH);
  private grew = false;
  private readonly pushStale = (
    kind: number,
    device: number,
    pasid: number,
    tag: number,
    page: number,
    size: number,
    frame: number,
    attributes: number,
    extra: number,
  ): void => {
    const row = this.candidate;
    row[0] = kind;
    row[1] = device;
    row[2] = pasid;
    row[3] = tag;
    row[4] = page;
    row[5] = size;
    row[6] = frame;
    row[7] = attributes;
    row[8] = extra;
    if (this.findScratch(row, 0) >= 0) return;
    if (this.addStale(row, 0, this.derivedBlame, this.derivedOrigin)) {
      this.changed = true;
      this.grew = true;
    }
  };

  /** To a fixpoint: whatever a walk may make of stale entries, memory now, and live entries with a matching tag. */
  private closeStale(pending: readonly Effect[] = []): void {
    const { bound, scratch, words } = this;
    const waits = pending.length > 0;
    do {
      this.grew = false;
      for (let i = 0; i < this.staleCount; i++) {
        const at = this.staleAt(i);
        const kind = words[at];
        this.derivedBlame = words[at + BLAME];
        const origin = words[at + ORIGIN] | (waits && this.isAwaited(at, pending) ? REFILLED : 0);
        this.derivedOrigin = origin;
        if (this.roles[kind] !== 'structure' || this.isFed(at)) bound.next(words, at, this.pushStale);
        const joins = this.joins[kind];
        const isGuests = bound.isGuests?.(words, at) ?? false;
        for (let m = 0; m < this.scratchCount; m++) {
          const other = m * ROW_WIDTH;
          if (joins[scratch[other]]) {
            // What becomes of a guest's own copy by the second stage as it is: no change of the host's made that stale.
            if (isGuests) this.derivedBlame = GUEST_ALONE;
            bound.reach(words, at, scratch, other, this.pushStale);
            this.derivedBlame = words[at + BLAME];
          }
          if (this.joins[scratch[other]][kind]) bound.reach(scratch, other, words, at, this.pushStale);
        }
        for (let j = 0; j < this.staleCount; j++) {
          const other = this.staleAt(j);
          if (!joins[words[other]]) continue;
          this.derivedOrigin = waits && this.isAwaited(other, pending) ? origin | REFILLED : origin;
          bound.reach(words, at, words, other, this.pushStale);
        }
      }
    } while (this.grew);
  }

  /** Whether a command that has not taken effect yet is to take the row. */
  private isAwaited(at: number, pending: readonly Effect[]): boolean {
    return pending.some((effect) => this.isCovered(effect, at));
  }

  /** Whether some route, in memory or stale, would look the table entry up. */
  private isFed(at: number): boolean {
    const { bound, scratch, words } = this;
    for (let i = 0; i < this.scratchCount; i++) {
      const config = i * ROW_WIDTH;
      if (this.roles[scratch[config]] === 'config' && bound.feeds(scratch, config, words, at)) return true;
    }
    for (let i = 0; i < this.staleCount; i++) {
      const config = this.staleAt(i);
      if (this.roles[words[config]] === 'config' && bound.feeds(words, config, words, at)) return true;
    }
    return false;
  }

  private storeLinked(): void {
    for (let i = 0; i < this.linkedSize; i++) this.state.set(this.linkedBase + i, this.readFrames[i]);
  }

  /** Every row of C: memory's first, then the stale ones. `stale` tells which part the row is of. */
  forEachRow(visit: (at: number, stale: boolean) => void): void {
    for (let i = 0; i < this.memoryCount; i++) visit(this.memoryAt(i), false);
    for (let i = 0; i < this.staleCount; i++) visit(this.staleAt(i), true);
  }

  /** The raw region of L, for the encoder. */
  restoreStale(row: ArrayLike<number>): void {
    const count = this.staleCount;
    const to = this.staleAt(count);
    for (let i = 0; i < LEDGER_WIDTH; i++) this.state.set(to + i, row[i]);
    this.state.set(this.staleCountAt, count + 1);
  }

  /** After a state was written from outside: derive memory's part anew; the ledger stands as written. */
  rebuild(devices: number): void {
    this.state.set(this.memoryCountAt, 0);
    this.deriveMemory(devices);
    const count = this.scratchCount;
    for (let i = 0; i < count * ROW_WIDTH; i++) this.state.set(this.memoryBase + i, this.scratch[i]);
    this.state.set(this.memoryCountAt, count);
    this.closeStale();
    this.storeLinked();
    this.fresh.length = 0;
  }

  clear(): void {
    this.state.set(this.memoryCountAt, 0);
    this.state.set(this.staleCountAt, 0);
  }
}

function hashRow(row: ArrayLike<number>, at: number): number {
  let h = row[at];
  for (let i = 1; i < ROW_WIDTH; i++) h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) + row[at + i];
  h = Math.imul(h ^ (h >>> 13), 0x297a2d39);
  return h ^ (h >>> 16);
}

function equalRows(a: ArrayLike<number>, at: number, b: ArrayLike<number>, bt: number): boolean {
  return (
    a[at + 6] === b[bt + 6] &&
    a[at] === b[bt] &&
    a[at + 1] === b[bt + 1] &&
    a[at + 2] === b[bt + 2] &&
    a[at + 3] === b[bt + 3] &&
    a[at + 4] === b[bt + 4] &&
    a[at + 5] === b[bt + 5] &&
    a[at + 7] === b[bt + 7] &&
    a[at + 8] === b[bt + 8]
  );
}
