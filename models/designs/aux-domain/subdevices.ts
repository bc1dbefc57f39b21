import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  keep,
  result,
  run,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

const BY_SLOT = {
  kind: 'subdevice',
  firstField: 'subdevice.parent',
  secondField: 'subdevice.slot',
  first: reg('parent'),
  second: reg('slot'),
} as const;

/** mdev_device_create(), under the lock of the parent. */
export const createSubdevice = procedure.createMachine({
  id: 'createSubdevice',
  context: registers({ device: 'int', slot: 'int', parent: 'int', subdevice: 'ref', errno: 'int' }),
  initial: 'handle',
  states: {
    handle: choose(to('lockParent', copy('device', 'parent'), add('parent', 1))),
    lockParent: run('lock', { family: 'parent', id: reg('parent') }, 'isPresent'),
    isPresent: run('isPresent', { device: reg('device') }, [
      when(result(0), 'unlockFailed', set('errno', ERRNO.ENODEV)),
      to('hasSlot'),
    ]),
    hasSlot: run('hasSlot', { device: reg('device'), slot: reg('slot') }, [
      when(result(0), 'unlockFailed', set('errno', ERRNO.EINVAL)),
      to('find'),
    ]),
    find: run('find', BY_SLOT, [when(result(0), 'create'), to('unlockFailed', set('errno', ERRNO.EEXIST))]),
    create: run(
      'create',
      { kind: 'subdevice' },
      to('storeSlot', keep('subdevice')),
      to('unlockFailed', set('errno', ERRNO.ENOMEM)),
    ),
    storeSlot: run('set', { field: 'subdevice.slot', of: reg('subdevice'), value: reg('slot') }, 'link'),
    link: run('set', { field: 'subdevice.parent', of: reg('subdevice'), value: reg('parent') }, 'tell'),
    tell: run('event', { machine: 'subdevice', event: 'CREATE', id: reg('subdevice') }, 'unlockParent'),
    unlockParent: run('unlock', { family: 'parent', id: reg('parent') }, 'created'),
    created: done,
    unlockFailed: run('unlock', { family: 'parent', id: reg('parent') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** mdev_device_remove(): a mediated device in use is busy. */
export const removeSubdevice = procedure.createMachine({
  id: 'removeSubdevice',
  context: registers({ device: 'int', slot: 'int', parent: 'int', number: 'int', subdevice: 'ref' }),
  initial: 'findNumber',
  states: {
    findNumber: run(
      'slotNumber',
      { device: reg('device'), slot: reg('slot') },
      to('lockParent', keep('number'), copy('device', 'parent'), add('parent', 1)),
    ),
    lockParent: run('lock', { family: 'parent', id: reg('parent') }, 'lockSlot'),
    lockSlot: run('lock', { family: 'subdevice', id: reg('number') }, 'find'),
    find: run('find', BY_SLOT, [when(result(0), 'unlockSlot'), to('isAttached', keep('subdevice'))]),
    isAttached: run('get', { field: 'subdevice.space', of: reg('subdevice') }, [
      when(result(0), 'tell'),
      to('unlockSlotBusy'),
    ]),
    tell: run('event', { machine: 'subdevice', event: 'REMOVE', id: reg('subdevice') }, 'destroy'),
    destroy: run('destroy', { kind: 'subdevice', of: reg('subdevice') }, 'unlockSlot'),
    unlockSlot: run('unlock', { family: 'subdevice', id: reg('number') }, 'unlockParent'),
    unlockParent: run('unlock', { family: 'parent', id: reg('parent') }, 'removed'),
    removed: done,
    unlockSlotBusy: run('unlock', { family: 'subdevice', id: reg('number') }, 'unlockParentBusy'),
    unlockParentBusy: run('unlock', { family: 'parent', id: reg('parent') }, 'busy'),
    busy: fails(ERRNO.EBUSY),
  },
});

/** A parent's driver is bound once the device is probed: until then nobody has calls for its features and subdevices. */
export const probeParent = procedure.createMachine({
  id: 'probeParent',
  context: registers({ device: 'int', parent: 'int', errno: 'int' }),
  initial: 'handle',
  states: {
    handle: choose(to('lockParent', copy('device', 'parent'), add('parent', 1))),
    lockParent: run('lock', { family: 'parent', id: reg('parent') }, 'probe'),
    probe: run('probe', { device: reg('device') }, 'unlockParent', to('unlockFailed', keep('errno'))),
    unlockParent: run('unlock', { family: 'parent', id: reg('parent') }, 'probed'),
    probed: done,
    unlockFailed: run('unlock', { family: 'parent', id: reg('parent') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/**
 * A parent is pulled out: its driver removes the mediated devices first (mdev_unregister_device), then iommu_release_device()
 * follows. The group's mutex is held from the first, so that to whole attaches the device is there with all of them or gone.
 */
export const releaseParent = procedure.createMachine({
  id: 'releaseParent',
  context: registers({
    device: 'int',
    parent: 'int',
    index: 'int',
    group: 'int',
    slot: 'int',
    number: 'int',
    subdevice: 'ref',
  }),
  initial: 'findGroup',
  states: {
    findGroup: run('deviceFact', { what: 'group', device: reg('device') }, to('handles', keep('index'))),
    handles: choose(
      to('lockParent', copy('index', 'group'), add('group', 1), copy('device', 'parent'), add('parent', 1)),
    ),
    lockParent: run('lock', { family: 'parent', id: reg('parent') }, 'lockGroup'),
    lockGroup: run('lock', { family: 'group', id: reg('group') }, 'isPresent'),
    isPresent: run('isPresent', { device: reg('device') }, [when(result(0), 'unlockGroup'), to('unplug')]),
    unplug: run('plugDevice', { device: reg('device'), present: 0 }, 'nextSubdevice'),
    nextSubdevice: run(
      'next',
      { kind: 'subdevice', field: 'subdevice.parent', after: 0, value: reg('parent') },
      [when(result(0), 'remove'), to('readSlot', keep('subdevice'))],
    ),
    readSlot: run('get', { field: 'subdevice.slot', of: reg('subdevice') }, to('findNumber', keep('slot'))),
    findNumber: run(
      'slotNumber',
      { device: reg('device'), slot: reg('slot') },
      to('lockSlot', keep('number')),
    ),
    lockSlot: run('lock', { family: 'subdevice', id: reg('number') }, 'detach'),
    detach: run('detachSubdevice', { device: reg('device'), subdevice: reg('subdevice') }, 'tell'),
    tell: run('event', { machine: 'subdevice', event: 'REMOVE', id: reg('subdevice') }, 'destroy'),
    destroy: run(
      'destroy',
      { kind: 'subdevice', of: reg('subdevice') },
      to('unlockSlot', set('subdevice', 0)),
    ),
    unlockSlot: run('unlock', { family: 'subdevice', id: reg('number') }, 'nextSubdevice'),
    remove: run(
      'removeMember',
      { device: reg('device'), group: reg('group'), index: reg('index') },
      'forgetAux',
    ),
    forgetAux: run('clear', { field: 'parent.aux', of: reg('parent') }, 'unlockGroup'),
    unlockGroup: run('unlock', { family: 'group', id: reg('group') }, 'unlockParent'),
    unlockParent: run('unlock', { family: 'parent', id: reg('parent') }, 'released'),
    released: done,
  },
});

/** A parent whose subdevices are in use is bound to its own driver, so its group is not viable. */
export const isLent = procedure.createMachine({
  id: 'isLent',
  context: registers({ index: 'int', lent: 'int' }),
  output: output('lent'),
  initial: 'look',
  states: {
    look: run('anySubdeviceAttached', { group: reg('index') }, to('answered', keep('lent'))),
    answered: done,
  },
});
