import type { StepContext } from '../../../src/vocabulary/context.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { type Act, fact, fillObject, firstObject, read, step } from '../../../src/vocabulary/make-step.js';
import type { Step, StepSet } from '../../../src/vocabulary/step.js';
import { LATE, READ, WAITING } from './objects.js';

const PASID_KEYS = 64;
const MOST_SLOTS = 8;

function isWaiting(delivered: number): boolean {
  return delivered === WAITING || delivered === LATE;
}

/** What identifies a route's attachment: the group for RIDs, the device and the PASID for others. */
function keyOf(world: StepContext, device: number, slot: number): number {
  return slot === 0 ? world.shape.devices[device].group + 1 : PASID_KEYS + device * MOST_SLOTS + slot;
}

/** The hwpt of the caller behind a space number, if it can still be found. */
function lookUp(world: StepContext, space: number): number {
  const hwpt = world.callers.spaceHandle(space);
  if (hwpt === 0 || !world.objects('hwpt').isLive(hwpt)) return 0;
  const isHis = world.field('hwpt.owner').get(hwpt) === world.principal();
  return isHis && world.field('hwpt.users').get(hwpt) > 0 ? hwpt : 0;
}

function use(world: StepContext, hwpt: number): number {
  const users = world.field('hwpt.users');
  if (hwpt !== 0) users.set(hwpt, users.get(hwpt) + 1);
  return hwpt;
}

/** A step that takes a table out of sight, if nobody uses it. */
function retire(inputs: readonly string[], find: Act): Step {
  return {
    ...step('clear', 'take the table out of sight', inputs, (world, a, b, c, d, e) => {
      const hwpt = find(world, a, b, c, d, e);
      if (hwpt === 0) return 0;
      const users = world.field('hwpt.users');
      if (users.get(hwpt) !== 1) return -ERRNO.EBUSY;
      users.set(hwpt, 0);
      return hwpt;
    }),
    errors: ['EBUSY'],
  };
}

function pagesOf(size: number): number {
  return 2 ** (9 * size);
}

/** First area of the ioas, live or not, that has a page in the range. */
function areaIn(world: StepContext, ioas: number, page: number, size: number): number {
  return firstObject(world, 'area', (get) => {
    const start = get('page');
    return get('ioas') === ioas && start < page + pagesOf(size) && page < start + pagesOf(get('size'));
  });
}

