import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  is,
  isNot,
  keep,
  result,
  run,
  same,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { STATE } from './objects.js';

/** __iommu_device_set_domain: one device to the group's default, to blocking or to a domain. */
const setDeviceDomain = procedure.createMachine({
  id: 'setDeviceDomain',
  context: registers({
    device: 'int',
    state: 'int',
    domain: 'ref',
    oldState: 'int',
    old: 'ref',
    usual: 'ref',
    errno: 'int',
  }),
  initial: 'byState',
  states: {
    byState: choose(when(is('state', STATE.blocking), 'block'), to('findDefault')),
    block: run('driver/detachRid', { device: reg('device'), domain: reg('old') }, 'isSet'),
    findDefault: run('driver/defaultDomain', { device: reg('device') }, to('fromWhere', keep('usual'))),
    fromWhere: choose(when(is('oldState', STATE.default), 'toWhere', copy('usual', 'old')), to('toWhere')),
    toWhere: choose(when(is('state', STATE.default), 'attach', copy('usual', 'domain')), to('attach')),
    attach: run(
      'driver/replaceRid',
      { device: reg('device'), domain: reg('domain'), old: reg('old') },
      'isSet',
      to('failed', keep('errno')),
    ),
    isSet: done,
    failed: fails(reg('errno')),
  },
});

/**
 * __iommu_group_set_domain_internal, with the group's mutex held: every device in turn; a failure moves those already moved
 * back and leaves the failed one to its driver. With `must` a device that cannot be moved is blocked, and nothing fails.
 *
 * While a device of the group is reset everything is refused. As it was, what must not fail was refused too, and its caller
 * went on to free the domain.
 */
function setGroupDomain(mended: MendQuery) {
  const honoursMust = mended('detach-during-reset');
  const skipsReset = honoursMust && !mended('reset-keeps-attachments');
  return procedure.createMachine({
    id: 'setGroupDomain',
    context: registers({
      group: 'int',
      state: 'int',
      domain: 'ref',
      must: 'int',
      oldState: 'int',
      old: 'ref',
      resetting: 'int',
      member: 'int',
      device: 'int',
      failing: 'int',
      errno: 'int',
    }),
    initial: 'readState',
    states: {
      readState: run('get', { field: 'group.state', of: reg('group') }, to('readDomain', keep('oldState'))),
      readDomain: run('get', { field: 'group.domain', of: reg('group') }, to('isSame', keep('old'))),
      isSame: choose(when([same('state', 'oldState'), same('domain', 'old')], 'isSet'), to('isResetting')),
      isResetting: run('get', { field: 'group.resetting', of: reg('group') }, [
        when(result(0), 'nextDevice'),
        ...(honoursMust ? [when(is('must', 1), 'nextDevice', keep('resetting'))] : []),
        to('failed', set('errno', ERRNO.EBUSY)),
      ]),
      nextDevice: run('nextMember', { group: reg('group'), after: reg('member') }, [
        when(result(0), 'allDone'),
        to('isFailing', keep('member')),
      ]),
      isFailing: choose(
        when([isNot('failing', 0), same('member', 'failing')], 'failed'),
        ...(skipsReset ? [when(same('member', 'resetting'), 'nextDevice')] : []),
        to('setDevice', copy('member', 'device'), add('device', -1)),
      ),
      setDevice: run(
        'setDeviceDomain',
        {
          device: reg('device'),
          state: reg('state'),
          domain: reg('domain'),
          oldState: reg('oldState'),
          old: reg('old'),
        },
        'nextDevice',
        to('mayFail', keep('errno')),
      ),
      mayFail: choose(
        when(is('must', 1), 'block'),
        when(isNot('failing', 0), 'block'),
        to(
          'nextDevice',
          copy('member', 'failing'),
          set('member', 0),
          copy('oldState', 'state'),
          copy('old', 'domain'),
        ),
      ),
      block: run('driver/detachRid', { device: reg('device'), domain: reg('old') }, 'nextDevice'),
      allDone: choose(when(isNot('failing', 0), 'failed'), to('setState')),
      setState: run('set', { field: 'group.state', of: reg('group'), value: reg('state') }, 'setDomain'),
      setDomain: run('set', { field: 'group.domain', of: reg('group'), value: reg('domain') }, 'isSet'),
      isSet: done,
      failed: fails(reg('errno')),
    },
  });
}

