import { LimitError } from '../vocabulary/limit.js';
import {
  type Architecture,
  type BoundArchitecture,
  IDENTITY,
  ROW,
  ROW_WIDTH,
  type RowSink,
} from '../vocabulary/architecture.js';
import type { Random } from '../vocabulary/random.js';
import type { WorldShape } from '../vocabulary/shape.js';
import { Coverage } from './coverage.js';
import { isWithin } from './span.js';
import type { StateVector } from './state-vector.js';

/** Entries of each concrete cache. Small, so that eviction happens. */
const CAPACITY = { config: 6, structure: 8, leaf: 8, device: 8 } as const;
type Cached = keyof typeof CAPACITY;
const ROLES = Object.keys(CAPACITY) as Cached[];
const ENTRIES = ROLES.reduce((sum, role) => sum + CAPACITY[role], 0);
/** A place holds a row, and after it whether it does. */
const USED = ROW_WIDTH;
const PLACE = ROW_WIDTH + 1;
/** Members one walk may meet. */
const MAX_WALK = 8192;

/**
 * The caches of one world as hardware might really fill them: bounded, filled by walks, evicted at random. They hold a choice out
 * of what the worst-case cache allows: configuration entries, upper levels, finished translations, and the devices' own
 * translations. A walk goes from any cached entry or from memory, one read at a time, by the architecture's own derivations.
 */
export class ConcreteCaches {
  static readonly size = ENTRIES * PLACE;

  /** Frame of the page of the last translation that was found. */
  frame = 0;

  private readonly words: Int32Array;
  private readonly roles: readonly string[];
  private readonly joins: readonly (readonly boolean[])[];
  private readonly coverage: Coverage;
  private readonly first: Readonly<Record<Cached, number>>;

  /** Members met by the walk under way. */
  private readonly walk = new Int32Array(MAX_WALK * ROW_WIDTH);
  private met = 0;
  /** Of each, whether what it leads to has been read; and how many have been put together with those before. */
  private readonly followed = new Uint8Array(MAX_WALK);
  private joined = 0;
  private wantedPage = 0;
  private wantedDevice = 0;
  private isNested = false;

  constructor(
    private readonly state: StateVector,
    private readonly base: number,
    architecture: Architecture,
    shape: WorldShape,
    private readonly bound: BoundArchitecture,
  ) {
    this.words = state.words;
    const { kinds } = architecture;
    this.roles = kinds.map((kind) => kind.role);
    this.joins = kinds.map((kind) => kinds.map((other) => kind.joins?.includes(other.name) ?? false));
    this.coverage = new Coverage(kinds, architecture.commands, shape);
    let place = 0;
    const first: Record<string, number> = {};
    for (const role of ROLES) {
      first[role] = place;
      place += CAPACITY[role];
    }
    this.first = first as Record<Cached, number>;
  }

  /**
   * An untranslated access. True when it is translated, to {@link frame}; which of several translations that hardware may hold is
   * used is drawn.
   */
  translate(device: number, request: number, page: number, permission: number, random: Random): boolean {
    return (
      this.hit(device, request, page, permission) ||
      this.search('flight', device, request, page, permission, random)
    );
  }

  /** A translated access: the device uses what it keeps, while its configuration entry lets it. */
  translated(device: number, request: number, page: number, permission: number, random: Random): boolean {
    const start = this.first.device;
    let found = -1;
    for (let place = start; place < start + CAPACITY.device; place++) {
      const at = this.base + place * PLACE;
      if (this.words[at + USED] === 0 || this.words[at + ROW.device] !== device) continue;
      if (this.words[at + ROW.extra] !== request || !this.isOf(page, this.words, at)) continue;
      if ((permission & ~this.words[at + ROW.attributes]) === 0) found = place;
    }
    if (found < 0) return false;
    this.begin(device, page);
    this.recall('config');
    this.bound.routes(device, this.meet);
    const entry = this.met;
    this.copyIn(this.base + found * PLACE);
    for (let i = 0; i < entry; i++) this.join(i, entry);
    return this.finish('flight', device, request, permission, random);
  }

  /** The device asks for a translation (ATS) and keeps it. True when there is one. */
  prefetch(device: number, request: number, page: number, random: Random): boolean {
    return this.search('device', device, request, page, 0, random);
  }

  /** A command takes effect. */
  invalidate(
    command: number,
    device: number,
    pasid: number,
    tag: number,
    page: number,
    mask: number,
    hint: number,
  ): void {
    for (let place = 0; place < ENTRIES; place++) {
      const at = this.base + place * PLACE;
      if (this.words[at + USED] === 0) continue;
      if (this.coverage.covers(command, device, pasid, tag, page, mask, hint, this.words, at))
        this.drop(place);
    }
  }

