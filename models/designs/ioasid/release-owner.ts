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
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { IN_USE } from './steps.js';

/**
 * Unbinding the device from its user: its group goes back to the kernel, reset first, so that what was programmed into it is
 * gone. A group with routes stays the user's.
 */
export const releaseOwner = (mended: MendQuery) => {
  const resets = mended('reset-at-release');
  return procedure.createMachine({
    id: 'releaseOwner',
    context: registers({
      device: 'int',
      principal: 'int',
      group: 'int',
      owner: 'int',
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
        to('readOwner'),
      ]),
      readOwner: run('get', { field: 'group.owner', of: reg('group') }, to('isOwner', keep('owner'))),
      isOwner: choose(
        when(is('owner', 0), 'unlockFailed', set('errno', ERRNO.EPERM)),
        when(same('owner', 'principal'), 'inUse'),
        to('unlockFailed', set('errno', ERRNO.EPERM)),
      ),
      inUse: run('groupInUse', { group: reg('group') }, [
        when(result(0), 'nextMember'),
        when(result(IN_USE.pasid), 'unlockPasidInUse', set('errno', ERRNO.EBUSY)),
        to('unlockFailed', set('errno', ERRNO.EBUSY)),
      ]),
      nextMember: run('nextMember', { group: reg('group'), after: reg('member') }, [
        when(result(0), 'clearOwner'),
        to('whichDevice', keep('member')),
      ]),
      whichDevice: choose(to(resets ? 'reset' : 'giveBack', copy('member', 'each'), add('each', -1))),
      ...(resets ? { reset: run('resetFunction', { device: reg('each') }, 'giveBack') } : {}),
      giveBack: run('giveBack', { device: reg('each') }, 'nextMember'),
      clearOwner: run('clear', { field: 'group.owner', of: reg('group') }, 'tellGroup'),
      tellGroup: run('event', { machine: 'group', event: 'RELEASE', id: reg('group') }, 'unlockDevice'),
      unlockDevice: run('unlock', { family: 'device', id: reg('group') }, 'released'),
      released: done,
      unlockPasidInUse: run('unlock', { family: 'device', id: reg('group') }, 'failed'),
      unlockFailed: run('unlock', { family: 'device', id: reg('group') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
};

/** Back to what the kernel uses the device with. Nobody could do anything about a failure: it is tried until there is memory for it. */
export const giveBack = procedure.createMachine({
  id: 'giveBack',
  context: registers({ device: 'int', domain: 'ref' }),
  initial: 'findDefault',
  states: {
    findDefault: run('driver/defaultDomain', { device: reg('device') }, to('attach', keep('domain'))),
    attach: run(
      'driver/attachRid',
      { device: reg('device'), domain: reg('domain') },
      'givenBack',
      'findDefault',
    ),
    givenBack: done,
  },
});
