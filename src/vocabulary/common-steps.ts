import { ERRNO } from './errno.js';
import type { Step, StepKind, StepSet } from './step.js';

/** A step on one field of an object: `field` is static (`domain.users`), `of` the object's handle. */
function onField(
  kind: StepKind,
  skipped: number,
  says: string,
  change: (old: number, value: number) => number,
  outcome: (old: number, fresh: number) => number,
): Step {
  return {
    kind,
    inputs: says.includes('{value}') ? ['of', 'value'] : ['of'],
    statics: ['field'],
    skipped,
    says,
    bind: (world, { field: path }) => {
      const field = world.field(path);
      return (of, value) => {
        const old = field.get(of);
        const fresh = change(old, value);
        if (fresh !== old) field.set(of, fresh);
        return outcome(old, fresh);
      };
    },
  };
}

function lock(mode: 0 | 1): Step {
  return {
    kind: 'lock',
    inputs: ['id'],
    statics: ['family'],
    skipped: 0,
    says: mode === 0 ? 'lock {family}' : 'lock {family} shared',
    bind: (world, { family }) => {
      const locks = world.lock(family);
      return (id) => {
        locks.acquire(id, mode);
        return 0;
      };
    },
    ready: (world, { family }) => {
      const locks = world.lock(family);
      return (id) => locks.isFree(id, mode);
    },
  };
}

function unlock(mode: 0 | 1): Step {
  return {
    kind: 'unlock',
    inputs: ['id'],
    statics: ['family'],
    skipped: 0,
    says: 'unlock {family}',
    bind: (world, { family }) => {
      const locks = world.lock(family);
      return (id) => {
        locks.release(id, mode);
        return 0;
      };
    },
  };
}

/**
 * Steps every design and driver needs: locks, objects, fields, lists, identifiers, table memory, pins. A list is a field: an
 * object is on the list of `x` when its field names `x`.
 */
