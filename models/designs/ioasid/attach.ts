import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import {
  choose,
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
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { HANDLES } from './use-ioasid.js';

/**
 * iommu_attach_ioasid_rid() and iommu_attach_ioasid_pasid(): put a route on the IOASID's list and point the hardware at its
 * table. Which of the two is called says how the device tags its accesses; the PASID is the caller's choice.
 */
export const attach = (mended: MendQuery) => {
  const listsFirst = mended('list-follows-entry');
  const locksFirst = mended('owner-checked-under-lock');
  const anyList = mended('one-ioasid-a-route');
  // Where a group moves as one, each of its devices has a route that is found.
  const asksPeers = anyList && !mended('attach-walks-group');
  const refused = locksFirst ? 'unlockFailed' : 'failed';
  const known = [when(result(0), listsFirst ? 'newRoute' : 'unlockHandles'), to('isAsked', keep('route'))];
  return procedure.createMachine({
    id: 'attach',
    context: registers({
      device: 'int',
      slot: 'int',
      space: 'int',
      principal: 'int',
      group: 'int',
      owner: 'int',
      ioasid: 'ref',
      current: 'ref',
      route: 'ref',
      errno: 'int',
    }),
    output: returns('slot'),
    initial: 'hasSlot',
    states: {
      hasSlot: run('hasSlot', { device: reg('device'), slot: reg('slot') }, [
        when(result(0), 'failed', set('errno', ERRNO.EINVAL)),
        to('findGroup'),
      ]),
      findGroup: run(
        'groupHandle',
        { device: reg('device') },
        to(locksFirst ? 'lockDevice' : 'readOwner', keep('group')),
      ),
      lockDevice: run('lock', { family: 'device', id: reg('group') }, 'isPresent'),
      isPresent: run('isPresent', { device: reg('device') }, [
        when(result(0), 'unlockFailed', set('errno', ERRNO.ENODEV)),
        to(locksFirst ? 'readOwner' : 'lockHandles'),
      ]),
      readOwner: run('get', { field: 'group.owner', of: reg('group') }, to('isOwner', keep('owner'))),
      // A device of the kernel's lends its PASIDs one by one, and never its RID.
      isOwner: choose(
        when([is('slot', 0), is('owner', 0)], refused, set('errno', ERRNO.EPERM)),
        when(is('owner', 0), locksFirst ? 'lockHandles' : 'lockDevice'),
        when(same('owner', 'principal'), locksFirst ? 'lockHandles' : 'lockDevice'),
        to(refused, set('errno', ERRNO.EPERM)),
      ),

      lockHandles: run('lock', { family: 'handles', id: HANDLES }, 'find'),
      find: run('findIoasid', { space: reg('space') }, [
        when(result(0), 'unlockNone', set('errno', ERRNO.ENOENT)),
        to(asksPeers ? 'isPasid' : 'isKnown', keep('ioasid')),
      ]),
      ...(asksPeers
        ? {
            isPasid: choose(when(is('slot', 0), 'isElsewhere'), to('isKnown')),
            isElsewhere: run('groupElsewhere', { group: reg('group'), ioasid: reg('ioasid') }, [
              when(result(0), 'isKnown'),
              to('unlockNone', set('errno', ERRNO.EBUSY)),
            ]),
          }
        : {}),
      isKnown: anyList
        ? run('routeOf', { device: reg('device'), pasid: reg('slot') }, known)
        : run('routeOn', { ioasid: reg('ioasid'), device: reg('device'), pasid: reg('slot') }, known),

      // The device may have followed another of its group: then it is there already, if that is where it is to go.
      isAsked: run('get', { field: 'route.asked', of: reg('route') }, [
        when(result(0), 'readCurrent'),
        to('whichAsked', set('errno', ERRNO.EBUSY)),
      ]),
      whichAsked: choose(when(is('slot', 0), 'unlockNone'), to('unlockAsked')),
      readCurrent: run('get', { field: 'route.ioasid', of: reg('route') }, to('isSame', keep('current'))),
      isSame: choose(
        when(same('current', 'ioasid'), 'unlockSame'),
        to('unlockNone', set('errno', ERRNO.EBUSY)),
      ),
      unlockSame: run('unlock', { family: 'handles', id: HANDLES }, 'ask'),

      newRoute: run(
        'newRoute',
        { device: reg('device'), pasid: reg('slot') },
        to(listsFirst ? 'list' : 'setEntry', keep('route')),
        to(listsFirst ? 'unlockNone' : 'unlockFailed', keep('errno')),
      ),
      // From here on the table cannot be freed.
      list: run(
        'listRoute',
        { of: reg('route'), ioasid: reg('ioasid') },
        listsFirst ? 'unlockHandles' : 'isWhole',
      ),
      unlockHandles: run('unlock', { family: 'handles', id: HANDLES }, listsFirst ? 'setEntry' : 'newRoute'),
      setEntry: run(
        'setEntry',
        { device: reg('device'), pasid: reg('slot'), ioasid: reg('ioasid') },
        listsFirst ? 'isWhole' : 'list',
        to('delist', keep('errno')),
      ),
      isWhole: choose(...(mended('attach-walks-group') ? [when(is('slot', 0), 'moveGroup')] : []), to('ask')),
      ...(mended('attach-walks-group')
        ? {
            moveGroup: run(
              'moveGroup',
              { device: reg('device'), group: reg('group'), ioasid: reg('ioasid') },
              'ask',
              to('unlockFailed', keep('errno')),
            ),
          }
        : {}),
      ask: run('set', { field: 'route.asked', of: reg('route'), value: 1 }, 'isRid'),
      isRid: choose(when(is('slot', 0), 'tellGroup'), to('unlockDevice')),
      tellGroup: run('event', { machine: 'group', event: 'ATTACH', id: reg('group') }, 'unlockDevice'),
      unlockDevice: run('unlock', { family: 'device', id: reg('group') }, 'attached'),
      attached: done,

      delist: run('destroy', { kind: 'route', of: reg('route') }, 'unlockFailed'),
      unlockNone: run('unlock', { family: 'handles', id: HANDLES }, 'unlockFailed'),
      unlockFailed: run('unlock', { family: 'device', id: reg('group') }, 'failed'),
      // A PASID that is attached has states of its own: for a RID others of the group may have asked.
      unlockAsked: run('unlock', { family: 'handles', id: HANDLES }, 'unlockPasid'),
      unlockPasid: run('unlock', { family: 'device', id: reg('group') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
};
