import { BAD_CONDITIONS, type BadCondition, type DriverFeature, type Lacks } from '../vocabulary/design.js';
import { FEATURES, SPACE_KINDS } from '../vocabulary/operations.js';
import type { WorldShape } from '../vocabulary/shape.js';
import { featuresOf, neededBy } from './lacking.js';
import { type Authority, KIND, OPERATION_NAMES, type OpenCall } from './authority.js';

export const CONDITION_BIT = Object.fromEntries(BAD_CONDITIONS.map((name, i) => [name, 1 << i])) as Record<
  BadCondition,
  number
>;
const B = CONDITION_BIT;

/** Names of the conditions in a set. */
export function conditionNames(set: number): BadCondition[] {
  return BAD_CONDITIONS.filter((_, i) => (set & (1 << i)) !== 0);
}

/** The set of the named conditions. */
export function conditionSet(names: Iterable<BadCondition>): number {
  let set = 0;
  for (const name of names) set |= B[name];
  return set;
}

/** A call as the conditions look at it. */
type Call = Pick<OpenCall, 'operation' | 'principal'> & { readonly args: ArrayLike<number> };

/**
 * What is wrong with a call in one variant of the ghost state, as a set of conditions; 0 for a good call. Whether a design
 * has to refuse for a condition is the design's to declare.
 */
export class Conditions {
  private readonly lacked: readonly DriverFeature[];

  constructor(
    private readonly authority: Authority,
    lacks: Lacks = {},
    private readonly handlersHaveTables = false,
  ) {
    this.lacked = featuresOf(lacks);
  }

  /** With `certain`, without what depends on whether the table of a handler has taken the place of the space's. */
  of(v: number, call: Call, certain = false): number {
    if (this.lacked.length === 0) return this.ofOperation(v, call);
    const { authority } = this;
    const { spaces, devices } = authority.shape;
    const isOfSecondStage = (space: number) =>
      this.isOfSecondStage(v, space) && !(certain && this.mayHaveTable(v, space, call.args[0]));
    const lacked = neededBy(this.lacked, OPERATION_NAMES[call.operation], call.args, {
      isNested: (space) => space < spaces && authority.spaceKind(v, space) === KIND.nested,
      slots: (device) => devices[device].slots,
      isOfSecondStage,
      isRidOnSecondStage: (device) => isOfSecondStage(authority.attached(v, device, 0)),
      isAnySlotAttached: (device) =>
        devices.some((peer, other) => peer.group === devices[device].group && this.anySlotAttached(v, other)),
    });
    return this.ofOperation(v, call) | (lacked === undefined ? 0 : B.unsupported);
  }

