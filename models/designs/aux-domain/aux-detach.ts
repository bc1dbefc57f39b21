import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  isNot,
  keep,
  result,
  run,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';

/** iommu_aux_detach_device() of the subdevice of a slot. */
export const auxDetach = procedure.createMachine({
  id: 'auxDetach',
  context: registers({ device: 'int', slot: 'int', number: 'int', parent: 'int', subdevice: 'ref' }),
  initial: 'findNumber',
  states: {
    findNumber: run(
      'slotNumber',
      { device: reg('device'), slot: reg('slot') },
      to('lockSlot', keep('number'), copy('device', 'parent'), add('parent', 1)),
    ),
    lockSlot: run('lock', { family: 'subdevice', id: reg('number') }, 'findSubdevice'),
    findSubdevice: run(
      'find',
      {
        kind: 'subdevice',
        firstField: 'subdevice.parent',
        secondField: 'subdevice.slot',
        first: reg('parent'),
        second: reg('slot'),
      },
      [when(result(0), 'unlockSlot'), to('detach', keep('subdevice'))],
    ),
    detach: run('detachSubdevice', { device: reg('device'), subdevice: reg('subdevice') }, 'unlockSlot'),
    unlockSlot: run('unlock', { family: 'subdevice', id: reg('number') }, 'detached'),
    detached: done,
  },
});

/**
 * aux_domain_remove_dev(): does nothing once the parent's aux feature is off. With the last user of the link the entry is torn
 * down, with the last link of the domain its PASID is put, after the lock is dropped. Called with the slot's lock held.
 */
export const detachSubdevice = (mended: MendQuery) => {
  const locksPasid = mended('default-pasid-under-lock');
  const start = locksPasid ? 'lockPasid' : 'lockDevices';
  const finish = locksPasid ? 'unlockPasid' : 'forget';
  return procedure.createMachine({
    id: 'detachSubdevice',
    context: registers({
      device: 'int',
      subdevice: 'ref',
      parent: 'int',
      handle: 'ref',
      domain: 'ref',
      pasid: 'int',
    }),
    initial: 'handles',
    states: {
      handles: choose(to('readSpace', copy('device', 'parent'), add('parent', 1))),
      readSpace: run(
        'get',
        { field: 'subdevice.space', of: reg('subdevice') },
        to('isAttached', keep('handle')),
      ),
      isAttached: choose(when(isNot('handle', 0), 'hold'), to('detached')),
      hold: run('increment', { field: 'space.users', of: reg('handle') }, 'isEnabled'),
      // is_aux_domain(), read without a lock.
      isEnabled: run('get', { field: 'parent.aux', of: reg('parent') }, [
        when(result(0), 'forget'),
        to('readDomain'),
      ]),
      readDomain: run('get', { field: 'space.domain', of: reg('handle') }, to(start, keep('domain'))),
      ...(locksPasid
        ? { lockPasid: run('lock', { family: 'defaultPasid', id: reg('handle') }, 'lockDevices') }
        : {}),
      lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'unlink'),
      unlink: run('driver/unlinkSubdevice', { domain: reg('domain'), device: reg('device') }, [
        when(result(0), 'unlistPhysical'),
        to('unlockDevices'),
      ]),
      unlistPhysical: run('decrement', { field: 'parent.links', of: reg('parent') }, 'unlistDomain'),
      unlistDomain: run('decrement', { field: 'space.links', of: reg('handle') }, 'readPasid'),
      readPasid: run('get', { field: 'space.pasid', of: reg('handle') }, to('tearDown', keep('pasid'))),
      tearDown: run(
        'driver/detachPasid',
        { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
        'tellClear',
      ),
      tellClear: run('event', { machine: 'pasid', event: 'CLEAR', id: reg('pasid') }, 'unlockDevices'),
      unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'isUnused'),
      isUnused: run('get', { field: 'space.links', of: reg('handle') }, [
        when(result(0), 'readForPut'),
        to(finish),
      ]),
      readForPut: run('get', { field: 'space.pasid', of: reg('handle') }, [
        when(result(0), finish),
        to('putPasid', keep('pasid')),
      ]),
      putPasid: run('putPasid', { handle: reg('handle'), pasid: reg('pasid') }, finish),
      ...(locksPasid
        ? { unlockPasid: run('unlock', { family: 'defaultPasid', id: reg('handle') }, 'forget') }
        : {}),
      forget: run('clear', { field: 'subdevice.space', of: reg('subdevice') }, 'tellDetach'),
      tellDetach: run('event', { machine: 'subdevice', event: 'DETACH', id: reg('subdevice') }, 'put'),
      put: run('decrement', { field: 'space.users', of: reg('handle') }, 'detached'),
      detached: done,
    },
  });
};
