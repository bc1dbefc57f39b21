import type { StepContext } from '../../../src/vocabulary/context.js';
import { fact, fillObject, firstObject, read, step } from '../../../src/vocabulary/make-step.js';
import type { StepSet } from '../../../src/vocabulary/step.js';
import { steps as shared } from '../primary-domain/steps.js';
import { DELIVERED } from './objects.js';

/** Whether a device, stored plus one, is of the group with the handle; what is not filled yet is of none. */
const isOf = (world: StepContext, group: number, device: number) =>
  device !== 0 && world.shape.devices[device - 1].group + 1 === group;

function nextPresent(world: StepContext, group: number, after: number): number {
  const { devices } = world.shape;
  for (let device = after; device < devices.length; device++) {
    if (isOf(world, group, device + 1) && world.hardware.isPresent(device)) return device + 1;
  }
  return 0;
}

/** What is in the way of a free or an unbind: a RID that is attached, a PASID, or a RID of a group that nobody has attached. */
export const IN_USE = { rid: 1, pasid: 2, unasked: 3 } as const;

function inUse(world: StepContext, route: number): number {
  if (route === 0) return 0;
  if (world.field('route.pasid').get(route) !== 0) return IN_USE.pasid;
  const { group } = world.shape.devices[world.field('route.device').get(route) - 1];
  return askedRid(world, group + 1) === 0 ? IN_USE.unasked : IN_USE.rid;
}

function askedRid(world: StepContext, group: number): number {
  return firstObject(
    world,
    'route',
    (get) => get('asked') === 1 && get('pasid') === 0 && isOf(world, group, get('device')),
  );
}

export const steps: StepSet = {
  overlapping: shared.overlapping,
  mappingIn: shared.mappingIn,
  isAligned: shared.isAligned,

  groupHandle: fact(['device'], (world, device) => world.shape.devices[device].group + 1),
  hasSlot: fact(['device', 'slot'], (world, device, slot) =>
    slot <= world.shape.devices[device].slots ? 1 : 0,
  ),
  /** Next present device of the group after `after`, plus one; 0 at the end. */
  nextMember: read('next device of the group', ['group', 'after'], (world, group, after) =>
    nextPresent(world, group, after),
  ),

  /** The caller's IOASID behind a handle, if it is still in the table. */
  findIoasid: read('look the IOASID up', ['space'], (world, space) => {
    const ioasid = world.callers.spaceHandle(space);
    if (ioasid === 0 || !world.objects('ioasid').isLive(ioasid)) return 0;
    const isHis = world.field('ioasid.owner').get(ioasid) === world.principal();
    return isHis && world.field('ioasid.gone').get(ioasid) === 0 ? ioasid : 0;
  }),
  fillIoasid: step(
    'store',
    'fill the IOASID',
    ['of', 'kind', 'domain', 'parent'],
    (world, of, kind, domain, parent) =>
      fillObject(world, 'ioasid', of, { kind, domain, parent, owner: world.principal() }),
  ),

  fillRoute: step('store', 'fill the route', ['of', 'device', 'pasid'], (world, of, device, pasid) =>
    fillObject(world, 'route', of, { device: device + 1, pasid }),
  ),
  /** The route of the device and PASID that is on a list, whichever. */
  routeOf: read('look the route up', ['device', 'pasid'], (world, device, pasid) =>
    firstObject(
      world,
      'route',
      (get) => get('ioasid') !== 0 && get('device') === device + 1 && get('pasid') === pasid,
    ),
  ),
  routeOn: read(
    'look for the route on the list',
    ['ioasid', 'device', 'pasid'],
    (world, ioasid, device, pasid) =>
      firstObject(
        world,
        'route',
        (get) => get('ioasid') === ioasid && get('device') === device + 1 && get('pasid') === pasid,
      ),
  ),
  routeOfDevice: read('next route of the device', ['device'], (world, device) =>
    firstObject(world, 'route', (get) => get('device') === device + 1),
  ),
  routeOfGroup: read('is a route of the group in use', ['group'], (world, group) =>
    firstObject(world, 'route', (get) => isOf(world, group, get('device'))),
  ),
  groupInUse: read('is a route of the group in use', ['group'], (world, group) =>
    inUse(
      world,
      firstObject(world, 'route', (get) => isOf(world, group, get('device'))),
    ),
  ),
  routeListed: read('is a route on the list', ['ioasid'], (world, ioasid) =>
    inUse(
      world,
      firstObject(world, 'route', (get) => get('ioasid') === ioasid),
    ),
  ),
  /** The list is the IOASID's: it has to be there. */
  listRoute: step('store', 'put the route on the list', ['of', 'ioasid'], (world, of, ioasid) => {
    world.field('ioasid.owner').get(ioasid);
    world.field('route.ioasid').set(of, ioasid);
    return 0;
  }),
  /** Of a group whose devices do not move together only those have routes that were attached themselves. */
  groupElsewhere: read('is a RID of the group on another list', ['group', 'ioasid'], (world, group, ioasid) =>
    firstObject(
      world,
      'route',
      (get) =>
        get('pasid') === 0 &&
        get('ioasid') !== 0 &&
        get('ioasid') !== ioasid &&
        isOf(world, group, get('device')),
    ),
  ),
  /** A RID of the group that is attached. */
  ridOfGroup: read('next attached RID of the group', ['group'], (world, group) =>
    firstObject(world, 'route', (get) => get('pasid') === 0 && isOf(world, group, get('device'))),
  ),
  /** A RID of the group that somebody has asked to attach. */
  askedOfGroup: read('is a device of the group still attached', ['group'], askedRid),

  fillHandler: step(
    'store',
    'fill the fault handler',
    ['of', 'device', 'ioasid'],
    (world, of, device, ioasid) =>
      fillObject(world, 'handler', of, { device: device + 1, ioasid, owner: world.principal() }),
  ),
  handlerOfDevice: read('look for the fault handler of the device', ['device'], (world, device) =>
    firstObject(world, 'handler', (get) => get('device') === device + 1),
  ),
  handlerOf: read('look for the fault handler', ['device', 'ioasid'], (world, device, ioasid) =>
    ioasid === 0
      ? 0
      : firstObject(world, 'handler', (get) => get('device') === device + 1 && get('ioasid') === ioasid),
  ),
  fillRequest: step(
    'store',
    'fill the page request',
    ['of', 'request', 'route', 'handler'],
    (world, of, request, route, handler) => {
      const device = world.hardware.pageRequests.device(request);
      return fillObject(world, 'faultGroup', of, { device, request, handle: route, queue: handler });
    },
  ),
  requestOfRoute: read(
    'next page request that came in by the RID or PASID',
    ['device', 'pasid'],
    (world, device, pasid) =>
      firstObject(
        world,
        'faultGroup',
        (get) =>
          get('device') === device &&
          get('delivered') === DELIVERED &&
          world.objects('route').isLive(get('handle')) &&
          world.field('route.pasid').get(get('handle')) === pasid,
      ),
  ),
  requestOfHandler: read('next page request of the handler', ['handler'], (world, handler) =>
    firstObject(world, 'faultGroup', (get) => get('queue') === handler && get('delivered') === DELIVERED),
  ),
  /** The first request of the device that waits for its handler, the caller. */
  waitingRequest: read('take the first page request', ['device'], (world, device) =>
    firstObject(
      world,
      'faultGroup',
      (get) =>
        get('device') === device &&
        get('delivered') === DELIVERED &&
        world.field('handler.owner').get(get('queue')) === world.principal(),
    ),
  ),
};