  private ofOperation(v: number, call: Call): number {
    const { authority } = this;
    const { shape } = authority;
    const { args, principal } = call;
    const first = args[0];
    const second = args[1];
    const third = args[2];
    switch (OPERATION_NAMES[call.operation]) {
      case 'probe':
        return authority.present(v, first) ? B.present : 0;
      case 'release':
      case 'reset':
        return this.plugged(v, first);
      case 'claimOwner':
        return (
          this.plugged(v, first) |
          (authority.owner(v, first) !== 0 ? B.alreadyOwned : 0) |
          this.groupInUse(v, first)
        );
      case 'releaseOwner':
        return (
          this.plugged(v, first) |
          (authority.owner(v, first) !== principal || principal === 0 ? B.notOwner : 0) |
          this.groupInUse(v, first)
        );
      case 'enableFeature':
        return this.plugged(v, first) | (lacksFeature(shape, first, second) ? B.noFeature : 0);
      case 'disableFeature':
        return (
          this.plugged(v, first) |
          (authority.featureOn(v, first, second) ? 0 : B.featureOff) |
          (second === AUX && this.anySlotAttached(v, first) ? B.featureBusy : 0)
        );
      case 'createSubdevice':
        if (second === 0 || second > shape.devices[first].slots) return this.plugged(v, first) | B.noFeature;
        return this.plugged(v, first) | (authority.slotExists(v, first, second) ? B.slotExists : 0);
      case 'removeSubdevice':
        if (second === 0 || second > shape.devices[first].slots || !authority.slotExists(v, first, second)) {
          return this.plugged(v, first) | B.noSlot;
        }
        return this.plugged(v, first) | (authority.attached(v, first, second) >= 0 ? B.slotAttached : 0);
      case 'createSpace':
        return this.ofCreate(v, first, second, third, principal);
      case 'freeSpace': {
        const bad = this.space(v, first, principal);
        return (
          bad | (bad === 0 && (this.hasRoutes(v, first) || this.hasChildren(v, first)) ? B.spaceInUse : 0)
        );
      }
      case 'map':
        return this.ofMap(v, call);
      case 'unmap': {
        let bad = this.space(v, first, principal);
        if (bad === B.noSpace) return bad;
        if (authority.spaceKind(v, first) === KIND.nested) return bad | B.wrongKind | B.nothingThere;
        if (!this.isAligned(second, third)) bad |= B.misaligned;
        if (this.cutsAny(v, first, second, third)) bad |= B.cutsMapping;
        return bad | (this.anyMapped(v, first, second, third) ? 0 : B.nothingThere);
      }
      case 'protect': {
        const bad = this.space(v, first, principal);
        if (bad === B.noSpace) return bad;
        if (authority.spaceKind(v, first) === KIND.nested) return bad | B.wrongKind | B.nothingThere;
        return bad | (authority.mapping(v, first, second) === 0 ? B.nothingThere : 0);
      }
      case 'attach': {
        const nested = third < shape.spaces && authority.spaceKind(v, third) === KIND.nested;
        return this.ofAttach(v, first, second, third, principal) | (nested ? B.wrongKind : 0);
      }
      case 'bindNested': {
        const kind = third < shape.spaces ? authority.spaceKind(v, third) : 0;
        return (
          this.ofAttach(v, first, second, third, principal) |
          (kind !== 0 && kind !== KIND.nested ? B.wrongKind : 0)
        );
      }
      case 'replace':
        return (
          this.route(v, first, second, principal) |
          this.space(v, third, principal) |
          (this.isOn(v, first, second) ? 0 : B.notAttached)
        );
      case 'detach':
      case 'unbindNested': {
        const beyond = second > shape.devices[first].slots;
        return (
          this.route(v, first, second, principal) |
          (!beyond && !this.isOn(v, first, second) ? B.notAttached : 0)
        );
      }
      case 'guestInvalidate': {
        const bad = this.space(v, first, principal);
        return bad !== B.noSpace && authority.spaceKind(v, first) !== KIND.nested ? bad | B.wrongKind : bad;
      }
      case 'registerFaultHandler':
        return (
          this.plugged(v, first) |
          this.space(v, second, principal) |
          (shape.devices[first].pri ? 0 : B.noFeature) |
          (authority.handler(v, first) >= 0 ? B.handlerExists : 0)
        );
      case 'unregisterFaultHandler':
        return this.plugged(v, first) | (authority.handler(v, first) < 0 ? B.noHandler : 0);
      case 'allocFrame':
        return authority.frameOwner(v, first) >= 0 ? B.overlap : 0;
      case 'freeFrame':
        return authority.frameOwner(v, first) !== principal ? B.foreignFrame : 0;
      default:
        // Whether a request is open is a fact of the machine, not of the callers' knowledge: the world adds `noRequest`.
        return 0;
    }
  }

  private isOfSecondStage(v: number, space: number): boolean {
    const { authority } = this;
    if (space < 0 || space >= authority.shape.spaces) return false;
    const kind = authority.spaceKind(v, space);
    return kind === KIND.nested || kind === KIND.nestParent;
  }

  /** Whether the device's group may be on the table of a handler where it is said to be on the space, which is to nest on. */
  private mayHaveTable(v: number, space: number, device: number): boolean {
    const { devices } = this.authority.shape;
    return (
      this.handlersHaveTables &&
      this.authority.spaceKind(v, space) === KIND.nestParent &&
      devices.some(({ pri, group }) => pri && group === devices[device].group)
    );
  }

  private plugged(v: number, device: number): number {
    return this.authority.present(v, device) ? 0 : B.absent;
  }

  private space(v: number, space: number, principal: number): number {
    const { authority } = this;
    if (space >= authority.shape.spaces || authority.spaceKind(v, space) === 0) return B.noSpace;
    return authority.spaceOwner(v, space) !== principal ? B.foreignSpace : 0;
  }

  private route(v: number, device: number, slot: number, principal: number): number {
    const { authority } = this;
    let bad = this.plugged(v, device);
    if (slot > authority.shape.devices[device].slots) return bad | B.noFeature;
    if (!authority.slotExists(v, device, slot)) bad |= B.noSlot;
    const owner = authority.owner(v, device);
    if (slot > 0 && owner === 0) return bad | B.notClaimed;
    return owner === principal ? bad : bad | B.notOwner;
  }

  private isOn(v: number, device: number, slot: number): boolean {
    return slot === 0 ? this.authority.isMember(v, device) : this.authority.attached(v, device, slot) >= 0;
  }

  private anySlotAttached(v: number, device: number): boolean {
    const { authority } = this;
    for (let slot = 1; slot <= authority.shape.devices[device].slots; slot++) {
      if (authority.attached(v, device, slot) >= 0) return true;
    }
    return false;
  }

  private groupInUse(v: number, device: number): number {
    const { authority } = this;
    const { devices } = authority.shape;
    for (let peer = 0; peer < devices.length; peer++) {
      if (devices[peer].group !== devices[device].group) continue;
      if (authority.attached(v, peer, 0) >= 0 || this.anySlotAttached(v, peer)) return B.inUse;
    }
    return 0;
  }

  hasRoutes(v: number, space: number): boolean {
    const { authority } = this;
    const { devices } = authority.shape;
    for (let device = 0; device < devices.length; device++) {
      for (let slot = 0; slot <= devices[device].slots; slot++) {
        if (authority.attached(v, device, slot) === space) return true;
      }
    }
    return false;
  }