  /** The device's own cache is emptied: reset, unplug, ATS off. */
  dropDevice(device: number): void {
    for (let place = this.first.device; place < this.first.device + CAPACITY.device; place++) {
      if (this.words[this.base + place * PLACE + ROW.device] === device) this.drop(place);
    }
  }

  /** Empty all. */
  clear(): void {
    for (let place = 0; place < ENTRIES; place++) this.drop(place);
  }

  /** Every cached row. */
  forEach(visit: (row: Int32Array) => void): void {
    for (let place = 0; place < ENTRIES; place++) {
      const at = this.base + place * PLACE;
      if (this.words[at + USED] !== 0) visit(this.words.subarray(at, at + ROW_WIDTH));
    }
  }

  private hit(device: number, request: number, page: number, permission: number): boolean {
    const { words, base } = this;
    const lastLeaf = this.first.leaf + CAPACITY.leaf;
    const lastConfig = this.first.config + CAPACITY.config;
    for (let leaf = this.first.leaf; leaf < lastLeaf; leaf++) {
      const at = base + leaf * PLACE;
      if (words[at + USED] === 0 || !this.isOf(page, words, at)) continue;
      if ((permission & ~words[at + ROW.attributes]) !== 0) continue;
      for (let config = this.first.config; config < lastConfig; config++) {
        const other = base + config * PLACE;
        if (words[other + USED] === 0 || words[other + ROW.device] !== device) continue;
        if (words[other + ROW.tag] !== words[at + ROW.tag]) continue;
        if (this.serves(other, at, request, permission)) {
          this.frame = frameOf(page, words, at);
          return true;
        }
      }
    }
    return false;
  }

  private servedRequest = 0;
  private servedPermission = 0;
  private isServed = false;
  private readonly serve: RowSink = (kind, _d, _p, _t, _page, _s, _f, attributes, extra) => {
    if (this.roles[kind] !== 'flight' || extra !== this.servedRequest) return;
    if ((this.servedPermission & ~attributes) === 0) this.isServed = true;
  };

  /** Whether the configuration entry at a word lets the request use the leaf at another. */
  private serves(config: number, leaf: number, request: number, permission: number): boolean {
    const { words } = this;
    if (!this.joins[words[config]][words[leaf]]) return false;
    this.servedRequest = request;
    this.servedPermission = permission;
    this.isServed = false;
    this.bound.reach(words, config, words, leaf, this.serve);
    return this.isServed;
  }

  /**
   * Walk from what is cached, and from memory where that gives no result; by chance from memory at once, since an entry may be
   * cached for one size of page and not for another.
   */
  private search(
    role: 'flight' | 'device',
    device: number,
    request: number,
    page: number,
    permission: number,
    random: Random,
  ): boolean {
    this.begin(device, page);
    this.recall('config');
    this.recall('structure');
    this.recall('leaf');
    if (random.below(2) === 0) this.bound.routes(device, this.meet);
    this.expand();
    if (this.finish(role, device, request, permission, random)) return true;
    this.bound.routes(device, this.meet);
    this.expand();
    return this.finish(role, device, request, permission, random);
  }

  private begin(device: number, page: number): void {
    this.met = 0;
    this.joined = 0;
    this.wantedDevice = device;
    this.wantedPage = page;
    this.isNested = false;
  }

  /** Put the cached rows of a role that this walk may use at its start. */
  private recall(role: Cached): void {
    for (let place = this.first[role]; place < this.first[role] + CAPACITY[role]; place++) {
      if (this.words[this.base + place * PLACE + USED] !== 0) this.copyIn(this.base + place * PLACE);
    }
  }

