import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  differs,
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

/**
 * vfio_group_fops_open() and the viability test: a group is opened once, and not while a driver of the kernel uses it.
 * The kernel's own claim is what it has anyway.
 */
export const claimOwner = procedure.createMachine({
  id: 'claimOwner',
  context: registers({
    device: 'int',
    principal: 'int',
    index: 'int',
    group: 'int',
    moved: 'int',
    moving: 'int',
    errno: 'int',
  }),
  initial: 'findGroup',
  states: {
    findGroup: run('deviceFact', { what: 'group', device: reg('device') }, to('handle', keep('index'))),
    handle: choose(to('lockGroup', copy('index', 'group'), add('group', 1))),
    lockGroup: run('lock', { family: 'group', id: reg('group') }, 'isPresent'),
    isPresent: run('isPresent', { device: reg('device') }, [
      when(result(0), 'unlockFailed', set('errno', ERRNO.ENODEV)),
      to('readOwner'),
    ]),
    readOwner: run('get', { field: 'group.owner', of: reg('group') }, [
      when(result(0), 'readDomain'),
      to('unlockFailed', set('errno', ERRNO.EBUSY)),
    ]),
    readDomain: run('get', { field: 'group.domain', of: reg('group') }, [
      when(result(0), 'isLent'),
      to('unlockFailed', set('errno', ERRNO.EINVAL)),
    ]),
    isLent: run('isLent', { index: reg('index') }, [
      when(result(0), 'whose'),
      to('unlockLent', set('errno', ERRNO.EINVAL)),
    ]),
    whose: choose(when(is('principal', 0), 'unlockGroup'), to('setOwner')),
    setOwner: run('set', { field: 'group.owner', of: reg('group'), value: reg('principal') }, 'tellGroup'),
    tellGroup: run('event', { machine: 'group', event: 'CLAIM_USER', id: reg('group') }, 'nextDevice'),
    nextDevice: run('nextPresent', { group: reg('index'), after: reg('moved') }, [
      when(result(0), 'unlockGroup'),
      to('tellDevice', keep('moved'), copy('moved', 'moving'), add('moving', -1)),
    ]),
    tellDevice: run('event', { machine: 'device', event: 'OWN', id: reg('moving') }, 'nextDevice'),
    unlockGroup: run('unlock', { family: 'group', id: reg('group') }, 'claimed'),
    claimed: done,
    unlockFailed: run('unlock', { family: 'group', id: reg('group') }, 'failed'),
    unlockLent: run('unlock', { family: 'group', id: reg('group') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/**
 * VFIO_GROUP_UNSET_CONTAINER and the last close of the group: an attached group is busy; vfio-pci resets each device as its
 * descriptor goes.
 */
export const releaseOwner = procedure.createMachine({
  id: 'releaseOwner',
  context: registers({
    device: 'int',
    principal: 'int',
    index: 'int',
    group: 'int',
    owner: 'int',
    moved: 'int',
    moving: 'int',
    errno: 'int',
  }),
  initial: 'findGroup',
  states: {
    findGroup: run('deviceFact', { what: 'group', device: reg('device') }, to('handle', keep('index'))),
    handle: choose(to('lockGroup', copy('index', 'group'), add('group', 1))),
    lockGroup: run('lock', { family: 'group', id: reg('group') }, 'readOwner'),
    readOwner: run('get', { field: 'group.owner', of: reg('group') }, to('isOwner', keep('owner'))),
    isOwner: choose(
      when(is('owner', 0), 'unlockFailed', set('errno', ERRNO.EPERM)),
      when(differs('owner', 'principal'), 'unlockFailed', set('errno', ERRNO.EPERM)),
      to('readDomain'),
    ),
    readDomain: run('get', { field: 'group.domain', of: reg('group') }, [
      when(result(0), 'isLent'),
      to('unlockFailed', set('errno', ERRNO.EBUSY)),
    ]),
    isLent: run('isLent', { index: reg('index') }, [
      when(result(0), 'nextDevice'),
      to('unlockLent', set('errno', ERRNO.EBUSY)),
    ]),
    nextDevice: run('nextPresent', { group: reg('index'), after: reg('moved') }, [
      when(result(0), 'clearOwner'),
      to('resetDevice', keep('moved'), copy('moved', 'moving'), add('moving', -1)),
    ]),
    resetDevice: run('resetFunction', { device: reg('moving') }, 'tellDevice'),
    tellDevice: run('event', { machine: 'device', event: 'DISOWN', id: reg('moving') }, 'nextDevice'),
    clearOwner: run('clear', { field: 'group.owner', of: reg('group') }, 'tellGroup'),
    tellGroup: run('event', { machine: 'group', event: 'RELEASE', id: reg('group') }, 'unlockGroup'),
    unlockGroup: run('unlock', { family: 'group', id: reg('group') }, 'released'),
    released: done,
    unlockFailed: run('unlock', { family: 'group', id: reg('group') }, 'failed'),
    unlockLent: run('unlock', { family: 'group', id: reg('group') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** Whether parts of the group's devices are in use apart from the whole: there are no such parts here. */
export const isLent = procedure.createMachine({
  id: 'isLent',
  context: registers({ index: 'int', lent: 'int' }),
  output: output('lent'),
  initial: 'answered',
  states: { answered: done },
});
