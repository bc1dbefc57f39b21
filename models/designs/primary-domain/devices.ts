import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  is,
  keep,
  result,
  run,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/** iommu_probe_device() and iommu_group_add_device(): a device joins its group in whatever domain the group is in. */
export const probe = procedure.createMachine({
  id: 'probe',
  context: registers({
    device: 'int',
    index: 'int',
    group: 'int',
    joins: 'int',
    current: 'ref',
    domain: 'ref',
    errno: 'int',
  }),
  initial: 'findGroup',
  states: {
    findGroup: run('deviceFact', { what: 'group', device: reg('device') }, to('handle', keep('index'))),
    handle: choose(to('lockGroup', copy('index', 'group'), add('group', 1))),
    lockGroup: run('lock', { family: 'group', id: reg('group') }, 'isPresent'),
    isPresent: run('isPresent', { device: reg('device') }, [
      when(result(0), 'plugIn'),
      to('unlockFailed', set('errno', ERRNO.EBUSY)),
    ]),
    plugIn: run('plugDevice', { device: reg('device'), present: 1 }, 'readDomain'),
    readDomain: run('get', { field: 'group.domain', of: reg('group') }, [
      when(result(0), 'probeDevice'),
      to('probeDevice', keep('current'), set('joins', 1)),
    ]),
    probeDevice: run(
      'driver/probeDevice',
      { device: reg('device'), blocked: reg('joins') },
      'joins',
      to('unplug', keep('errno')),
    ),
    joins: choose(when(is('joins', 1), 'findDomain'), to('readOwner')),
    findDomain: run('get', { field: 'space.domain', of: reg('current') }, to('attach', keep('domain'))),
    attach: run(
      'attachDevice',
      { device: reg('device'), domain: reg('domain') },
      'readOwner',
      to('release', keep('errno')),
    ),
    readOwner: run('get', { field: 'group.owner', of: reg('group') }, [
      when(result(0), 'unlockGroup'),
      to('tellOwned'),
    ]),
    tellOwned: run('event', { machine: 'device', event: 'OWN', id: reg('device') }, 'unlockGroup'),
    unlockGroup: run('unlock', { family: 'group', id: reg('group') }, 'probed'),
    probed: done,

    release: run('driver/releaseDevice', { device: reg('device') }, 'unplug'),
    unplug: run('plugDevice', { device: reg('device'), present: 0 }, 'unlockFailed'),
    unlockFailed: run('unlock', { family: 'group', id: reg('group') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** A device is pulled out, and iommu_release_device() follows. */
export const releaseDevice = procedure.createMachine({
  id: 'releaseDevice',
  context: registers({ device: 'int', index: 'int', group: 'int' }),
  initial: 'findGroup',
  states: {
    findGroup: run('deviceFact', { what: 'group', device: reg('device') }, to('handle', keep('index'))),
    handle: choose(to('lockGroup', copy('index', 'group'), add('group', 1))),
    lockGroup: run('lock', { family: 'group', id: reg('group') }, 'isPresent'),
    isPresent: run('isPresent', { device: reg('device') }, [when(result(0), 'unlockGroup'), to('unplug')]),
    unplug: run('plugDevice', { device: reg('device'), present: 0 }, 'remove'),
    remove: run(
      'removeMember',
      { device: reg('device'), group: reg('group'), index: reg('index') },
      'unlockGroup',
    ),
    unlockGroup: run('unlock', { family: 'group', id: reg('group') }, 'released'),
    released: done,
  },
});

/**
 * iommu_release_device(): the driver removes the device that is gone, then it leaves its group. With the last member that was
 * attached the group leaves its domain, and with the last device it is nobody's. Called with the group's mutex held.
 */
export const removeMember = procedure.createMachine({
  id: 'removeMember',
  context: registers({ device: 'int', index: 'int', group: 'int', member: 'int' }),
  initial: 'handle',
  states: {
    handle: choose(to('release', copy('device', 'member'), add('member', 1))),
    release: run('driver/releaseDevice', { device: reg('device') }, 'isAttached'),
    isAttached: run('get', { field: 'member.attached', of: reg('member') }, [
      when(result(0), 'anyDevice'),
      to('leave'),
    ]),
    leave: run(
      'leaveGroup',
      { device: reg('device'), group: reg('group'), index: reg('index') },
      'anyDevice',
    ),
    anyDevice: run('nextPresent', { group: reg('index'), after: 0 }, [
      when(result(0), 'readOwner'),
      to('removed'),
    ]),
    readOwner: run('get', { field: 'group.owner', of: reg('group') }, [
      when(result(0), 'removed'),
      to('clearOwner'),
    ]),
    clearOwner: run('clear', { field: 'group.owner', of: reg('group') }, 'tellGroup'),
    tellGroup: run('event', { machine: 'group', event: 'RELEASE', id: reg('group') }, 'removed'),
    removed: done,
  },
});

/** vfio-pci's VFIO_DEVICE_RESET. */
export const reset = procedure.createMachine({
  id: 'reset',
  context: registers({ device: 'int' }),
  initial: 'isPresent',
  states: {
    isPresent: run('isPresent', { device: reg('device') }, [when(result(0), 'wasReset'), to('resetDevice')]),
    resetDevice: run('resetFunction', { device: reg('device') }, 'wasReset'),
    wasReset: done,
  },
});
