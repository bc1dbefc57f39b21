import type { Layout, StateVector } from '../hardware/state-vector.js';
import { LimitError } from '../vocabulary/limit.js';
import { OPERATIONS, type OperationName, READ, SPACE_KINDS, WRITE } from '../vocabulary/operations.js';
import type { WorldShape } from '../vocabulary/shape.js';

/** Kinds of space as numbers: 0 is "no space". */
export const KIND = Object.fromEntries(SPACE_KINDS.map((name, i) => [name, i + 1])) as Record<
  (typeof SPACE_KINDS)[number],
  number
>;

export const OPERATION_NAMES = Object.keys(OPERATIONS) as OperationName[];
export const OPERATION_CODE = Object.fromEntries(OPERATION_NAMES.map((name, i) => [name, i])) as Record<
  OperationName,
  number
>;

/** Physical page number of data frame `frame` for a page size (0: 4 KiB, 1: 2 MiB, 2: 1 GiB). A data frame stands for one
 * page of each size, all of one owner; the large ones have no bytes of their own. */
export function framePage(frame: number, size: number): number {
  return size === 0 ? frame + 1 : (frame + 1) << (9 * size);
}

/** The data frame a physical page number belongs to, or -1 for table memory and what nobody owns. */
export function dataFrameOf(page: number, frames: number): number {
  const frame = page < 512 ? page - 1 : page < 1 << 18 ? (page >> 9) - 1 : (page >> 18) - 1;
  return frame < frames ? frame : -1;
}

/**
 * At most this many orders of overlapping calls are kept apart. One call makes two of one (not yet, already), a second five, a
 * third sixteen; what earlier overlaps left undecided multiplies them. One caller alone never leaves anything undecided.
 */
const mostVariants = (callers: number): number => (callers === 1 ? 3 : 64);
/** One more open call makes at most so many orders of one. */
const ORDERS_A_CALL = 4;

/**
 * The ghost state: what each route may and must reach, from calls and returns alone (docs/semantics.md, section 3).
 *
 * While calls overlap, several orders are possible, each a *variant*: a full ghost state and the set of open calls that have
 * taken effect in it. A return keeps the variants in which the call has (or, failed, has not) taken effect.
 */
export class Authority {
  /** Words of one variant. */
  readonly size: number;
  private readonly base: number;
  private readonly countAt: number;
  private state!: StateVector;
  private words!: Int32Array;

  private readonly most: number;

  // Offsets inside a variant.
  private readonly applied = 0;
  private readonly frames: number;
  private readonly spaces: number;
  private readonly mappings: number;
  private readonly devices: number;
  private readonly slots: number;
  private readonly handlers: number;

  private readonly spaceWidth = 3; // kind, owner, parent + 1
  private readonly deviceWidth = 4; // present, owner, features, member of the group's attachment
  readonly slotCount: number;

  constructor(
    /** Told of a caller whose call, though it ought to be refused, is all that entitles a route to what it reaches. */
    private readonly trespassed: (caller: number) => void,
    readonly shape: WorldShape,
    private readonly attachScope: 'group' | 'device',
    private readonly userDefault: 'blocked' | 'asKernel',
    private readonly slotsAlways: boolean,
    layout: Layout,
  ) {
    this.slotCount = 1 + Math.max(0, ...shape.devices.map((device) => device.slots));
    let at = 1;
    const take = (words: number) => {
      const start = at;
      at += words;
      return start;
    };
    this.frames = take(shape.frames);
    this.spaces = take(shape.spaces * this.spaceWidth);
    this.mappings = take(shape.spaces * shape.pages.length);
    this.devices = take(shape.devices.length * this.deviceWidth);
    this.slots = take(shape.devices.length * this.slotCount * 2); // space + 1, exists
    this.handlers = take(shape.devices.length);
    this.size = at;
    this.countAt = layout.take(1);
    this.most = mostVariants(shape.callers);
    this.base = layout.take(this.size * this.most);
  }