  private copyIn(at: number): void {
    const { words } = this;
    this.meet(
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

  /** Every member that one more read of memory, or two members together, give; to the end. */
  private expand(): void {
    for (let progress = true; progress; ) {
      progress = false;
      for (let i = 0; i < this.met; i++) {
        // An upper level is read on only below an entry that leads to it, which may be met later than itself.
        if (
          this.followed[i] === 0 &&
          (this.roles[this.walk[i * ROW_WIDTH]] !== 'structure' || this.isFed(i))
        ) {
          this.followed[i] = 1;
          progress = true;
          this.bound.next(this.walk, i * ROW_WIDTH, this.meet);
        }
        if (i < this.joined) continue;
        this.joined = i + 1;
        for (let j = 0; j < i; j++) {
          this.join(i, j);
          this.join(j, i);
        }
      }
    }
  }

  private isFed(member: number): boolean {
    for (let i = 0; i < this.met; i++) {
      if (this.roles[this.walk[i * ROW_WIDTH]] !== 'config') continue;
      if (this.bound.feeds(this.walk, i * ROW_WIDTH, this.walk, member * ROW_WIDTH)) return true;
    }
    return false;
  }

  private join(one: number, other: number): void {
    const { walk } = this;
    if (!this.joins[walk[one * ROW_WIDTH]][walk[other * ROW_WIDTH]]) return;
    this.bound.reach(walk, one * ROW_WIDTH, walk, other * ROW_WIDTH, this.meet);
  }

  /** Takes a member into the walk unless it is of another page or device, or known. */
  private readonly meet: RowSink = (kind, device, pasid, tag, page, size, frame, attributes, extra) => {
    const role = this.roles[kind];
    if (role === 'absent') return;
    if ((role === 'config' || role === 'fetch') && device !== this.wantedDevice) return;
    if ((role === 'device' || role === 'flight') && device !== this.wantedDevice) return;
    // Below a nested table the second stage is looked up by other addresses than the page's own.
    if ((role === 'structure' || role === 'fetch') && this.joins[kind].includes(true)) this.isNested = true;
    const passes = this.isNested && (role === 'structure' || role === 'leaf');
    if (!passes && !isWithin(this.wantedPage, page, size)) return;
    const { walk } = this;
    for (let i = 0; i < this.met; i++) {
      const at = i * ROW_WIDTH;
      if (
        walk[at + 6] === frame &&
        walk[at] === kind &&
        walk[at + 4] === page &&
        walk[at + 3] === tag &&
        walk[at + 2] === pasid &&
        walk[at + 1] === device &&
        walk[at + 5] === size &&
        walk[at + 7] === attributes &&
        walk[at + 8] === extra
      ) {
        return;
      }
    }
    if (this.met === MAX_WALK) throw new LimitError(`a walk met more than ${MAX_WALK} entries`);
    this.followed[this.met] = 0;
    const at = this.met++ * ROW_WIDTH;
    walk[at] = kind;
    walk[at + 1] = device;
    walk[at + 2] = pasid;
    walk[at + 3] = tag;
    walk[at + 4] = page;
    walk[at + 5] = size;
    walk[at + 6] = frame;
    walk[at + 7] = attributes;
    walk[at + 8] = extra;
  };

  /** Draw one of the results that serve the request, and keep what led there. */
  private finish(
    role: 'flight' | 'device',
    device: number,
    request: number,
    permission: number,
    random: Random,
  ): boolean {
    let candidates = 0;
    for (let i = 0; i < this.met; i++) if (this.isResult(i, role, device, request, permission)) candidates++;
    if (candidates === 0) return false;
    let wanted = random.below(candidates);
    for (let i = 0; i < this.met; i++) {
      if (!this.isResult(i, role, device, request, permission)) continue;
      if (wanted-- !== 0) continue;
      this.frame = frameOf(this.wantedPage, this.walk, i * ROW_WIDTH);
      if (role === 'device') this.keep(i, 'device', random);
    }
    for (let i = 0; i < this.met; i++) {
      const its = this.roles[this.walk[i * ROW_WIDTH]];
      if (its !== 'config' && its !== 'structure' && its !== 'leaf') continue;
      if (its === 'leaf' && !this.isOf(this.wantedPage, this.walk, i * ROW_WIDTH)) continue;
      if (random.below(4) !== 0) this.keep(i, its, random);
    }
    return true;
  }

  private isResult(i: number, role: string, device: number, request: number, permission: number): boolean {
    const at = i * ROW_WIDTH;
    const { walk } = this;
    return (
      this.roles[walk[at]] === role &&
      walk[at + ROW.device] === device &&
      walk[at + ROW.extra] === request &&
      (permission & ~walk[at + ROW.attributes]) === 0
    );
  }

  /** Put the walk's member into its cache: in an empty place, or in that of a victim drawn at random. */
  private keep(i: number, role: Cached, random: Random): void {
    const at = i * ROW_WIDTH;
    const start = this.first[role];
    let place = -1;
    for (let candidate = start; candidate < start + CAPACITY[role]; candidate++) {
      const to = this.base + candidate * PLACE;
      if (this.words[to + USED] === 0) {
        if (place < 0) place = candidate;
        continue;
      }
      let isSame = true;
      for (let w = 0; w < ROW_WIDTH && isSame; w++) isSame = this.words[to + w] === this.walk[at + w];
      if (isSame) return;
    }
    if (place < 0) place = start + random.below(CAPACITY[role]);
    const to = this.base + place * PLACE;
    this.state.set(to + USED, 1);
    for (let w = 0; w < ROW_WIDTH; w++) this.state.set(to + w, this.walk[at + w]);
  }

  private drop(place: number): void {
    const at = this.base + place * PLACE;
    for (let i = 0; i < PLACE; i++) this.state.set(at + i, 0);
  }

  private isOf(page: number, row: Int32Array, at: number): boolean {
    return isWithin(page, row[at + ROW.page], row[at + ROW.size]);
  }
}

function frameOf(page: number, row: ArrayLike<number>, at: number): number {
  const frame = row[at + ROW.frame];
  return frame === IDENTITY ? page : frame + page - row[at + ROW.page];
}
