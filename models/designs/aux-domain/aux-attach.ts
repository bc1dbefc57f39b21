import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
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

/** PASID_MIN: 0 is the PASID of requests without one. */
const FIRST_PASID = 1;

/**
 * iommu_aux_attach_device() down to aux_domain_add_dev(), called by the driver of a mediated device. It takes no lock of the
 * parent's group, and the PASID of the domain is allocated, used and put outside every lock.
 */
export const auxAttach = (mended: MendQuery) => {
  const respectsOwner = mended('aux-respects-owner');
  const locksPasid = mended('default-pasid-under-lock');
  const looksAgain = mended('disable-refuses-attached');
  const start = locksPasid ? 'lockPasid' : 'readPasid';
  const finish = locksPasid ? 'unlockPasid' : 'unlockSlot';
  const abandon = locksPasid ? 'unlockPasidFailed' : 'unlockSlotFailed';
  return procedure.createMachine({
    id: 'auxAttach',
    context: registers({
      device: 'int',
      slot: 'int',
      space: 'int',
      principal: 'int',
      handle: 'ref',
      domain: 'ref',
      subdevice: 'ref',
      number: 'int',
      parent: 'int',
      group: 'int',
      owner: 'int',
      last: 'int',
      pasid: 'int',
      users: 'int',
      errno: 'int',
    }),
    output: output('pasid'),
    initial: 'hold',
    states: {
      hold: run('holdSpace', { space: reg('space'), principal: reg('principal') }, [
        when(result(0), 'noSpace'),
        to('findNumber', keep('handle')),
      ]),
      findNumber: run(
        'slotNumber',
        { device: reg('device'), slot: reg('slot') },
        to('handles', keep('number')),
      ),
      handles: choose(
        to(respectsOwner ? 'findGroup' : 'lockSlot', copy('device', 'parent'), add('parent', 1)),
      ),
      lockSlot: run('lock', { family: 'subdevice', id: reg('number') }, 'isPresent'),
      isPresent: run('isPresent', { device: reg('device') }, [
        when(result(0), 'unlockSlotFailed', set('errno', ERRNO.ENODEV)),
        to('findSubdevice'),
      ]),
      findSubdevice: run(
        'find',
        {
          kind: 'subdevice',
          firstField: 'subdevice.parent',
          secondField: 'subdevice.slot',
          first: reg('parent'),
          second: reg('slot'),
        },
        [
          when(result(0), 'unlockSlotFailed', set('errno', ERRNO.EINVAL)),
          to('isAttached', keep('subdevice')),
        ],
      ),
      isAttached: run('get', { field: 'subdevice.space', of: reg('subdevice') }, [
        when(result(0), respectsOwner ? 'readOwner' : 'isEnabled'),
        to('unlockSlotFailed', set('errno', ERRNO.EBUSY)),
      ]),

      ...(respectsOwner
        ? {
            findGroup: run(
              'deviceFact',
              { what: 'group', device: reg('device') },
              to('lockGroup', keep('group'), add('group', 1)),
            ),
            lockGroup: run('lock', { family: 'group', id: reg('group') }, 'lockSlot'),
            readOwner: run('get', { field: 'group.owner', of: reg('group') }, to('isOwner', keep('owner'))),
            isOwner: choose(
              when(is('owner', 0), 'isEnabled'),
              when(same('owner', 'principal'), 'isEnabled'),
              to('unlockSlotFailed', set('errno', ERRNO.EPERM)),
            ),
          }
        : {}),
      // is_aux_domain(), read without a lock.
      isEnabled: run('get', { field: 'parent.aux', of: reg('parent') }, [
        when(result(0), 'unlockSlotFailed', set('errno', ERRNO.EPERM)),
        to('readDomain'),
      ]),
      readDomain: run('get', { field: 'space.domain', of: reg('handle') }, to(start, keep('domain'))),

      ...(locksPasid
        ? { lockPasid: run('lock', { family: 'defaultPasid', id: reg('handle') }, 'readPasid') }
        : {}),
      readPasid: run('get', { field: 'space.pasid', of: reg('handle') }, to('hasPasid', keep('pasid'))),
      hasPasid: choose(when(isNot('pasid', 0), 'usePasid'), to('findLast')),
      findLast: run('lastPasid', { device: reg('device') }, to('allocatePasid', keep('last'))),
      allocatePasid: run(
        'allocateId',
        { pool: 'pasid', low: FIRST_PASID, high: reg('last'), owner: reg('handle') },
        to('tellAlloc', keep('pasid')),
        to(abandon, set('errno', ERRNO.ENODEV)),
      ),
      tellAlloc: run('event', { machine: 'pasid', event: 'ALLOC', id: reg('pasid') }, 'storePasid'),
      storePasid: run('set', { field: 'space.pasid', of: reg('handle'), value: reg('pasid') }, 'lockDevices'),
      usePasid: run('useId', { pool: 'pasid', id: reg('pasid'), owner: reg('handle') }, 'lockDevices'),

      lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, looksAgain ? 'isStillEnabled' : 'link'),
      ...(looksAgain
        ? {
            isStillEnabled: run('get', { field: 'parent.aux', of: reg('parent') }, [
              when(result(0), 'linkFailed', set('errno', ERRNO.EPERM)),
              to('link'),
            ]),
          }
        : {}),
      link: run(
        'driver/linkSubdevice',
        { domain: reg('domain'), device: reg('device') },
        to('isFirst', keep('users')),
        to('linkFailed', keep('errno')),
      ),
      isFirst: choose(when(is('users', 1), 'listPhysical'), to('storeSpace')),
      listPhysical: run('increment', { field: 'parent.links', of: reg('parent') }, 'listDomain'),
      listDomain: run('increment', { field: 'space.links', of: reg('handle') }, 'readAgain'),
      // The entry is set for what default_pasid holds by now.
      readAgain: run('get', { field: 'space.pasid', of: reg('handle') }, to('setEntry', keep('pasid'))),
      setEntry: run(
        'driver/attachPasid',
        { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
        'tellSet',
        to('unlink', keep('errno')),
      ),
      tellSet: run('event', { machine: 'pasid', event: 'SET', id: reg('pasid') }, 'storeSpace'),
      storeSpace: run(
        'set',
        { field: 'subdevice.space', of: reg('subdevice'), value: reg('handle') },
        'tellAttach',
      ),
      tellAttach: run(
        'event',
        { machine: 'subdevice', event: 'ATTACH', id: reg('subdevice') },
        'unlockDevices',
      ),
      unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, finish),
      ...(locksPasid
        ? { unlockPasid: run('unlock', { family: 'defaultPasid', id: reg('handle') }, 'unlockSlot') }
        : {}),
      unlockSlot: run('unlock', { family: 'subdevice', id: reg('number') }, 'put'),
      ...(respectsOwner
        ? {
            unlockGroup: run('unlock', { family: 'group', id: reg('group') }, 'attached'),
            unlockGroupFailed: run('unlock', { family: 'group', id: reg('group') }, 'putFailed'),
          }
        : {}),
      put: run(
        'decrement',
        { field: 'space.users', of: reg('handle') },
        respectsOwner ? 'unlockGroup' : 'attached',
      ),
      attached: done,

      // table_failed, attach_failed
      unlink: run(
        'driver/unlinkSubdevice',
        { domain: reg('domain'), device: reg('device') },
        'unlistPhysical',
      ),
      unlistPhysical: run('decrement', { field: 'parent.links', of: reg('parent') }, 'unlistDomain'),
      unlistDomain: run('decrement', { field: 'space.links', of: reg('handle') }, 'linkFailed'),
      linkFailed: run('unlock', { family: 'deviceDomain', id: 1 }, 'isUnused'),
      isUnused: run('get', { field: 'space.links', of: reg('handle') }, [
        when(result(0), 'readForPut'),
        to(abandon),
      ]),
      readForPut: run('get', { field: 'space.pasid', of: reg('handle') }, [
        when(result(0), abandon),
        to('putPasid', keep('pasid')),
      ]),
      putPasid: run('putPasid', { handle: reg('handle'), pasid: reg('pasid') }, abandon),
      ...(locksPasid
        ? {
            unlockPasidFailed: run(
              'unlock',
              { family: 'defaultPasid', id: reg('handle') },
              'unlockSlotFailed',
            ),
          }
        : {}),
      unlockSlotFailed: run(
        'unlock',
        { family: 'subdevice', id: reg('number') },
        respectsOwner ? 'unlockGroupFailed' : 'putFailed',
      ),
      putFailed: run('decrement', { field: 'space.users', of: reg('handle') }, 'failed'),
      failed: fails(reg('errno')),
      noSpace: fails(ERRNO.EINVAL),
    },
  });
};

/** ioasid_put() of the domain's PASID. */
export const putPasid = (mended: MendQuery) => {
  const resets = mended('default-pasid-reset');
  return procedure.createMachine({
    id: 'putPasid',
    context: registers({ handle: 'ref', pasid: 'int' }),
    initial: resets ? 'reset' : 'tell',
    states: {
      ...(resets ? { reset: run('clear', { field: 'space.pasid', of: reg('handle') }, 'tell') } : {}),
      tell: run('event', { machine: 'pasid', event: 'PUT', id: reg('pasid') }, 'put'),
      put: run('releaseId', { pool: 'pasid', id: reg('pasid') }, 'wasPut'),
      wasPut: done,
    },
  });
};
