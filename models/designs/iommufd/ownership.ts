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
  same,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { underDeviceSet } from './device-set.js';
import { STATE } from './objects.js';

/**
 * Opening and binding every device of the group: iommu_device_claim_dma_owner blocks the group first. A device bound twice is
 * EINVAL, a group bound to another file EPERM.
 */
const claimGroup = procedure.createMachine({
  id: 'claimGroup',
  context: registers({
    device: 'int',
    principal: 'int',
    member: 'int',
    group: 'int',
    owner: 'int',
    errno: 'int',
  }),
  initial: 'whichGroup',
  states: {
    whichGroup: run(
      'groupHandle',
      { device: reg('device') },
      to('lockGroup', keep('group'), copy('device', 'member'), add('member', 1)),
    ),
    lockGroup: run('lock', { family: 'groupMutex', id: reg('group') }, 'isListed'),
    isListed: run('get', { field: 'member.gone', of: reg('member') }, [
      when(result(0), 'readOwner'),
      to('unlockFailed', set('errno', ERRNO.ENODEV)),
    ]),
    readOwner: run('get', { field: 'group.owner', of: reg('group') }, to('isFree', keep('owner'))),
    isFree: choose(
      when(is('owner', 0), 'isDefault'),
      when(same('owner', 'principal'), 'unlockFailed', set('errno', ERRNO.EINVAL)),
      to('unlockFailed', set('errno', ERRNO.EPERM)),
    ),
    isDefault: run('get', { field: 'group.state', of: reg('group') }, [
      when(result(STATE.default), 'block'),
      to('unlockFailed', set('errno', ERRNO.EBUSY)),
    ]),
    block: run(
      'setGroupDomain',
      { group: reg('group'), state: STATE.blocking, domain: 0, must: 0 },
      'setOwner',
      to('unlockFailed', keep('errno')),
    ),
    setOwner: run('set', { field: 'group.owner', of: reg('group'), value: reg('principal') }, 'announce'),
    announce: run('event', { machine: 'group', event: 'CLAIM_USER', id: reg('group') }, 'unlockGroup'),
    unlockGroup: run('unlock', { family: 'groupMutex', id: reg('group') }, 'claimed'),
    claimed: done,
    unlockFailed: run('unlock', { family: 'groupMutex', id: reg('group') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** iommu_device_release_dma_owner: back to the default domain, which must not fail. */
const giveBackGroup = procedure.createMachine({
  id: 'giveBackGroup',
  context: registers({ group: 'int' }),
  initial: 'lockGroup',
  states: {
    lockGroup: run('lock', { family: 'groupMutex', id: reg('group') }, 'clearOwner'),
    clearOwner: run('clear', { field: 'group.owner', of: reg('group') }, 'announce'),
    announce: run('event', { machine: 'group', event: 'RELEASE', id: reg('group') }, 'setDefault'),
    setDefault: run(
      'setGroupDomain',
      { group: reg('group'), state: STATE.default, domain: 0, must: 1 },
      'unlockGroup',
      'unlockGroup',
    ),
    unlockGroup: run('unlock', { family: 'groupMutex', id: reg('group') }, 'givenBack'),
    givenBack: done,
  },
});

/** Closing the devices of the group: VFIO resets each, then their binding and with it the ownership goes. */
const closeGroup = procedure.createMachine({
  id: 'closeGroup',
  context: registers({
    errno: 'int',
    self: 'int',
    device: 'int',
    principal: 'int',
    group: 'int',
    owner: 'int',
    member: 'int',
    each: 'int',
  }),
  initial: 'whichGroup',
  states: {
    whichGroup: run(
      'groupHandle',
      { device: reg('device') },
      to('isListed', keep('group'), copy('device', 'self'), add('self', 1)),
    ),
    isListed: run('get', { field: 'member.gone', of: reg('self') }, [
      when(result(0), 'readOwner'),
      to('refused', set('errno', ERRNO.ENODEV)),
    ]),
    readOwner: run('get', { field: 'group.owner', of: reg('group') }, to('isHis', keep('owner'))),
    isHis: choose(when(same('owner', 'principal'), 'isInUse'), to('refused', set('errno', ERRNO.EINVAL))),
    // What is attached keeps the file of its device open.
    isInUse: run('anyAttachment', { group: reg('group') }, [
      when(result(0), 'nextDevice'),
      to('refused', set('errno', ERRNO.EBUSY)),
    ]),
    nextDevice: run('nextMember', { group: reg('group'), after: reg('member') }, [
      when(result(0), 'giveBack'),
      to('whichDevice', keep('member')),
    ]),
    whichDevice: choose(to('reset', copy('member', 'each'), add('each', -1))),
    reset: run('resetWithDomains', { device: reg('each') }, 'nextDevice'),
    giveBack: run('giveBackGroup', { group: reg('group') }, 'released'),
    released: done,
    refused: fails(reg('errno')),
  },
});

export const ownershipProcedures = [
  claimGroup,
  underDeviceSet('claimOwner', 'claimGroup', ['device', 'principal']),
  giveBackGroup,
  closeGroup,
  underDeviceSet('releaseOwner', 'closeGroup', ['device', 'principal']),
];