  hasChildren(v: number, space: number): boolean {
    const { authority } = this;
    for (let child = 0; child < authority.shape.spaces; child++) {
      if (authority.spaceKind(v, child) === KIND.nested && authority.spaceParent(v, child) === space)
        return true;
    }
    return false;
  }

  /** Whether any page of the alphabet that the page at `head`, of that size, covers is mapped. */
  private anyMapped(v: number, space: number, head: number, size: number): boolean {
    const { pages } = this.authority.shape;
    const end = pages[head] + pagesOf(size);
    for (let page = 0; page < pages.length; page++) {
      if (pages[page] >= pages[head] && pages[page] < end && this.authority.mapping(v, space, page) !== 0)
        return true;
    }
    return false;
  }

  /** Whether a range of that size at the page meets a mapping that it does not hold whole. */
  private cutsAny(v: number, space: number, head: number, size: number): boolean {
    const { pages } = this.authority.shape;
    const start = pages[head];
    const end = start + pagesOf(size);
    for (let page = 0; page < pages.length; page++) {
      if (pages[page] < start || pages[page] >= end) continue;
      const mapping = this.authority.mapping(v, space, page);
      if (mapping === 0) continue;
      const length = pagesOf((mapping >>> 3) & 3);
      const first = pages[page] - (pages[page] % length);
      if (first < start || first + length > end) return true;
    }
    return false;
  }

  private isAligned(page: number, size: number): boolean {
    return this.authority.shape.pages[page] % pagesOf(size) === 0;
  }

  private ofCreate(v: number, space: number, kind: number, parent: number, principal: number): number {
    const { authority } = this;
    const { shape } = authority;
    let bad = authority.spaceKind(v, space) !== 0 ? B.spaceExists : 0;
    if (!shape.spaceKinds.includes(SPACE_KINDS[kind])) bad |= B.unsupportedKind;
    if (kind + 1 !== KIND.nested) return bad;
    bad |= this.space(v, parent, principal);
    const parentKind = parent < shape.spaces ? authority.spaceKind(v, parent) : 0;
    return parentKind !== 0 && parentKind !== KIND.nestParent ? bad | B.wrongKind : bad;
  }

  private ofMap(v: number, call: Call): number {
    const { authority } = this;
    const { args } = call;
    const space = args[0];
    const page = args[1];
    const frame = args[2];
    const size = args[4];
    let bad = this.space(v, space, call.principal);
    if (bad === B.noSpace) return bad;
    const kind = authority.spaceKind(v, space);
    if (kind !== KIND.paging && kind !== KIND.nestParent) return bad | B.wrongKind;
    if (authority.frameOwner(v, frame) !== call.principal) bad |= B.foreignFrame;
    if (!this.isAligned(page, size)) bad |= B.misaligned;
    return this.anyMapped(v, space, page, size) ? bad | B.overlap : bad;
  }

  private ofAttach(v: number, device: number, slot: number, space: number, principal: number): number {
    const { authority } = this;
    const { devices } = authority.shape;
    let bad = this.route(v, device, slot, principal) | this.space(v, space, principal);
    if (slot > devices[device].slots) return bad;
    if (this.isOn(v, device, slot)) bad |= B.alreadyAttached;
    const aux = authority.featureOn(v, device, AUX);
    if (slot > 0) return aux ? bad : bad | B.featureOff;
    // Where groups are attached, every member is asked by the first to be attached; the others join it.
    const isPeer = (peer: number) => devices[peer].group === devices[device].group;
    const joins = devices.some((_, peer) => isPeer(peer) && authority.isMember(v, peer));
    for (let peer = 0; peer < devices.length; peer++) {
      const moves = peer === device || (authority.movesGroups && !joins && isPeer(peer));
      if (moves && authority.present(v, peer) && authority.featureOn(v, peer, AUX)) bad |= B.auxEnabled;
    }
    for (let peer = 0; peer < devices.length; peer++) {
      if (peer === device || devices[peer].group !== devices[device].group || !authority.isMember(v, peer))
        continue;
      if (authority.attached(v, peer, 0) !== space) bad |= B.groupMismatch;
    }
    for (let other = 1; other <= devices[device].slots; other++) {
      const held = authority.attached(v, device, other);
      if (held >= 0 && authority.spaceOwner(v, held) !== principal) bad |= B.othersAttached;
    }
    return bad;
  }
}

const AUX = FEATURES.indexOf('aux');

function lacksFeature(shape: WorldShape, device: number, feature: number): boolean {
  switch (FEATURES[feature]) {
    case 'aux':
      return shape.devices[device].slots === 0;
    case 'iopf':
      return !shape.devices[device].pri;
    case 'ats':
      return !shape.devices[device].ats;
    default:
      return true;
  }
}

/** Pages of 4 KiB in one of the size. */
function pagesOf(size: number): number {
  return 1 << (9 * size);
}
