import { framePage, KIND, OPERATION_NAMES, type OpenCall } from '../../src/world/authority.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';

/** A call of a history: when it began and, once it has returned, when that was and how it ended. */
export interface Happened extends OpenCall {
  readonly began: number;
  returned?: number;
  succeeded?: boolean;
}

interface Device {
  present: boolean;
  owner: number;
  isMember: boolean;
  attached: number[];
  exists: boolean[];
}

/** What callers are owed, kept as plainly as it can be said. */
export interface Ghost {
  frames: number[];
  spaces: ({ kind: number; owner: number; pages: string[] } | undefined)[];
  devices: Device[];
}

export function emptyGhost(shape: WorldShape, slots: number): Ghost {
  return {
    frames: Array(shape.frames).fill(-1),
    spaces: Array(shape.spaces).fill(undefined),
    devices: shape.devices.map(() => ({
      present: true,
      owner: 0,
      isMember: false,
      attached: Array(slots).fill(-1),
      exists: [true, ...Array(slots - 1).fill(false)],
    })),
  };
}

/** The mapping of one page as text, from its physical page and permission. */
export function mappingText(physical: number, permission: number): string {
  return `${physical}:${permission}`;
}

/** The state after the call has taken effect, or nothing where its objects are not there. */
export function after(
  ghost: Ghost,
  call: OpenCall,
  shape: WorldShape,
  scope: 'group' | 'device',
): Ghost | undefined {
  const next = structuredClone(ghost);
  const [a, b, c, d] = call.args;
  const space = next.spaces[a];
  const device = next.devices[a];
  const group = (): Device[] =>
    next.devices.filter((_, i) => shape.devices[i].group === shape.devices[a].group);
  switch (OPERATION_NAMES[call.operation]) {
    case 'probe': {
      const peer = scope === 'group' ? group().find((other) => other !== device && other.present) : undefined;
      device.present = true;
      if (peer) device.attached[0] = peer.attached[0];
      return next;
    }
    case 'release':
      leave(device, scope === 'group' ? group() : [device]);
      device.present = false;
      device.attached.fill(-1);
      device.exists.fill(false, 1);
      if (group().every((peer) => !peer.present)) for (const peer of group()) peer.owner = 0;
      return next;
    case 'allocFrame':
      next.frames[a] = call.principal;
      return next;
    case 'freeFrame':
      next.frames[a] = -1;
      return next;
    case 'createSpace':
      if (space) return undefined;
      next.spaces[a] = { kind: b + 1, owner: call.principal, pages: shape.pages.map(() => '') };
      return next;
    case 'freeSpace':
      if (!space) return undefined;
      next.spaces[a] = undefined;
      return next;
    case 'map':
      if (!space) return undefined;
      space.pages[b] = mappingText(framePage(c, 0), d);
      return next;
    case 'unmap':
      if (!space) return undefined;
      space.pages[b] = '';
      return next;
    case 'attach':
    case 'replace':
      if (!next.spaces[c] || !device.present || !device.exists[b]) return undefined;
      device.attached[b] = c;
      if (b !== 0) return next;
      device.isMember = true;
      if (scope === 'group') for (const peer of group()) if (peer.present) peer.attached[0] = c;
      return next;
    case 'detach':
      if (b !== 0) device.attached[b] = -1;
      else leave(device, scope === 'group' ? group() : [device]);
      return next;
    case 'createSubdevice':
      device.exists[b] = true;
      return next;
    case 'removeSubdevice':
      device.exists[b] = false;
      return next;
    case 'claimOwner':
      for (const peer of group()) peer.owner = call.principal;
      return next;
    case 'releaseOwner':
      for (const peer of group()) peer.owner = 0;
      return next;
    default:
      throw new Error(`${OPERATION_NAMES[call.operation]} is not part of these histories`);
  }
}

/** A group stays attached until its last member has been detached. */
function leave(device: Device, group: readonly Device[]): void {
  device.isMember = false;
  if (group.some((peer) => peer.isMember)) return;
  for (const peer of group) peer.attached[0] = -1;
}

/** Every state that some order of the calls leads to, with the open calls that have taken effect in it, as text. */
export function linearise(
  calls: readonly Happened[],
  start: Ghost,
  shape: WorldShape,
  scope: 'group' | 'device',
): Map<string, Ghost> {
  const found = new Map<string, Ghost>();
  const seen = new Set<string>();
  const visit = (ghost: Ghost, done: ReadonlySet<number>): void => {
    const key = `${JSON.stringify(ghost)} ${[...done].sort().join()}`;
    if (seen.has(key)) return;
    seen.add(key);
    const owed = calls.filter((call, i) => call.succeeded === true && !done.has(i));
    if (owed.length === 0) {
      const open = calls.flatMap((call, i) =>
        call.returned === undefined && done.has(i) ? [call.caller] : [],
      );
      found.set(`${JSON.stringify(ghost)} taken ${open.sort().join()}`, ghost);
    }
    calls.forEach((call, i) => {
      if (done.has(i) || call.succeeded === false) return;
      // What returned before this one began has come before it.
      if (owed.some((other) => other.returned !== undefined && other.returned < call.began)) return;
      // And this one comes before whatever began after it had returned.
      if (call.returned !== undefined) {
        const returned = call.returned;
        if (calls.some((other, j) => done.has(j) && other.began > returned)) return;
      }
      const next = after(ghost, call, shape, scope);
      if (next) visit(next, new Set([...done, i]));
    });
  };
  visit(start, new Set());
  return found;
}

/** Whether the kind of space is one that callers map pages into. */
export function isMapped(kind: number): boolean {
  return kind === KIND.paging;
}