export const steps: StepSet = {
  /** First-stage page number behind an index of the alphabet: a guest's table is one page. */
  guestPage: fact(['page'], (_world, page) => page),
  groupHandle: fact(['device'], (world, device) => world.shape.devices[device].group + 1),
  hasSlot: fact(['device', 'slot'], (world, device, slot) =>
    slot <= world.shape.devices[device].slots ? 1 : 0,
  ),
  routeKey: fact(['device', 'slot'], keyOf),

  /** iommufd_get_object: look an object of the caller's up and take a reference, in one go under the lock of the table. */
  getHwpt: step('reference', 'look the space up and take a reference', ['space'], (world, space) =>
    use(world, lookUp(world, space)),
  ),
  /**
   * The same for the table that a device attaches to: what its group is already on, if that belongs to the space; the one with
   * the fault queue made for the device; else the space's own.
   */
  getHwptFor: step(
    'reference',
    'look the table of the space up and take a reference',
    ['space', 'device', 'slot'],
    (world, space, device, slot) => {
      const base = lookUp(world, space);
      if (base === 0) return 0;
      const key = keyOf(world, device, slot);
      const attachment = firstObject(world, 'attachment', (get) => get('key') === key);
      const current = attachment === 0 ? 0 : world.field('attachment.hwpt').get(attachment);
      if (current !== 0 && world.field('hwpt.base').get(current) === base) return use(world, current);
      const own = firstObject(
        world,
        'hwpt',
        (get) =>
          get('base') === base &&
          get('device') === device + 1 &&
          get('users') > 0 &&
          isOpen(world, get('fault')),
      );
      return use(world, current === base || own === 0 ? base : own);
    },
  ),
  /** The next table with a fault queue that stands beside a space's own, looked up and held in the same way; 0 at the end. */
  useBeside: step(
    'reference',
    'look the next table beside it up and take a reference',
    ['base', 'after'],
    (world, base, after) => {
      const objects = world.objects('hwpt');
      const hasBase = (hwpt: number) => world.field('hwpt.base').get(hwpt) === base;
      const isFound = (hwpt: number) => hasBase(hwpt) && world.field('hwpt.users').get(hwpt) > 0;
      let hwpt = objects.following(after);
      while (hwpt !== 0 && !isFound(hwpt)) hwpt = objects.following(hwpt);
      return use(world, hwpt);
    },
  ),
  /**
   * Give a table's reference back. One whose fault queue was closed and that nobody uses any more is taken out of sight in the same
   * step, and is the outcome: later it might be another's.
   */
  putTable: step('put', 'give the table back', ['hwpt'], (world, hwpt) => {
    const users = world.field('hwpt.users');
    const left = users.get(hwpt) - 1;
    const fault = world.field('hwpt.fault').get(hwpt);
    const goes = left === 1 && fault !== 0 && world.field('fault.closed').get(fault) !== 0;
    users.set(hwpt, goes ? 0 : left);
    return goes ? hwpt : 0;
  }),
  /**
   * IOMMU_DESTROY's refcount_dec_if_one under the lock of the table: nobody can find the object any more. Fails while it is
   * used; 0 when there is none.
   */
  retireSpace: retire(['space'], lookUp),
  /** The same of a table with a fault queue that stands beside a space's own. */
  retireFaultTable: retire(['base'], (world, base) =>
    firstObject(world, 'hwpt', (get) => get('base') === base),
  ),
  /** The same of the table that a fault queue is for. */
  retireTableOf: retire(['fault'], (world, fault) =>
    firstObject(world, 'hwpt', (get) => get('fault') === fault),
  ),
  fillHwpt: step(
    'store',
    'fill the table object',
    ['of', 'ioas', 'domain', 'parent', 'nestParent'],
    (world, of, ioas, domain, parent, nestParent) =>
      fillObject(world, 'hwpt', of, { ioas, domain, parent, nestParent, owner: world.principal(), users: 1 }),
  ),
  nextHwptOf: read('next table of the address space', ['ioas', 'after'], (world, ioas, after) => {
    const objects = world.objects('hwpt');
    for (let hwpt = objects.following(after); hwpt !== 0; hwpt = objects.following(hwpt)) {
      if (hwpt !== 0 && world.field('hwpt.listed').get(hwpt) === ioas) return hwpt;
    }
    return 0;
  }),

  /** Of the tables in the order of {@link steps.nextHwptOf}: the next one before `before`. */
  nextMappedBefore: read(
    'next table that was mapped',
    ['ioas', 'after', 'before'],
    (world, ioas, after, before) => {
      const objects = world.objects('hwpt');
      for (
        let hwpt = objects.following(after);
        hwpt !== 0 && hwpt !== before;
        hwpt = objects.following(hwpt)
      ) {
        if (hwpt !== 0 && world.field('hwpt.listed').get(hwpt) === ioas) return hwpt;
      }
      return 0;
    },
  ),

  areaIn: read('look for a mapping in the range', ['ioas', 'page', 'size'], areaIn),
  fillArea: step(
    'store',
    'insert the mapping',
    ['of', 'ioas', 'page', 'size', 'frame'],
    (world, of, ioas, page, size, frame) => fillObject(world, 'area', of, { ioas, page, size, frame }),
  ),
  isInside: fact(['area', 'page', 'size'], (world, area, page, size) => {
    const start = world.field('area.page').get(area);
    const end = start + pagesOf(world.field('area.size').get(area));
    return start >= page && end <= page + pagesOf(size) ? 1 : 0;
  }),
  nextArea: read('next mapping of the address space', ['ioas', 'after'], (world, ioas, after) => {
    const objects = world.objects('area');
    for (let area = objects.following(after); area !== 0; area = objects.following(area)) {
      if (
        area !== 0 &&
        world.field('area.ioas').get(area) === ioas &&
        world.field('area.live').get(area) === 1
      )
        return area;
    }
    return 0;
  }),

  /** Next device on the list of the group, plus one, after `after`; 0 at the end. */
  nextMember: read('next device of the group', ['group', 'after'], (world, group, after) => {
    const { devices } = world.shape;
    for (let device = after; device < devices.length; device++) {
      if (devices[device].group + 1 === group && world.field('member.gone').get(device + 1) === 0)
        return device + 1;
    }
    return 0;
  }),
  findAttachment: read('look the attachment up', ['key'], (world, key) =>
    firstObject(world, 'attachment', (get) => get('key') === key),
  ),
  /** Any attachment of the group: of its RIDs or of a PASID of one of its devices. */
  anyAttachment: read('is anything of the group attached', ['group'], (world, group) => {
    const { devices } = world.shape;
    const isOf = (key: number) =>
      key < PASID_KEYS ? key === group : devices[((key - PASID_KEYS) / MOST_SLOTS) | 0].group + 1 === group;
    return firstObject(world, 'attachment', (get) => isOf(get('key')));
  }),
  findAttached: read(
    'look for the device in the attachment',
    ['attachment', 'device'],
    (world, attachment, device) =>
      firstObject(
        world,
        'attached',
        (get) => get('attachment') === attachment && get('device') === device + 1,
      ),
  ),
  anyAttached: read('is any device left in the attachment', ['attachment'], (world, attachment) =>
    firstObject(world, 'attached', (get) => get('attachment') === attachment),
  ),
  fillAttached: step(
    'store',
    'put the device into the attachment',
    ['of', 'attachment', 'device'],
    (world, of, attachment, device) => fillObject(world, 'attached', of, { attachment, device: device + 1 }),
  ),
  fillHandle: step('store', 'fill the attach handle', ['of', 'hwpt', 'device'], (world, of, hwpt, device) =>
    fillObject(world, 'attachHandle', of, { hwpt, device: device + 1 }),
  ),
  fillAttachment: step('store', 'store the attachment', ['of', 'hwpt', 'handle'], (world, of, hwpt, handle) =>
    fillObject(world, 'attachment', of, { hwpt, handle }),
  ),
  findEntry: read('look the route up', ['key'], (world, key) =>
    firstObject(world, 'arrayEntry', (get) => get('key') === key),
  ),
  /** xa_load: the handle of the route, if it has one. */
  findHandle: read('look the attachment of the route up', ['key'], (world, key) => {
    const entry = firstObject(world, 'arrayEntry', (get) => get('key') === key);
    return entry === 0 ? 0 : world.field('arrayEntry.handle').get(entry);
  }),
  reserveEntry: step('store', 'reserve the route', ['of', 'device', 'slot'], (world, of, device, slot) =>
    fillObject(world, 'arrayEntry', of, {
      key: keyOf(world, device, slot),
      device: device + 1,
      pasid: slot,
      handle: 0,
    }),
  ),
  /** Next PASID of the device that has an attachment, after the entry `after`. */
  nextPasidEntry: read('next PASID of the device', ['device', 'after'], (world, device, after) => {
    const objects = world.objects('arrayEntry');
    for (let entry = objects.following(after); entry !== 0; entry = objects.following(entry)) {
      if (entry === 0 || world.field('arrayEntry.device').get(entry) !== device + 1) continue;
      if (world.field('arrayEntry.pasid').get(entry) > 0 && world.field('arrayEntry.handle').get(entry) !== 0)
        return entry;
    }
    return 0;
  }),

  /** The last reference of the file: nobody reads or writes the queue any more. The queue, or 0 when there is none. */
  closeFault: step('clear', 'close the fault queue of the device', ['device'], (world, device) => {
    const fault = firstObject(world, 'fault', (get) => get('device') === device + 1 && get('closed') === 0);
    if (fault !== 0) world.field('fault.closed').set(fault, 1);
    return fault;
  }),
  /** A device has one queue at a time: it is refused where there is one. */
  openFault: {
    ...step('store', 'open the fault queue', ['of', 'device'], (world, of, device) => {
      const isTaken =
        firstObject(world, 'fault', (get) => get('device') === device + 1 && get('closed') === 0) !== 0;
      if (isTaken) return -ERRNO.EBUSY;
      return fillObject(world, 'fault', of, { owner: world.principal(), device: device + 1 });
    }),
    errors: ['EBUSY'],
  },
  /** A queue that is closed and has no table any more is destroyed once. */
  retireFault: step('clear', 'take the fault queue out of sight', ['fault'], (world, fault) => {
    if (!world.objects('fault').isLive(fault) || world.field('fault.closed').get(fault) !== 1) return 0;
    if (firstObject(world, 'hwpt', (get) => get('fault') === fault) !== 0) return 0;
    world.field('fault.closed').set(fault, 2);
    return 1;
  }),
  fillGroup: step(
    'store',
    'fill the page request group',
    ['of', 'request', 'handle', 'queue'],
    (world, of, request, handle, queue) => {
      const device = world.hardware.pageRequests.device(request);
      return fillObject(world, 'faultGroup', of, { device, request, handle, queue });
    },
  ),
  /** Ours, so that what comes to the queue later is told from what was not looked for there: the code notes nothing. */
  noteSearched: {
    ...step('other', 'note that the queue has been searched', ['handle', 'queue'], (world, handle, queue) => {
      world.field('attachHandle.searched').set(handle, queue);
      return 0;
    }),
    instant: true,
  },
  /**
   * iommufd_fault_iopf_handler: by the handle it finds the queue, and lists the group there. Both are one step here: a handle that is freed
   * in between would be used by whoever reads the queue, which is the thread's fault and nobody else's.
   */
  deliverGroup: step('store', 'deliver the page request group', ['of'], (world, of) => {
    const handle = world.field('faultGroup.handle').get(of);
    const isLate =
      world.field('attachHandle.searched').get(handle) === world.field('faultGroup.queue').get(of);
    world.field('faultGroup.delivered').set(of, isLate ? LATE : WAITING);
    return 0;
  }),
  /** 1 when the group came after its queue had been searched for what its attachment leaves behind. */
  takeGroup: step('store', 'take the page request group', ['of'], (world, of) => {
    const delivered = world.field('faultGroup.delivered');
    const isLate = delivered.get(of) === LATE;
    delivered.set(of, READ);
    return isLate ? 1 : 0;
  }),
  /** Users know their queues by file descriptor: no lock is needed to find the one that has something to read. */
  waitingQueue: read('the queue that can be read', ['device'], (world, device) => {
    const group = firstObject(
      world,
      'faultGroup',
      (get) =>
        get('device') === device &&
        isWaiting(get('delivered')) &&
        isOpen(world, get('queue')) &&
        world.field('fault.owner').get(get('queue')) === world.principal(),
    );
    return group === 0 ? 0 : world.field('faultGroup.queue').get(group);
  }),
  waitingGroup: read(
    'take the first page request of the queue',
    ['queue', 'device'],
    (world, queue, device) =>
      isOpen(world, queue)
        ? firstObject(
            world,
            'faultGroup',
            (get) => get('queue') === queue && get('device') === device && isWaiting(get('delivered')),
          )
        : 0,
  ),
  groupOfHandle: read('next page request of the attachment', ['queue', 'handle'], (world, queue, handle) =>
    firstObject(
      world,
      'faultGroup',
      (get) => get('queue') === queue && get('handle') === handle && get('delivered') > 0,
    ),
  ),
  groupOfQueue: read('next page request of the queue', ['queue'], (world, queue) =>
    firstObject(world, 'faultGroup', (get) => get('queue') === queue && get('delivered') > 0),
  ),
};

/** Whether there is a queue and its file is open. */
function isOpen(world: StepContext, fault: number): boolean {
  return fault !== 0 && world.objects('fault').isLive(fault) && world.field('fault.closed').get(fault) === 0;
}
