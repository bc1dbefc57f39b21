import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
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
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/**
 * Binding the device to a user: the devices of its group are blocked and belong to the caller from now on. Without the mend nobody looks
 * whether the kernel has lent PASIDs of them to others.
 */
export const claimOwner = (mended: MendQuery) => {
  const looks = mended('claim-refuses-lent');
  return procedure.createMachine({
    id: 'claimOwner',
    context: registers({
      device: 'int',
      principal: 'int',
      group: 'int',
      member: 'int',
      each: 'int',
      errno: 'int',
    }),
    initial: 'findGroup',
    states: {
      findGroup: run('groupHandle', { device: reg('device') }, to('lockDevice', keep('group'))),
      lockDevice: run('lock', { family: 'device', id: reg('group') }, 'isPresent'),
      isPresent: run('isPresent', { device: reg('device') }, [
        when(result(0), 'unlockFailed', set('errno', ERRNO.ENODEV)),
        to('isFree'),
      ]),
      isFree: run('get', { field: 'group.owner', of: reg('group') }, [
        when(result(0), looks ? 'isLent' : 'nextMember'),
        to('unlockFailed', set('errno', ERRNO.EBUSY)),
      ]),
      ...(looks
        ? {
            isLent: run('routeOfGroup', { group: reg('group') }, [
              when(result(0), 'nextMember'),
              to('unlockFailed', set('errno', ERRNO.EBUSY)),
            ]),
          }
        : {}),
      nextMember: run('nextMember', { group: reg('group'), after: reg('member') }, [
        when(result(0), 'setOwner'),
        to('whichDevice', keep('member')),
      ]),
      whichDevice: choose(to('block', copy('member', 'each'), add('each', -1))),
      block: run('driver/detachRid', { device: reg('each'), domain: 0 }, 'nextMember'),
      setOwner: run('set', { field: 'group.owner', of: reg('group'), value: reg('principal') }, 'tellGroup'),
      tellGroup: run('event', { machine: 'group', event: 'CLAIM_USER', id: reg('group') }, 'unlockDevice'),
      unlockDevice: run('unlock', { family: 'device', id: reg('group') }, 'claimed'),
      claimed: done,
      unlockFailed: run('unlock', { family: 'device', id: reg('group') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
};