  connect(state: StateVector): void {
    this.state = state;
    this.words = state.words;
  }

  reset(): void {
    this.state.set(this.countAt, 1);
    const { shape } = this;
    for (let device = 0; device < shape.devices.length; device++) {
      this.put(0, this.devices + device * this.deviceWidth, 1);
    }
  }

  /** Whether attach of one member of a group moves all of them. */
  get movesGroups(): boolean {
    return this.attachScope === 'group';
  }

  get count(): number {
    return this.words[this.countAt];
  }

  /** Start of a variant in the state vector. */
  private at(variant: number): number {
    return this.base + variant * this.size;
  }
  private get(variant: number, offset: number): number {
    return this.words[this.base + variant * this.size + offset];
  }
  private put(variant: number, offset: number, value: number): void {
    this.state.set(this.base + variant * this.size + offset, value);
  }

  // Reading one variant.

  /** Whether the caller's open call has taken effect in it. */
  hasTaken(variant: number, caller: number): boolean {
    return (this.get(variant, this.applied) & takenBit(caller)) !== 0;
  }
  /** Whether the caller's open call has taken effect in it, or has come to nothing, as the design promises. */
  isServed(variant: number, caller: number): boolean {
    const applied = this.get(variant, this.applied);
    return (applied & (takenBit(caller) | passedBit(caller))) !== 0 && (applied & trespassBit(caller)) === 0;
  }
  /** Whether one more call can be opened, whatever orders that makes. */
  hasRoom(): boolean {
    return this.most < ORDERS_A_CALL || this.count * ORDERS_A_CALL <= this.most;
  }

  frameOwner(variant: number, frame: number): number {
    return this.get(variant, this.frames + frame) - 1;
  }
  spaceKind(variant: number, space: number): number {
    return this.get(variant, this.spaces + space * this.spaceWidth);
  }
  spaceOwner(variant: number, space: number): number {
    return this.get(variant, this.spaces + space * this.spaceWidth + 1);
  }
  spaceParent(variant: number, space: number): number {
    return this.get(variant, this.spaces + space * this.spaceWidth + 2) - 1;
  }
  /** A mapping word: 0 none; else physical page << 6 | size << 3 | head << 2 | permission. Nested: guest entry + 1. */
  mapping(variant: number, space: number, page: number): number {
    return this.get(variant, this.mappings + space * this.shape.pages.length + page);
  }
  present(variant: number, device: number): boolean {
    return this.get(variant, this.devices + device * this.deviceWidth) === 1;
  }
  owner(variant: number, device: number): number {
    return this.get(variant, this.devices + device * this.deviceWidth + 1);
  }
  featureOn(variant: number, device: number, feature: number): boolean {
    return (this.get(variant, this.devices + device * this.deviceWidth + 2) & (1 << feature)) !== 0;
  }
  isMember(variant: number, device: number): boolean {
    return this.get(variant, this.devices + device * this.deviceWidth + 3) === 1;
  }
  /** Space a route is attached to, or -1. */
  attached(variant: number, device: number, slot: number): number {
    return this.get(variant, this.slots + (device * this.slotCount + slot) * 2) - 1;
  }
  slotExists(variant: number, device: number, slot: number): boolean {
    return (
      slot === 0 ||
      this.slotsAlways ||
      this.get(variant, this.slots + (device * this.slotCount + slot) * 2 + 1) === 1
    );
  }
  handler(variant: number, device: number): number {
    return this.get(variant, this.handlers + device) - 1;
  }

  // What routes are entitled to.

  /** Whether the variant entitles the route to reach the physical page at the IOVA page with the permission. */
  private entitles(
    variant: number,
    device: number,
    slot: number,
    page: number,
    physical: number,
    permission: number,
  ): boolean {
    const space = this.attached(variant, device, slot);
    if (space < 0) return slot === 0 && this.restIsIdentity(variant, device) && physical === page;
    return this.spaceEntitles(variant, space, page, physical, permission);
  }

