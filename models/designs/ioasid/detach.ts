import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, is, keep, result, run, same, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';

/** Take a route off its IOASID. A group leaves with the last of its devices that was attached. */
export const detach = (mended: MendQuery) =>
  procedure.createMachine({
    id: 'detach',
    context: registers({
      device: 'int',
      slot: 'int',
      principal: 'int',
      group: 'int',
      owner: 'int',
      route: 'ref',
    }),
    initial: 'findGroup',
    states: {
      findGroup: run('groupHandle', { device: reg('device') }, to('lockDevice', keep('group'))),
      lockDevice: run('lock', { family: 'device', id: reg('group') }, 'readOwner'),
      readOwner: run('get', { field: 'group.owner', of: reg('group') }, to('isOwner', keep('owner'))),
      isOwner: choose(
        when(same('owner', 'principal'), 'find'),
        when([is('owner', 0), is('slot', 0)], 'unlockRefused'),
        when(is('owner', 0), 'find'),
        to('unlockRefused'),
      ),
      find: run('routeOf', { device: reg('device'), pasid: reg('slot') }, [
        when(result(0), 'unlockDevice'),
        to('isWhole', keep('route')),
      ]),
      isWhole: choose(when(is('slot', 0), 'isAsked'), to('remove')),
      isAsked: run('get', { field: 'route.asked', of: reg('route') }, [
        when(result(0), 'unlockUnasked'),
        to('unask'),
      ]),
      unask: run('clear', { field: 'route.asked', of: reg('route') }, 'tellGroup'),
      tellGroup: run(
        'event',
        { machine: 'group', event: 'DETACH', id: reg('group') },
        mended('attach-walks-group') ? 'anyAsked' : 'remove',
      ),
      ...(mended('attach-walks-group')
        ? {
            anyAsked: run('askedOfGroup', { group: reg('group') }, [
              when(result(0), 'leaveIoasids'),
              to('unlockOthers'),
            ]),
            leaveIoasids: run('leaveIoasids', { group: reg('group') }, 'unlockDevice'),
            // Others still ask for it, so that nothing is taken away: a state of its own, as below.
            unlockOthers: run('unlock', { family: 'device', id: reg('group') }, 'detached'),
          }
        : {}),
      remove: run('removeRoute', { route: reg('route') }, 'unlockDevice'),
      // Nobody has attached it, or it is another's: states of their own, for what others did in between shows here.
      unlockRefused: run('unlock', { family: 'device', id: reg('group') }, 'detached'),
      unlockUnasked: run('unlock', { family: 'device', id: reg('group') }, 'detached'),
      unlockDevice: run('unlock', { family: 'device', id: reg('group') }, 'detached'),
      detached: done,
    },
  });
