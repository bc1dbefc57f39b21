import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { add, choose, copy, done, is, keep, result, run, same, to, when } from '../primary-domain/states.js';

/**
 * Closing the device: its group goes back to the kernel, reset first, so that what was programmed into it is gone. A device in
 * use stays open, held by its routes.
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
    }),
    initial: 'findGroup',
    states: {
      findGroup: run('groupHandle', { device: reg('device') }, to('lockDevice', keep('group'))),
      lockDevice: run('lock', { family: 'device', id: reg('group') }, 'isPresent'),
      isPresent: run('isPresent', { device: reg('device') }, [
        when(result(0), 'unlockDevice'),
        to('readOwner'),
      ]),
      readOwner: run('get', { field: 'group.owner', of: reg('group') }, to('isOwner', keep('owner'))),
      isOwner: choose(
        when(is('owner', 0), 'unlockDevice'),
        when(same('owner', 'principal'), 'inUse'),
        to('unlockDevice'),
      ),
      inUse: run('routeOfGroup', { group: reg('group') }, [
        when(result(0), 'nextMember'),
        to('unlockDevice'),
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
    },
  });
};

/** Back to what the kernel uses the device with. Closing cannot fail: it is tried until there is memory for it. */
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