  private restIsIdentity(variant: number, device: number): boolean {
    if (!this.present(variant, device)) return false;
    const owner = this.owner(variant, device);
    return (owner === 0 || this.userDefault === 'asKernel') && this.shape.kernelDefault === 'identity';
  }

  private spaceEntitles(
    variant: number,
    space: number,
    page: number,
    physical: number,
    permission: number,
  ): boolean {
    const kind = this.spaceKind(variant, space);
    if (kind === KIND.identity) return physical === page;
    if (kind === KIND.blocked || kind === 0) return false;
    const { pages } = this.shape;
    if (kind === KIND.nested)
      return this.parentMaps(variant, this.spaceParent(variant, space), physical, permission);
    for (let i = 0; i < pages.length; i++) {
      if (pages[i] !== page) continue;
      const word = this.mapping(variant, space, i);
      return (
        word !== 0 &&
        word >>> 6 === physical &&
        (permission & ~word & 3) === 0 &&
        this.isOwners(variant, space, physical)
      );
    }
    return false;
  }

  /** Whether the page still belongs to the owner of the space it was mapped into: a page given back entitles nobody. */
  private isOwners(variant: number, space: number, physical: number): boolean {
    const frame = dataFrameOf(physical, this.shape.frames);
    return frame >= 0 && this.frameOwner(variant, frame) === this.spaceOwner(variant, space);
  }

  /** Whether the parent maps the physical page anywhere with the permission: containment of what nests on it. */
  private parentMaps(variant: number, parent: number, physical: number, permission: number): boolean {
    if (parent < 0) return false;
    for (let i = 0; i < this.shape.pages.length; i++) {
      const word = this.mapping(variant, parent, i);
      if (word !== 0 && word >>> 6 === physical && (permission & ~word & 3) === 0)
        return this.isOwners(variant, parent, physical);
    }
    return false;
  }

  /** *May*: some possible state entitles the route to it. */
  mayReach(device: number, slot: number, page: number, physical: number, permission: number): boolean {
    return this.isSomewhere((v) => this.entitles(v, device, slot, page, physical, permission));
  }

  mayIdentity(device: number, slot: number): boolean {
    return this.isSomewhere((v) => {
      const space = this.attached(v, device, slot);
      return space < 0
        ? slot === 0 && this.restIsIdentity(v, device)
        : this.spaceKind(v, space) === KIND.identity;
    });
  }

  /** Whether a nested route may reach the page through its parent. True for routes that are not nested in some state. */
  mayBeContained(device: number, slot: number, physical: number, permission: number): boolean {
    return this.isSomewhere((v) => {
      const space = this.attached(v, device, slot);
      if (space < 0 || this.spaceKind(v, space) !== KIND.nested) return true;
      return this.parentMaps(v, this.spaceParent(v, space), physical, permission);
    });
  }

  /**
   * Whether it holds in some possible state. If only in such as refused calls would have made, that is noted of the fewest calls
   * that do: others, though open, have nothing to do with it.
   */
  private isSomewhere(holds: (variant: number) => boolean): boolean {
    let trespass = 0;
    for (let v = this.count - 1; v >= 0; v--) {
      const bits = this.get(v, this.applied) & ALL_TRESPASS;
      if ((trespass !== 0 && bitsIn(bits) >= bitsIn(trespass)) || !holds(v)) continue;
      if (bits === 0) return true;
      trespass = bits;
    }
    for (let caller = 0; caller < this.shape.callers; caller++)
      if ((trespass & trespassBit(caller)) !== 0) this.trespassed(caller);
    return trespass !== 0;
  }

  isNested(device: number, slot: number): boolean {
    for (let v = this.count - 1; v >= 0; v--) {
      const space = this.attached(v, device, slot);
      if (space < 0 || this.spaceKind(v, space) !== KIND.nested) return false;
    }
    return true;
  }