export const commonSteps: StepSet = {
  lock: lock(0),
  unlock: unlock(0),
  lockShared: lock(1),
  unlockShared: unlock(1),

  get: onField(
    'read',
    0,
    'read {field}',
    (old) => old,
    (old) => old,
  ),
  set: onField(
    'store',
    0,
    'set {field} to {value}',
    (_, value) => value,
    () => 0,
  ),
  clear: onField(
    'clear',
    0,
    'clear {field}',
    () => 0,
    () => 0,
  ),
  /** Raise a count; the outcome is the new value. Taken out, it says "not the first". */
  increment: onField(
    'reference',
    2,
    'raise {field}',
    (old) => old + 1,
    (_, fresh) => fresh,
  ),
  /** Lower a count; the outcome is what remains. Taken out, it says "not the last". */
  decrement: onField(
    'put',
    1,
    'lower {field}',
    (old) => old - 1,
    (_, fresh) => fresh,
  ),
  /** Wait until a count is zero. */
  waitZero: {
    kind: 'wait',
    inputs: ['of'],
    statics: ['field'],
    skipped: 0,
    says: 'wait until {field} is zero',
    bind: () => () => 0,
    ready: (world, { field: path }) => {
      const field = world.field(path);
      return (of) => field.get(of) === 0;
    },
  },

  /** A zeroed object. */
  create: {
    kind: 'allocate',
    inputs: [],
    statics: ['kind'],
    errors: ['ENOMEM'],
    alternatives: 2,
    skipped: 0,
    says: 'allocate {kind}',
    bind: (world, { kind }) => {
      const objects = world.objects(kind);
      return (_a, _b, _c, _d, _e, alternative) => (alternative === 0 && objects.create()) || -ERRNO.ENOMEM;
    },
  },
  destroy: {
    kind: 'release',
    inputs: ['of'],
    statics: ['kind'],
    skipped: 0,
    says: 'free {kind}',
    bind: (world, { kind }) => {
      const objects = world.objects(kind);
      return (of) => {
        objects.destroy(of);
        return 0;
      };
    },
  },
  isLive: {
    kind: 'read',
    inputs: ['of'],
    statics: ['kind'],
    skipped: 0,
    says: 'look up {kind}',
    bind: (world, { kind }) => {
      const objects = world.objects(kind);
      return (of) => (objects.isLive(of) ? 1 : 0);
    },
  },
  /** First object of the kind whose field has the value, after the object `after` (0: from the start); 0 when none. */
  next: {
    kind: 'read',
    inputs: ['after', 'value'],
    statics: ['kind', 'field'],
    skipped: 0,
    says: 'next {kind} with {field}',
    bind: (world, { kind, field: path }) => {
      const objects = world.objects(kind);
      const field = world.field(path);
      return (after, value) => {
        for (let handle = objects.following(after); handle !== 0; handle = objects.following(handle)) {
          if (field.get(handle) === value) return handle;
        }
        return 0;
      };
    },
  },
  /** The object of the kind whose two fields have the values; 0 when none. */
  find: {
    kind: 'read',
    inputs: ['first', 'second'],
    statics: ['kind', 'firstField', 'secondField'],
    skipped: 0,
    says: 'find {kind} by {firstField} and {secondField}',
    bind: (world, { kind, firstField, secondField }) => {
      const objects = world.objects(kind);
      const one = world.field(firstField);
      const two = world.field(secondField);
      return (first, second) => {
        for (let handle = objects.following(0); handle !== 0; handle = objects.following(handle)) {
          if (one.get(handle) === first && two.get(handle) === second) return handle;
        }
        return 0;
      };
    },
  },

  /** The lowest free identifier of a pool in [low, high], for the object `owner`. */
  allocateId: {
    kind: 'allocate',
    inputs: ['low', 'high', 'owner'],
    statics: ['pool'],
    errors: ['ENOSPC'],
    skipped: 1,
    says: 'take an id of {pool}',
    bind: (world, { pool }) => {
      const ids = world.ids(pool);
      return (low, high, owner) => ids.allocate(low, high, owner) || -ERRNO.ENOSPC;
    },
  },
  /** A chosen identifier of a pool. */
  reserveId: {
    kind: 'allocate',
    inputs: ['id', 'owner'],
    statics: ['pool'],
    errors: ['EBUSY'],
    skipped: 0,
    says: 'reserve an id of {pool}',
    bind: (world, { pool }) => {
      const ids = world.ids(pool);
      return (id, owner) => (ids.reserve(id, owner) ? 0 : -ERRNO.EBUSY);
    },
  },
  releaseId: {
    kind: 'release',
    inputs: ['id'],
    statics: ['pool'],
    skipped: 0,
    says: 'put the id of {pool}',
    bind: (world, { pool }) => {
      const ids = world.ids(pool);
      return (id) => {
        ids.release(id);
        return 0;
      };
    },
  },
  /** Word to the monitors: the object uses the identifier now. */
  useId: {
    kind: 'other',
    inputs: ['id', 'owner'],
    statics: ['pool'],
    skipped: 0,
    instant: true,
    says: 'use the id of {pool}',
    bind: (world, { pool }) => {
      const ids = world.ids(pool);
      return (id, owner) => {
        ids.use(id, owner);
        return 0;
      };
    },
  },

  /** A zeroed frame for a table. */
  allocateTable: {
    kind: 'allocate',
    inputs: [],
    errors: ['ENOMEM'],
    alternatives: 2,
    skipped: 0,
    says: 'allocate a table page',
    bind: (world) => (_a, _b, _c, _d, _e, alternative) =>
      (alternative === 0 && world.memory.allocateTable()) || -ERRNO.ENOMEM,
  },
  freeTable: {
    kind: 'release',
    inputs: ['frame'],
    skipped: 0,
    sight: 'hardware',
    says: 'free a table page',
    bind: (world) => (frame) => {
      world.memory.freeTable(frame);
      return 0;
    },
  },

  /** Pin the caller's frame for mapping, as pin_user_pages does: the frame must be the principal's. */
  pin: {
    kind: 'reference',
    inputs: ['frame'],
    errors: ['EFAULT'],
    skipped: 0,
    says: "pin the caller's page",
    bind: (world) => (frame) => {
      if (!world.callers.ownsFrame(world.principal(), frame)) return -ERRNO.EFAULT;
      world.callers.pin(frame);
      return 0;
    },
  },
  unpin: {
    kind: 'put',
    inputs: ['frame'],
    skipped: 0,
    says: 'unpin the page',
    bind: (world) => (frame) => {
      world.callers.unpin(frame);
      return 0;
    },
  },
  /** What the caller's handle (file descriptor, pointer, object id) of a space number stands for; 0 for nothing. */
  lookUpSpace: {
    kind: 'read',
    inputs: ['space'],
    skipped: 0,
    says: 'look the space up',
    bind: (world) => (space) => world.callers.spaceHandle(space),
  },
  slotExists: {
    kind: 'read',
    inputs: ['device', 'slot'],
    skipped: 0,
    says: 'look the subdevice up',
    bind: (world) => (device, slot) => (world.callers.slotExists(device, slot) ? 1 : 0),
  },
  principal: {
    kind: 'other',
    inputs: [],
    skipped: 0,
    instant: true,
    bind: (world) => () => world.principal(),
  },
  /** Physical page number of a data frame for a page size, and IOVA page number of an index: arithmetic. */
  framePage: {
    kind: 'other',
    inputs: ['frame', 'size'],
    skipped: 0,
    instant: true,
    bind: (world) => (frame, size) => world.callers.framePage(frame, size),
  },
  pageNumber: {
    kind: 'other',
    inputs: ['page'],
    skipped: 0,
    instant: true,
    bind: (world) => (page) => world.callers.pageNumber(page),
  },
  /** What the world's shape says of a device: `what` is group, iommu, ats, pri, slots or pasidBits. */
  deviceFact: {
    kind: 'other',
    inputs: ['device'],
    statics: ['what'],
    skipped: 0,
    instant: true,
    bind:
      (world, { what }) =>
      (device) => {
        const shape = world.shape.devices[device];
        switch (what) {
          case 'group':
            return shape.group;
          case 'iommu':
            return shape.iommu;
          case 'ats':
            return shape.ats ? 1 : 0;
          case 'pri':
            return shape.pri ? 1 : 0;
          case 'slots':
            return shape.slots;
          case 'pasidBits':
            return shape.pasidBits;
          default:
            throw new Error(`no fact '${what}' about a device`);
        }
      },
  },
  /** What the world's shape says of an IOMMU: `what` is cachingMode or firstLevel. */
  iommuFact: {
    kind: 'other',
    inputs: ['iommu'],
    statics: ['what'],
    skipped: 0,
    instant: true,
    bind:
      (world, { what }) =>
      (iommu) => {
        const shape = world.shape.iommus[iommu];
        if (what === 'cachingMode') return shape.cachingMode ? 1 : 0;
        if (what === 'firstLevel') return shape.firstLevel ? 1 : 0;
        throw new Error(`no fact '${what}' about an IOMMU`);
      },
  },
  /** How many `devices` or `iommus` there are. */
  countOf: {
    kind: 'other',
    inputs: [],
    statics: ['what'],
    skipped: 0,
    instant: true,
    bind:
      ({ shape }, { what }) =>
      () =>
        what === 'devices' ? shape.devices.length : shape.iommus.length,
  },
  kernelDefault: {
    kind: 'other',
    inputs: [],
    skipped: 0,
    instant: true,
    bind: (world) => () => (world.shape.kernelDefault === 'identity' ? 1 : 0),
  },

  /** Turn ATS, PASID or PRI of the device on or off. */
  setControl: {
    kind: 'store',
    inputs: ['device', 'on'],
    statics: ['control'],
    sight: 'hardware',
    skipped: 0,
    says: 'set {control} of the device to {on}',
    bind:
      (world, { control }) =>
      (device, on) => {
        world.hardware.setDeviceControl(device, control as 'ats' | 'pasid' | 'pri', on !== 0);
        return 0;
      },
  },
  getControl: {
    kind: 'read',
    inputs: ['device'],
    statics: ['control'],
    skipped: 0,
    says: 'read {control} of the device',
    bind:
      (world, { control }) =>
      (device) =>
        world.hardware.deviceControl(device, control as 'ats' | 'pasid' | 'pri') ? 1 : 0,
  },
  isPresent: {
    kind: 'read',
    inputs: ['device'],
    skipped: 0,
    says: 'is the device plugged in',
    bind: (world) => (device) => (world.hardware.isPresent(device) ? 1 : 0),
  },
  /** Function-level reset: ends the device's DMA, empties its device-TLB, disables ATS, PASID and PRI. */
  resetDevice: {
    kind: 'other',
    inputs: ['device'],
    sight: 'hardware',
    skipped: 0,
    says: 'reset the device',
    bind: (world) => (device) => {
      world.hardware.resetDevice(device);
      return 0;
    },
  },
  plugDevice: {
    kind: 'other',
    inputs: ['device', 'present'],
    sight: 'hardware',
    skipped: 0,
    says: 'plug the device in or out',
    bind: (world) => (device, present) => {
      world.hardware.setPresent(device, present !== 0);
      return 0;
    },
  },

  /** Page requests, as a driver's handler thread sees them. */
  oldestRequest: {
    kind: 'read',
    inputs: ['iommu'],
    skipped: 0,
    says: 'read the page request queue',
    bind: (world) => (iommu) => world.hardware.pageRequests.oldest(iommu),
  },
  waitRequest: {
    kind: 'wait',
    inputs: ['iommu'],
    skipped: 0,
    says: 'wait for a page request',
    bind: (world) => (iommu) => world.hardware.pageRequests.oldest(iommu),
    ready: (world) => (iommu) => world.hardware.pageRequests.oldest(iommu) !== 0,
  },
  takeRequest: {
    kind: 'clear',
    inputs: ['request'],
    sight: 'hardware',
    skipped: 0,
    says: 'take the request out of the queue',
    bind: (world) => (request) => {
      world.hardware.pageRequests.take(request);
      return 0;
    },
  },
  requestDevice: {
    kind: 'other',
    inputs: ['request'],
    skipped: 0,
    instant: true,
    bind: (world) => (request) => world.hardware.pageRequests.device(request),
  },
  requestPasid: {
    kind: 'other',
    inputs: ['request'],
    skipped: 0,
    instant: true,
    bind: (world) => (request) => world.hardware.pageRequests.pasid(request),
  },
  respondRequest: {
    kind: 'other',
    inputs: ['request', 'code'],
    sight: 'hardware',
    skipped: 0,
    says: 'answer the page request',
    bind: (world) => (request, code) => {
      world.hardware.pageRequests.respond(request, code);
      return 0;
    },
  },
  anyRequestQueued: {
    kind: 'read',
    inputs: ['device', 'pasid'],
    skipped: 0,
    says: 'is a request of the device still queued',
    bind: (world) => (device, pasid) => (world.hardware.pageRequests.anyQueued(device, pasid) ? 1 : 0),
  },
  waitRequestsDrained: {
    kind: 'wait',
    inputs: ['device', 'pasid'],
    skipped: 0,
    says: 'wait until the requests of the device are drained',
    bind: () => () => 0,
    ready: (world) => (device, pasid) => !world.hardware.pageRequests.anyQueued(device, pasid),
  },

  /** Word to a lifecycle monitor. */
  event: {
    kind: 'other',
    inputs: ['id'],
    statics: ['machine', 'event'],
    skipped: 0,
    instant: true,
    bind: (world, { machine, event }) => {
      const send = world.lifecycle(machine, event);
      return (id) => {
        send(id);
        return 0;
      };
    },
  },
};
