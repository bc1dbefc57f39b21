import { BAD_CONDITIONS, type BadCondition } from '../vocabulary/design.js';
import { FEATURES } from '../vocabulary/operations.js';
import { type Authority, framePage, KIND, OPERATION_NAMES, type OpenCall } from './authority.js';

export const CONDITION_BIT = Object.fromEntries(BAD_CONDITIONS.map((name, i) => [name, 2 ** i])) as Record<
  BadCondition,
  number
>;
const B = CONDITION_BIT;

/** Names of the conditions in a set. */
export function conditionNames(set: number): BadCondition[] {
  return BAD_CONDITIONS.filter((_, i) => Math.floor(set / 2 ** i) % 2 === 1);
}

/**
 * What is wrong with a call in one variant of the ghost state, as a set of conditions; 0 for a good call. Whether a design
 * has to refuse for a condition is the design's to declare.
 */
export function badConditions(authority: Authority, v: number, call: OpenCall): number {
  const { shape } = authority;
  const [a, b, c, , e] = call.args;
  const p = call.principal;

  const spaceBad = (space: number): number => {
    if (space >= shape.spaces || authority.spaceKind(v, space) === 0) return B.noSpace;
    return authority.spaceOwner(v, space) !== p ? B.foreignSpace : 0;
  };
  const isAttached = (space: number): boolean =>
    shape.devices.some((_, device) => slotsOf(device).some((slot) => authority.attached(v, device, slot) === space));
  const slotsOf = (device: number): number[] => Array.from({ length: shape.devices[device].slots + 1 }, (_, i) => i);
  const hasChildren = (space: number): boolean =>
    Array.from({ length: shape.spaces }, (_, s) => s).some(
      (s) => authority.spaceKind(v, s) === KIND.nested && authority.spaceParent(v, s) === space,
    );
  const peers = (device: number): number[] =>
    shape.devices.map((_, i) => i).filter((i) => shape.devices[i].group === shape.devices[device].group);
  const deviceBad = (device: number, slot: number): number => {
    let bad = 0;
    if (!authority.present(v, device)) bad += B.absent;
    if (slot > shape.devices[device].slots) return bad + B.noFeature;
    if (!authority.slotExists(v, device, slot)) bad += B.noSlot;
    const owner = authority.owner(v, device);
    if (slot === 0 ? owner !== p : owner !== p && owner !== 0) bad += B.notOwner;
    return bad;
  };
  const isOn = (device: number, slot: number): boolean =>
    slot === 0 ? authority.isMember(v, device) : authority.attached(v, device, slot) >= 0;

  switch (OPERATION_NAMES[call.operation]) {
    case 'probe':
      return authority.present(v, a) ? B.present : 0;
    case 'release':
    case 'reset':
      return authority.present(v, a) ? 0 : B.absent;
    case 'claimOwner': {
      let bad = authority.present(v, a) ? 0 : B.absent;
      if (authority.owner(v, a) !== 0) bad += B.alreadyOwned;
      if (peers(a).some((peer) => slotsOf(peer).some((slot) => authority.attached(v, peer, slot) >= 0))) bad += B.inUse;
      return bad;
    }
    case 'releaseOwner': {
      let bad = authority.present(v, a) ? 0 : B.absent;
      if (authority.owner(v, a) !== p || p === 0) bad += B.notOwner;
      if (peers(a).some((peer) => slotsOf(peer).some((slot) => authority.attached(v, peer, slot) >= 0))) bad += B.inUse;
      return bad;
    }
    case 'enableFeature': {
      const bad = authority.present(v, a) ? 0 : B.absent;
      return bad + (lacksFeature(authority, a, b) ? B.noFeature : 0);
    }
    case 'disableFeature': {
      let bad = authority.present(v, a) ? 0 : B.absent;
      if (!authority.featureOn(v, a, b)) bad += B.featureOff;
      if (FEATURES[b] === 'aux' && slotsOf(a).some((slot) => slot > 0 && authority.attached(v, a, slot) >= 0)) {
        bad += B.featureBusy;
      }
      return bad;
    }
    case 'createSubdevice': {
      let bad = authority.present(v, a) ? 0 : B.absent;
      if (b === 0 || b > shape.devices[a].slots) bad += B.noFeature;
      else if (authority.slotExists(v, a, b)) bad += B.slotExists;
      return bad;
    }
    case 'removeSubdevice': {
      let bad = authority.present(v, a) ? 0 : B.absent;
      if (b > shape.devices[a].slots || !authority.slotExists(v, a, b)) bad += B.noSlot;
      else if (authority.attached(v, a, b) >= 0) bad += B.slotAttached;
      return bad;
    }
    case 'createSpace': {
      let bad = authority.spaceKind(v, a) !== 0 ? B.spaceExists : 0;
      if (b + 1 === KIND.nested) {
        bad += spaceBad(c);
        if (c < shape.spaces && authority.spaceKind(v, c) !== 0 && authority.spaceKind(v, c) !== KIND.nestParent) {
          bad += B.wrongKind;
        }
      }
      if (!shape.spaceKinds.includes(kindName(b))) bad += B.unsupportedKind;
      return bad;
    }
    case 'freeSpace': {
      const bad = spaceBad(a);
      return bad + (bad === 0 && (isAttached(a) || hasChildren(a)) ? B.spaceInUse : 0);
    }
    case 'map': {
      let bad = spaceBad(a);
      if (bad === B.noSpace) return bad;
      const kind = authority.spaceKind(v, a);
      if (kind !== KIND.paging && kind !== KIND.nestParent) return bad + B.wrongKind;
      if (authority.frameOwner(v, c) !== p) bad += B.foreignFrame;
      const mask = (1 << (9 * e)) - 1;
      if ((shape.pages[b] & mask) !== 0 || (framePage(c, e) & mask) !== 0) bad += B.misaligned;
      if (coveredPages(shape.pages, b, e).some((page) => authority.mapping(v, a, page) !== 0)) bad += B.overlap;
      return bad;
    }
    case 'unmap': {
      const bad = spaceBad(a);
      if (bad === B.noSpace) return bad;
      return bad + (coveredPages(shape.pages, b, c).every((page) => authority.mapping(v, a, page) === 0) ? B.nothingThere : 0);
    }
    case 'protect': {
      const bad = spaceBad(a);
      if (bad === B.noSpace) return bad;
      return bad + (authority.mapping(v, a, b) === 0 ? B.nothingThere : 0);
    }
    case 'attach': {
      let bad = deviceBad(a, b) + spaceBad(c);
      const kind = c < shape.spaces ? authority.spaceKind(v, c) : 0;
      if (kind === KIND.nested) bad += B.wrongKind;
      return bad + attachBad(a, b, c);
    }
    case 'bindNested': {
      let bad = deviceBad(a, b) + spaceBad(c);
      const kind = c < shape.spaces ? authority.spaceKind(v, c) : 0;
      if (kind !== 0 && kind !== KIND.nested) bad += B.wrongKind;
      return bad + attachBad(a, b, c);
    }
    case 'replace': {
      const bad = deviceBad(a, b) + spaceBad(c);
      return bad + (isOn(a, b) ? 0 : B.notAttached);
    }
    case 'detach':
    case 'unbindNested': {
      let bad = deviceBad(a, b);
      if (b <= shape.devices[a].slots && !isOn(a, b)) bad += B.notAttached;
      return bad;
    }
    case 'guestInvalidate': {
      const bad = spaceBad(a);
      return bad !== B.noSpace && authority.spaceKind(v, a) !== KIND.nested ? bad + B.wrongKind : bad;
    }
    case 'respond':
      return 0; // whether a request is open is not the callers' knowledge: the world adds noRequest
    case 'registerFaultHandler': {
      let bad = authority.present(v, a) ? 0 : B.absent;
      bad += spaceBad(b);
      if (!shape.devices[a].pri) bad += B.noFeature;
      if (authority.handler(v, a) >= 0) bad += B.handlerExists;
      return bad;
    }
    case 'unregisterFaultHandler': {
      const bad = authority.present(v, a) ? 0 : B.absent;
      return bad + (authority.handler(v, a) < 0 ? B.noHandler : 0);
    }
    case 'allocFrame':
      return authority.frameOwner(v, a) >= 0 ? B.overlap : 0;
    case 'freeFrame':
      return authority.frameOwner(v, a) !== p ? B.foreignFrame : 0;
    default:
      return 0;
  }

  function attachBad(device: number, slot: number, space: number): number {
    let bad = 0;
    if (slot > shape.devices[device].slots) return 0;
    if (isOn(device, slot)) bad += B.alreadyAttached;
    const aux = authority.featureOn(v, device, FEATURES.indexOf('aux'));
    if (slot > 0 && !aux) bad += B.featureOff;
    if (slot === 0 && aux) bad += B.auxEnabled;
    if (slot === 0) {
      for (const peer of peers(device)) {
        if (peer !== device && authority.isMember(v, peer) && authority.attached(v, peer, 0) !== space) {
          bad += B.groupMismatch;
          break;
        }
      }
      const others = slotsOf(device).some((s) => {
        const held = s > 0 ? authority.attached(v, device, s) : -1;
        return held >= 0 && authority.spaceOwner(v, held) !== p;
      });
      if (others) bad += B.othersAttached;
    }
    return bad;
  }
}

function kindName(kind: number): string {
  return (Object.keys(KIND) as (keyof typeof KIND)[])[kind] ?? '';
}

/** Indices of the alphabet's pages that the page at `head`, of that size, covers. */
export function coveredPages(pages: readonly number[], head: number, size: number): number[] {
  const span = 1 << (9 * size);
  return pages.map((_, i) => i).filter((i) => pages[i] >= pages[head] && pages[i] < pages[head] + span);
}

function lacksFeature(authority: Authority, device: number, feature: number): boolean {
  const shape = authority.shape.devices[device];
  switch (FEATURES[feature]) {
    case 'aux':
      return shape.slots === 0;
    case 'iopf':
      return !shape.pri;
    case 'ats':
      return !shape.ats;
    default:
      return true;
  }
}