  /**
   * *Must*: every possible state entitles the route to reach something at the page, with these permissions in common; 0 when
   * some state does not. Guest-managed tables promise nothing here: what the guest wrote is its own affair.
   */
  mustPermission(device: number, slot: number, page: number): number {
    let common = READ | WRITE;
    for (let v = this.count - 1; v >= 0 && common !== 0; v--) {
      if (!this.present(v, device)) return 0;
      const space = this.attached(v, device, slot);
      if (space < 0) {
        if (slot !== 0 || !this.restIsIdentity(v, device)) return 0;
        continue;
      }
      const kind = this.spaceKind(v, space);
      if (kind === KIND.identity) continue;
      if (kind === KIND.nested || kind === KIND.blocked || kind === 0) return 0;
      common &= this.mapping(v, space, page) & 3;
    }
    return common;
  }

  /** Whether some possible state lets the route be in the middle of a change of attachment. */
  attachmentSettled(device: number, slot: number): boolean {
    const first = this.attached(0, device, slot);
    for (let v = this.count - 1; v > 0; v--) if (this.attached(v, device, slot) !== first) return false;
    return true;
  }

  // Calls.

  /**
   * Every open call may take effect from now on in every variant in which it has not. `fate` says what becomes of a call that
   * takes effect in a variant: its effect, or nothing though it returns as a good call does. A `trespass` has its effect though it
   * ought to be refused: a design that accepts a bad call is told so when the call returns, and by what it did. Due when a call
   * opens, and when one returns.
   */
  spreadOut(open: readonly OpenCall[], fate: (variant: number, call: OpenCall) => Fate): void {
    for (let v = 0; v < this.count; v++) {
      for (const call of open) {
        const before = this.get(v, this.applied);
        if ((before & (takenBit(call.caller) | passedBit(call.caller))) !== 0) continue;
        if (!this.isLegal(v, call)) continue;
        const becomes = fate(v, call);
        const fresh = this.count;
        if (fresh >= this.most) throw new LimitError(`more than ${this.most} orders of overlapping calls`);
        for (let i = 0; i < this.size; i++) this.state.set(this.at(fresh) + i, this.words[this.at(v) + i]);
        if (becomes !== 'nothing') this.take(fresh, call);
        const bit = becomes === 'nothing' ? passedBit(call.caller) : takenBit(call.caller);
        const trespass = becomes === 'trespass' ? trespassBit(call.caller) : 0;
        this.put(fresh, this.applied, before | bit | trespass);
        if (!this.isKnown(fresh)) this.state.set(this.countAt, fresh + 1);
      }
    }
  }

  /** Whether an earlier variant is the same. One that is no shadow takes the place of one that is. */
  private isKnown(variant: number): boolean {
    const applied = this.get(variant, this.applied);
    for (let v = 0; v < variant; v++) {
      const other = this.get(v, this.applied);
      let equal = ((applied ^ other) & ~SHADOW) === 0;
      for (let i = this.applied + 1; i < this.size && equal; i++)
        equal = this.words[this.at(v) + i] === this.words[this.at(variant) + i];
      if (!equal) continue;
      if ((applied & SHADOW) === 0 && (other & SHADOW) !== 0) this.put(v, this.applied, applied);
      return true;
    }
    return false;
  }