/** iommu_attach_group_handle: the handle is stored when the hardware is set, and found by page requests from then on. */
const attachGroup = procedure.createMachine({
  id: 'attachGroup',
  context: registers({
    device: 'int',
    group: 'int',
    key: 'int',
    domain: 'ref',
    handle: 'ref',
    entry: 'ref',
    errno: 'int',
  }),
  initial: 'lockGroup',
  states: {
    lockGroup: run('lock', { family: 'groupMutex', id: reg('group') }, 'whichKey'),
    whichKey: run('routeKey', { device: reg('device'), slot: 0 }, to('isTaken', keep('key'))),
    isTaken: run('findEntry', { key: reg('key') }, [
      when(result(0), 'allocate'),
      to('unlockFailed', set('errno', ERRNO.EBUSY)),
    ]),
    allocate: run(
      'create',
      { kind: 'arrayEntry' },
      to('reserve', keep('entry')),
      to('unlockFailed', keep('errno')),
    ),
    reserve: run('reserveEntry', { of: reg('entry'), device: reg('device'), slot: 0 }, 'isFree'),
    isFree: run('get', { field: 'group.state', of: reg('group') }, [
      when(result(STATE.domain), 'release', set('errno', ERRNO.EBUSY)),
      to('setDomain'),
    ]),
    setDomain: run(
      'setGroupDomain',
      { group: reg('group'), state: STATE.domain, domain: reg('domain'), must: 0 },
      'storeHandle',
      to('release', keep('errno')),
    ),
    storeHandle: run(
      'set',
      { field: 'arrayEntry.handle', of: reg('entry'), value: reg('handle') },
      'unlockGroup',
    ),
    unlockGroup: run('unlock', { family: 'groupMutex', id: reg('group') }, 'attached'),
    attached: done,
    release: run('destroy', { kind: 'arrayEntry', of: reg('entry') }, 'unlockFailed'),
    unlockFailed: run('unlock', { family: 'groupMutex', id: reg('group') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** iommu_detach_group_handle: to blocking, which must not fail, and the handle is found no more. */
const detachGroup = procedure.createMachine({
  id: 'detachGroup',
  context: registers({ device: 'int', group: 'int', key: 'int', entry: 'ref' }),
  initial: 'lockGroup',
  states: {
    lockGroup: run('lock', { family: 'groupMutex', id: reg('group') }, 'block'),
    block: run(
      'setGroupDomain',
      { group: reg('group'), state: STATE.blocking, domain: 0, must: 1 },
      'whichKey',
      'whichKey',
    ),
    whichKey: run('routeKey', { device: reg('device'), slot: 0 }, to('find', keep('key'))),
    find: run('findEntry', { key: reg('key') }, to('erase', keep('entry'))),
    erase: run('destroy', { kind: 'arrayEntry', of: reg('entry') }, 'unlockGroup'),
    unlockGroup: run('unlock', { family: 'groupMutex', id: reg('group') }, 'detached'),
    detached: done,
  },
});

/** iommu_replace_group_handle. */
const replaceGroup = procedure.createMachine({
  id: 'replaceGroup',
  context: registers({
    device: 'int',
    group: 'int',
    key: 'int',
    domain: 'ref',
    handle: 'ref',
    entry: 'ref',
    errno: 'int',
  }),
  initial: 'lockGroup',
  states: {
    lockGroup: run('lock', { family: 'groupMutex', id: reg('group') }, 'setDomain'),
    setDomain: run(
      'setGroupDomain',
      { group: reg('group'), state: STATE.domain, domain: reg('domain'), must: 0 },
      'whichKey',
      to('unlockFailed', keep('errno')),
    ),
    whichKey: run('routeKey', { device: reg('device'), slot: 0 }, to('find', keep('key'))),
    find: run('findEntry', { key: reg('key') }, to('storeHandle', keep('entry'))),
    storeHandle: run(
      'set',
      { field: 'arrayEntry.handle', of: reg('entry'), value: reg('handle') },
      'unlockGroup',
    ),
    unlockGroup: run('unlock', { family: 'groupMutex', id: reg('group') }, 'replaced'),
    replaced: done,
    unlockFailed: run('unlock', { family: 'groupMutex', id: reg('group') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** iommu_attach_device_pasid. The PASID is the slot's number. */
const attachDevicePasid = procedure.createMachine({
  id: 'attachDevicePasid',
  context: registers({
    device: 'int',
    slot: 'int',
    group: 'int',
    key: 'int',
    domain: 'ref',
    handle: 'ref',
    entry: 'ref',
    errno: 'int',
  }),
  initial: 'lockGroup',
  states: {
    lockGroup: run('lock', { family: 'groupMutex', id: reg('group') }, 'isResetting'),
    isResetting: run('get', { field: 'group.resetting', of: reg('group') }, [
      when(result(0), 'whichKey'),
      to('unlockFailed', set('errno', ERRNO.EBUSY)),
    ]),
    whichKey: run('routeKey', { device: reg('device'), slot: reg('slot') }, to('isTaken', keep('key'))),
    isTaken: run('findEntry', { key: reg('key') }, [
      when(result(0), 'allocate'),
      to('unlockFailed', set('errno', ERRNO.EBUSY)),
    ]),
    allocate: run(
      'create',
      { kind: 'arrayEntry' },
      to('reserve', keep('entry')),
      to('unlockFailed', keep('errno')),
    ),
    reserve: run('reserveEntry', { of: reg('entry'), device: reg('device'), slot: reg('slot') }, 'setDomain'),
    setDomain: run(
      'driver/attachPasid',
      { device: reg('device'), pasid: reg('slot'), domain: reg('domain') },
      'storeHandle',
      to('release', keep('errno')),
    ),
    storeHandle: run(
      'set',
      { field: 'arrayEntry.handle', of: reg('entry'), value: reg('handle') },
      'unlockGroup',
    ),
    unlockGroup: run('unlock', { family: 'groupMutex', id: reg('group') }, 'attached'),
    attached: done,
    release: run('destroy', { kind: 'arrayEntry', of: reg('entry') }, 'unlockFailed'),
    unlockFailed: run('unlock', { family: 'groupMutex', id: reg('group') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** iommu_replace_device_pasid. */
const replaceDevicePasid = procedure.createMachine({
  id: 'replaceDevicePasid',
  context: registers({
    device: 'int',
    slot: 'int',
    group: 'int',
    key: 'int',
    domain: 'ref',
    old: 'ref',
    handle: 'ref',
    entry: 'ref',
    errno: 'int',
  }),
  initial: 'lockGroup',
  states: {
    lockGroup: run('lock', { family: 'groupMutex', id: reg('group') }, 'isResetting'),
    isResetting: run('get', { field: 'group.resetting', of: reg('group') }, [
      when(result(0), 'whichKey'),
      to('unlockFailed', set('errno', ERRNO.EBUSY)),
    ]),
    whichKey: run('routeKey', { device: reg('device'), slot: reg('slot') }, to('find', keep('key'))),
    find: run('findEntry', { key: reg('key') }, [
      when(result(0), 'unlockFailed', set('errno', ERRNO.EINVAL)),
      to('setDomain', keep('entry')),
    ]),
    setDomain: run(
      'driver/replacePasid',
      { device: reg('device'), pasid: reg('slot'), domain: reg('domain'), old: reg('old') },
      'storeHandle',
      to('unlockFailed', keep('errno')),
    ),
    storeHandle: run(
      'set',
      { field: 'arrayEntry.handle', of: reg('entry'), value: reg('handle') },
      'unlockGroup',
    ),
    unlockGroup: run('unlock', { family: 'groupMutex', id: reg('group') }, 'replaced'),
    replaced: done,
    unlockFailed: run('unlock', { family: 'groupMutex', id: reg('group') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** iommu_detach_device_pasid. Nobody asks whether the device is being reset. */
const detachDevicePasid = procedure.createMachine({
  id: 'detachDevicePasid',
  context: registers({ device: 'int', slot: 'int', group: 'int', key: 'int', domain: 'ref', entry: 'ref' }),
  initial: 'lockGroup',
  states: {
    lockGroup: run('lock', { family: 'groupMutex', id: reg('group') }, 'unset'),
    unset: run(
      'driver/detachPasid',
      { device: reg('device'), pasid: reg('slot'), domain: reg('domain') },
      'whichKey',
    ),
    whichKey: run('routeKey', { device: reg('device'), slot: reg('slot') }, to('find', keep('key'))),
    find: run('findEntry', { key: reg('key') }, to('erase', keep('entry'))),
    erase: run('destroy', { kind: 'arrayEntry', of: reg('entry') }, 'unlockGroup'),
    unlockGroup: run('unlock', { family: 'groupMutex', id: reg('group') }, 'detached'),
    detached: done,
  },
});

export const coreProcedures = (mended: MendQuery) => [
  setDeviceDomain,
  setGroupDomain(mended),
  attachGroup,
  detachGroup,
  replaceGroup,
  attachDevicePasid,
  replaceDevicePasid,
  detachDevicePasid,
];
