import type { StepContext } from '../../../src/vocabulary/context.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { read } from '../../../src/vocabulary/make-step.js';
import type { Step, StepSet } from '../../../src/vocabulary/step.js';

const CONTROLS = ['ats', 'pasid', 'pri'] as const;

const pagesOf = (size: number) => 2 ** (9 * size);

/** The first mapping of the space that `chosen` takes, as a handle, or 0. */
function findMapping(
  world: StepContext,
  space: number,
  chosen: (first: number, end: number) => boolean,
): number {
  const mappings = world.objects('mapping');
  const of = world.field('mapping.space');
  const page = world.field('mapping.page');
  const size = world.field('mapping.size');
  for (let handle = mappings.following(0); handle !== 0; handle = mappings.following(handle)) {
    if (handle === 0 || of.get(handle) !== space) continue;
    const first = page.get(handle);
    if (chosen(first, first + pagesOf(size.get(handle)))) return handle;
  }
  return 0;
}

/** The next present device of a group after a device, as its index plus one; 0 when there is none. */
function nextPresent(world: StepContext, group: number, after: number): number {
  const { devices } = world.shape;
  for (let device = after; device < devices.length; device++) {
    if (devices[device].group === group && world.hardware.isPresent(device)) return device + 1;
  }
  return 0;
}

/** The space behind a number of the caller's, or 0: descriptors are a process's own, and a closed one names nothing. */
function descriptors(world: StepContext): (space: number, principal: number) => number {
  const spaces = world.objects('space');
  const owner = world.field('space.owner');
  const closing = world.field('space.closing');
  return (space, principal) => {
    const handle = world.callers.spaceHandle(space);
    if (!spaces.isLive(handle) || closing.get(handle) !== 0) return 0;
    return owner.get(handle) === principal ? handle : 0;
  };
}

/**
 * Wait until no call uses the space, and let none begin; 0 when there is no such space. Where attachments count as uses
 * (`counts`), a space that has some is refused: one look, as when a reference count is compared with one and exchanged.
 */
export function closeSpace(inUse: (world: StepContext) => (space: number, counts: number) => boolean): Step {
  return {
    kind: 'wait',
    inputs: ['space', 'principal', 'counts'],
    errors: ['EBUSY'],
    skipped: 0,
    says: 'close the space',
    bind: (world) => {
      const descriptor = descriptors(world);
      const closing = world.field('space.closing');
      const isUsed = inUse(world);
      return (space, principal, counts) => {
        const handle = descriptor(space, principal);
        if (handle === 0) return 0;
        if (isUsed(handle, counts)) return -ERRNO.EBUSY;
        closing.set(handle, 1);
        return handle;
      };
    },
    ready: (world) => {
      const descriptor = descriptors(world);
      const users = world.field('space.users');
      return (space, principal) => {
        const handle = descriptor(space, principal);
        return handle === 0 || users.get(handle) === 0;
      };
    },
  };
}

/** Bits of `counts`: which attachments keep a space from being closed. */
export const COUNTS_GROUPS = 1;

/** Whether a group is attached to the space. */
export function groupsOn(world: StepContext): (space: number, counts: number) => boolean {
  const groups = world.objects('group');
  const domain = world.field('group.domain');
  return (space, counts) => {
    if ((counts & COUNTS_GROUPS) === 0) return false;
    for (let place = 1; place <= groups.capacity; place++)
      if (domain.get(groups.at(place)) === space) return true;
    return false;
  };
}

export const steps: StepSet = {
  /** Look the space up and keep it from being freed under the call, as fdget() does; 0 when there is none. */
  holdSpace: {
    kind: 'reference',
    inputs: ['space', 'principal'],
    skipped: 0,
    says: 'get the space',
    bind: (world) => {
      const descriptor = descriptors(world);
      const users = world.field('space.users');
      return (space, principal) => {
        const handle = descriptor(space, principal);
        if (handle !== 0) users.set(handle, users.get(handle) + 1);
        return handle;
      };
    },
  },

  closeSpace: closeSpace(groupsOn),

  /** Whether a range meets a mapping (vfio_find_dma). */
  overlapping: read(
    'look for a mapping in the range',
    ['space', 'page', 'size'],
    (world, space, page, size) =>
      findMapping(world, space, (first, end) => first < page + pagesOf(size) && page < end),
  ),
  /** The next mapping in a range; a mapping that the range would cut is refused. */
  mappingIn: {
    kind: 'read',
    inputs: ['space', 'page', 'size'],
    errors: ['EINVAL'],
    skipped: 0,
    says: 'find a mapping in the range',
    bind: (world) => (space, page, size) => {
      const end = page + pagesOf(size);
      const meets = (first: number, last: number) => first < end && page < last;
      if (findMapping(world, space, (first, last) => meets(first, last) && (first < page || last > end)))
        return -ERRNO.EINVAL;
      return findMapping(world, space, meets);
    },
  },
  isAligned: {
    kind: 'other',
    inputs: ['page', 'size'],
    skipped: 1,
    instant: true,
    bind: () => (page, size) => (page % pagesOf(size) === 0 ? 1 : 0),
  },

  nextPresent: read('next device of the group', ['group', 'after'], nextPresent),
  /** Whether some member of the group is attached. */
  anyAttached: read('is a device of the group attached', ['group'], (world, group) => {
    const attached = world.field('member.attached');
    return world.shape.devices.some(
      (shape, device) => shape.group === group && attached.get(device + 1) !== 0,
    )
      ? 1
      : 0;
  }),

  /**
   * pci_try_reset_function(): the device's registers are saved before the reset and restored after it, so ATS and PASID come
   * back as they were.
   */
  resetFunction: {
    kind: 'other',
    inputs: ['device'],
    sight: 'hardware',
    skipped: 0,
    says: 'reset the device',
    bind: (world) => (device) => {
      const { hardware } = world;
      const on = CONTROLS.filter((control) => hardware.deviceControl(device, control));
      hardware.resetDevice(device);
      for (const control of on) hardware.setDeviceControl(device, control, true);
      return 0;
    },
  },
};