  /**
   * A call returns. A success leaves the variants in which it has taken effect or has come to nothing, those in which it ought to
   * have been refused only where there are no others. A failure leaves those in which it has not, and of these, if there are any,
   * those that `explains`: an errno is documented for what is wrong with the call there.
   *
   * A call takes effect on one route after the other, and what another saw of it can be less than all. While `others` are open,
   * the variants that fit the return and do not explain it therefore stay as *shadows*: they count in what routes may and must
   * reach, and explain no return.
   *
   * `trespass` when only shadows or refusals could explain the return. `none` when nothing fits: all variants stay, and a success
   * has its effect in each all the same, since callers go by what they are told.
   */
  end(
    call: OpenCall,
    success: boolean,
    explains: (variant: number) => boolean,
    others: boolean,
  ): 'effect' | 'nothing' | 'trespass' | 'none' {
    const { caller } = call;
    const fitting: number[] = [];
    for (let v = 0; v < this.count; v++) {
      if (success ? this.hasTaken(v, caller) || this.isServed(v, caller) : !this.hasTaken(v, caller))
        fitting.push(v);
    }
    const real = fitting.filter((v) => (this.get(v, this.applied) & SHADOW) === 0);
    const explained = real.filter((v) => (success ? this.isServed(v, caller) : explains(v)));
    const first = explained.length > 0 ? explained : real.length > 0 ? real : fitting;
    if (first.length === 0) {
      for (let v = 0; v < this.count; v++) {
        if (success && this.isLegal(v, call)) this.take(v, call);
        this.put(v, this.applied, this.get(v, this.applied) & ~allBits(caller));
      }
      return 'none';
    }
    const tookEffect = success && first.some((v) => this.hasTaken(v, caller));
    this.retain(caller, first, others ? fitting.filter((v) => !first.includes(v)) : []);
    if (real.length === 0 || (success && explained.length === 0)) return 'trespass';
    return tookEffect ? 'effect' : 'nothing';
  }

  /** Keep these variants, and those as shadows; the caller's call is closed in all. */
  private retain(caller: number, variants: readonly number[], shadows: readonly number[]): void {
    const copies = [...variants, ...shadows].map((v) => this.words.slice(this.at(v), this.at(v) + this.size));
    let kept = 0;
    copies.forEach((copy, n) => {
      for (let i = 0; i < this.size; i++) this.put(kept, i, copy[i]);
      const shadow = n < variants.length ? 0 : SHADOW;
      this.put(kept, this.applied, (copy[this.applied] & ~(allBits(caller) | SHADOW)) | shadow);
      if (!this.isKnown(kept)) kept++;
    });
    this.state.set(this.countAt, kept);
  }

  /** Drop the possible states that a look at the machine rules out; all stay when none would. */
  keep(agrees: (variant: number) => boolean): void {
    if (this.count === 1) return;
    let kept = 0;
    for (let v = 0; v < this.count; v++) if (agrees(v)) kept++;
    if (kept === 0 || kept === this.count) return;
    kept = 0;
    for (let v = 0; v < this.count; v++) {
      if (!agrees(v)) continue;
      if (kept !== v) {
        for (let i = 0; i < this.size; i++) this.state.set(this.at(kept) + i, this.words[this.at(v) + i]);
      }
      kept++;
    }
    this.state.set(this.countAt, kept);
  }

  /** Whether success of the call makes sense in the variant: its objects exist there. */
  private isLegal(variant: number, call: OpenCall): boolean {
    const [a, b, c] = call.args;
    switch (OPERATION_NAMES[call.operation]) {
      case 'freeSpace':
        return this.spaceKind(variant, a) !== 0;
      case 'map':
      case 'unmap':
      case 'protect':
        return this.spaceKind(variant, a) !== 0;
      case 'attach':
      case 'replace':
      case 'bindNested':
        return this.spaceKind(variant, c) !== 0 && this.present(variant, a) && this.slotExists(variant, a, b);
      case 'createSpace':
        return this.spaceKind(variant, a) === 0;
      default:
        return true;
    }
  }

