import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
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

/**
 * Whether the caller has bound the device, and the device has the slot. VFIO asks with the lock of the device's set held, which
 * is taken to be the group's devices. Returns the group.
 */
const checkRoute = procedure.createMachine({
  id: 'checkRoute',
  context: registers({
    device: 'int',
    slot: 'int',
    principal: 'int',
    group: 'int',
    member: 'int',
    owner: 'int',
  }),
  output: returns('group'),
  initial: 'whichGroup',
  states: {
    whichGroup: run(
      'groupHandle',
      { device: reg('device') },
      to('isListed', keep('group'), copy('device', 'member'), add('member', 1)),
    ),
    isListed: run('get', { field: 'member.gone', of: reg('member') }, [
      when(result(0), 'readOwner'),
      to('refused'),
    ]),
    readOwner: run('get', { field: 'group.owner', of: reg('group') }, to('isBound', keep('owner'))),
    isBound: choose(when(same('owner', 'principal'), 'hasSlot'), to('refused')),
    hasSlot: run('hasSlot', { device: reg('device'), slot: reg('slot') }, [
      when(result(0), 'refused'),
      to('allowed'),
    ]),
    allowed: done,
    refused: fails(ERRNO.EINVAL),
  },
});

/**
 * iommufd_device_attach to a table: the first device of a group sets the hardware for all of it, later ones are only noted. A
 * PASID is attached for its device alone.
 */
const attachTo = procedure.createMachine({
  id: 'attachTo',
  context: registers({
    device: 'int',
    slot: 'int',
    space: 'int',
    principal: 'int',
    group: 'int',
    key: 'int',
    hwpt: 'ref',
    current: 'ref',
    domain: 'ref',
    attachment: 'ref',
    isFirst: 'int',
    node: 'ref',
    handle: 'ref',
    errno: 'int',
  }),
  output: returns('slot'),
  initial: 'checkRoute',
  states: {
    checkRoute: run(
      'checkRoute',
      { device: reg('device'), slot: reg('slot'), principal: reg('principal') },
      to('getHwpt', keep('group')),
      to('failed', keep('errno')),
    ),
    getHwpt: run('getHwptFor', { space: reg('space'), device: reg('device'), slot: reg('slot') }, [
      when(result(0), 'failed', set('errno', ERRNO.ENOENT)),
      to('whichKey', keep('hwpt')),
    ]),
    whichKey: run('routeKey', { device: reg('device'), slot: reg('slot') }, to('lockIgroup', keep('key'))),
    lockIgroup: run('lock', { family: 'igroup', id: reg('group') }, 'find'),
    find: run('findAttachment', { key: reg('key') }, [
      when(result(0), 'allocateAttachment', set('isFirst', 1)),
      to('isThere', keep('attachment')),
    ]),
    allocateAttachment: run(
      'create',
      { kind: 'attachment' },
      to('list', keep('attachment')),
      to('unlockFailed', keep('errno')),
    ),
    list: run('set', { field: 'attachment.key', of: reg('attachment'), value: reg('key') }, 'allocateNode'),
    isThere: run('findAttached', { attachment: reg('attachment'), device: reg('device') }, [
      when(result(0), 'readCurrent'),
      to('unlockFailed', set('errno', ERRNO.EBUSY)),
    ]),
    readCurrent: run(
      'get',
      { field: 'attachment.hwpt', of: reg('attachment') },
      to('isSame', keep('current')),
    ),
    isSame: choose(
      when(same('current', 'hwpt'), 'allocateNode'),
      to('unlockFailed', set('errno', ERRNO.EINVAL)),
    ),
    allocateNode: run(
      'create',
      { kind: 'attached' },
      to('isFirst', keep('node')),
      to('freeAttachment', keep('errno')),
    ),
    isFirst: choose(when(is('isFirst', 0), 'note'), to('allocateHandle')),

    allocateHandle: run(
      'create',
      { kind: 'attachHandle' },
      to('fillHandle', keep('handle')),
      to('freeNode', keep('errno')),
    ),
    fillHandle: run(
      'fillHandle',
      { of: reg('handle'), hwpt: reg('hwpt'), device: reg('device') },
      'readDomain',
    ),
    readDomain: run('get', { field: 'hwpt.domain', of: reg('hwpt') }, to('byRoute', keep('domain'))),
    byRoute: choose(when(is('slot', 0), 'attachGroup'), to('attachPasid')),
    attachGroup: run(
      'attachGroup',
      { device: reg('device'), group: reg('group'), domain: reg('domain'), handle: reg('handle') },
      'store',
      to('freeHandle', keep('errno')),
    ),
    attachPasid: run(
      'attachDevicePasid',
      {
        device: reg('device'),
        slot: reg('slot'),
        group: reg('group'),
        domain: reg('domain'),
        handle: reg('handle'),
      },
      'store',
      to('freeHandle', keep('errno')),
    ),
    store: run('fillAttachment', { of: reg('attachment'), hwpt: reg('hwpt'), handle: reg('handle') }, 'note'),
    note: run(
      'fillAttached',
      { of: reg('node'), attachment: reg('attachment'), device: reg('device') },
      'useHwpt',
    ),
    useHwpt: run('increment', { field: 'hwpt.users', of: reg('hwpt') }, 'announce'),
    announce: run('event', { machine: 'hwpt', event: 'ATTACH', id: reg('hwpt') }, 'unlockIgroup'),
    unlockIgroup: run('unlock', { family: 'igroup', id: reg('group') }, 'putHwpt'),
    putHwpt: run('decrement', { field: 'hwpt.users', of: reg('hwpt') }, 'attached'),
    attached: done,

    freeHandle: run('destroy', { kind: 'attachHandle', of: reg('handle') }, 'freeNode'),
    freeNode: run('destroy', { kind: 'attached', of: reg('node') }, 'freeAttachment'),
    freeAttachment: choose(when(is('isFirst', 0), 'unlockFailed'), to('destroyAttachment')),
    destroyAttachment: run('destroy', { kind: 'attachment', of: reg('attachment') }, 'unlockFailed'),
    unlockFailed: run('unlock', { family: 'igroup', id: reg('group') }, 'putUnused'),
    putUnused: run('decrement', { field: 'hwpt.users', of: reg('hwpt') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

export const attachProcedures = [
  checkRoute,
  attachTo,
  underDeviceSet('attach', 'attachTo', ['device', 'slot', 'space', 'principal']),
];