  /** Let the call take its full effect on a variant. */
  private take(v: number, call: OpenCall): void {
    const [a, b, c, d, e] = call.args;
    const { shape } = this;
    const device = this.devices + a * this.deviceWidth;
    switch (OPERATION_NAMES[call.operation]) {
      case 'probe':
        this.put(v, device, 1);
        return this.join(v, a);
      case 'release':
        this.put(v, device, 0);
        this.put(v, device + 2, 0);
        this.put(v, this.handlers + a, 0);
        for (let slot = 0; slot < this.slotCount; slot++) {
          if (slot === 0) this.leave(v, a);
          else this.put(v, this.slots + (a * this.slotCount + slot) * 2, 0);
          this.put(v, this.slots + (a * this.slotCount + slot) * 2 + 1, 0);
        }
        if (this.groupIsEmpty(v, shape.devices[a].group)) this.setOwner(v, shape.devices[a].group, 0);
        return;
      case 'claimOwner':
        return this.setOwner(v, shape.devices[a].group, call.principal);
      case 'releaseOwner':
        return this.setOwner(v, shape.devices[a].group, 0);
      case 'enableFeature':
        return this.put(v, device + 2, this.get(v, device + 2) | (1 << b));
      case 'disableFeature':
        return this.put(v, device + 2, this.get(v, device + 2) & ~(1 << b));
      case 'createSubdevice':
        return this.put(v, this.slots + (a * this.slotCount + b) * 2 + 1, 1);
      case 'removeSubdevice':
        return this.put(v, this.slots + (a * this.slotCount + b) * 2 + 1, 0);
      case 'createSpace':
        this.put(v, this.spaces + a * this.spaceWidth, b + 1);
        this.put(v, this.spaces + a * this.spaceWidth + 1, call.principal);
        return this.put(v, this.spaces + a * this.spaceWidth + 2, b + 1 === KIND.nested ? c + 1 : 0);
      case 'freeSpace':
        for (let i = 0; i < this.spaceWidth; i++) this.put(v, this.spaces + a * this.spaceWidth + i, 0);
        for (let page = 0; page < shape.pages.length; page++) this.setMapping(v, a, page, 0);
        return;
      case 'map':
        return this.cover(v, a, b, e, (page) => {
          const offset = shape.pages[page] - shape.pages[b];
          return ((framePage(c, e) + offset) << 6) | (e << 3) | (page === b ? 4 : 0) | d;
        });
      case 'unmap':
        return this.cover(v, a, b, c, () => 0);
      case 'protect':
        return this.cover(
          v,
          a,
          b,
          (this.mapping(v, a, b) >>> 3) & 3,
          (page) => (this.mapping(v, a, page) & ~3) | c,
        );
      case 'attach':
      case 'replace':
      case 'bindNested':
        this.put(v, this.slots + (a * this.slotCount + b) * 2, c + 1);
        if (b !== 0) return;
        this.put(v, device + 3, 1);
        if (this.attachScope === 'group') this.spread(v, a, c + 1);
        return;
      case 'detach':
      case 'unbindNested':
        if (b === 0) this.leave(v, a);
        else this.put(v, this.slots + (a * this.slotCount + b) * 2, 0);
        return;
      case 'guestWrite':
        return this.setMapping(v, a, b, c + 1);
      case 'registerFaultHandler':
        return this.put(v, this.handlers + a, b + 1);
      case 'unregisterFaultHandler':
        return this.put(v, this.handlers + a, 0);
      case 'allocFrame':
        return this.put(v, this.frames + a, call.principal + 1);
      case 'freeFrame':
        return this.put(v, this.frames + a, 0);
      default:
        return;
    }
  }

  private setMapping(v: number, space: number, page: number, word: number): void {
    this.put(v, this.mappings + space * this.shape.pages.length + page, word);
  }

  /** Apply to every page of the alphabet that the page at `head`, of that size, covers. */
  private cover(v: number, space: number, head: number, size: number, word: (page: number) => number): void {
    const { pages } = this.shape;
    const first = pages[head];
    const span = 1 << (9 * size);
    for (let page = 0; page < pages.length; page++) {
      if (pages[page] >= first && pages[page] < first + span) this.setMapping(v, space, page, word(page));
    }
  }

  /** A group moves as one: its other plugged members see the same space. */
  private spread(v: number, device: number, space: number): void {
    const { devices } = this.shape;
    for (let peer = 0; peer < devices.length; peer++) {
      if (devices[peer].group === devices[device].group && this.present(v, peer)) {
        this.put(v, this.slots + peer * this.slotCount * 2, space);
      }
    }
  }

  /** A device that is plugged into an attached group translates with it. */
  private join(v: number, device: number): void {
    if (this.attachScope === 'device') return;
    const { devices } = this.shape;
    for (let peer = 0; peer < devices.length; peer++) {
      if (peer === device || devices[peer].group !== devices[device].group || !this.present(v, peer))
        continue;
      this.put(v, this.slots + device * this.slotCount * 2, this.attached(v, peer, 0) + 1);
      return;
    }
  }

  /** The RID of the device leaves its attachment; a group is detached with its last member. */
  private leave(v: number, device: number): void {
    this.put(v, this.devices + device * this.deviceWidth + 3, 0);
    if (this.attachScope === 'device') return this.put(v, this.slots + device * this.slotCount * 2, 0);
    const { devices } = this.shape;
    const { group } = devices[device];
    for (let peer = 0; peer < devices.length; peer++)
      if (devices[peer].group === group && this.isMember(v, peer)) {
        if (!this.present(v, device)) this.put(v, this.slots + device * this.slotCount * 2, 0);
        return;
      }
    for (let peer = 0; peer < devices.length; peer++) {
      if (devices[peer].group === group) this.put(v, this.slots + peer * this.slotCount * 2, 0);
    }
  }

  private groupIsEmpty(v: number, group: number): boolean {
    return !this.shape.devices.some((shape, device) => shape.group === group && this.present(v, device));
  }

  private setOwner(v: number, group: number, principal: number): void {
    this.shape.devices.forEach((shape, device) => {
      if (shape.group === group) this.put(v, this.devices + device * this.deviceWidth + 1, principal);
    });
  }

  /** Ghost words of all variants, for the encoder. */
  get region(): { base: number; size: number; count: number } {
    return { base: this.base, size: this.size, count: this.countAt };
  }

  /** Whether nothing exists any more that a caller made, frames apart that `mayStay`. */
  isEmpty(mayStay: (frame: number) => boolean): boolean {
    if (this.count !== 1) return false;
    for (let frame = 0; frame < this.shape.frames; frame++)
      if (this.frameOwner(0, frame) >= 0 && !mayStay(frame)) return false;
    for (let i = this.spaces; i < this.devices; i++) if (this.get(0, i) !== 0) return false;
    for (let i = this.slots; i < this.size; i++) if (this.get(0, i) !== 0) return false;
    for (let device = 0; device < this.shape.devices.length; device++) {
      if (this.owner(0, device) !== 0 || this.get(0, this.devices + device * this.deviceWidth + 2) !== 0)
        return false;
      if (!this.present(0, device)) return false;
    }
    return true;
  }
}

/** What becomes of a call in one variant. */
export type Fate = 'effect' | 'nothing' | 'trespass';

const takenBit = (caller: number): number => 1 << (3 * caller);
const passedBit = (caller: number): number => 2 << (3 * caller);
const trespassBit = (caller: number): number => 4 << (3 * caller);
const ALL_TRESPASS = 0b100100100;

/** How many calls, at most three, the trespass bits are of. */
function bitsIn(bits: number): number {
  return ((bits >> 2) & 1) + ((bits >> 5) & 1) + ((bits >> 8) & 1);
}
/** Of a variant that explains no return. */
const SHADOW = 1 << 12;
const allBits = (caller: number): number => 7 << (3 * caller);

export interface OpenCall {
  readonly caller: number;
  readonly operation: number;
  readonly args: readonly number[];
  readonly principal: number;
}
