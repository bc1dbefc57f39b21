import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, is, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';

/**
 * Orderly unplug: the fault handler and every route of the device go, then the IOMMU driver lets it go. Its group leaves its
 * IOASID if no other device of it was attached, and is nobody's when it has no device left.
 */
export const release = (mended: MendQuery) => {
  const walks = mended('attach-walks-group');
  return procedure.createMachine({
    id: 'releaseDevice',
    context: registers({ device: 'int', group: 'int', handler: 'ref', route: 'ref', asked: 'int' }),
    initial: 'findGroup',
    states: {
      findGroup: run('groupHandle', { device: reg('device') }, to('lockDevice', keep('group'))),
      lockDevice: run('lock', { family: 'device', id: reg('group') }, 'isPresent'),
      isPresent: run('isPresent', { device: reg('device') }, [
        when(result(0), 'unlockDevice'),
        to('findHandler'),
      ]),
      findHandler: run('handlerOfDevice', { device: reg('device') }, [
        when(result(0), 'nextRoute'),
        to('removeHandler', keep('handler')),
      ]),
      removeHandler: run('removeHandler', { handler: reg('handler'), device: reg('device') }, 'nextRoute'),
      nextRoute: run('routeOfDevice', { device: reg('device') }, [
        when(result(0), 'wasAsked'),
        to('isWhole', keep('route')),
      ]),
      isWhole: run('get', { field: 'route.pasid', of: reg('route') }, [
        when(result(0), 'isAsked'),
        to('remove'),
      ]),
      isAsked: run('get', { field: 'route.asked', of: reg('route') }, [
        when(result(0), 'remove'),
        to('tellDetached'),
      ]),
      tellDetached: run(
        'event',
        { machine: 'group', event: 'DETACH', id: reg('group') },
        to('remove', set('asked', 1)),
      ),
      remove: run('removeRoute', { route: reg('route') }, 'nextRoute'),
      wasAsked: choose(...(walks ? [when(is('asked', 1), 'anyAsked')] : []), to('releaseDevice')),
      ...(walks
        ? {
            anyAsked: run('askedOfGroup', { group: reg('group') }, [
              when(result(0), 'leaveIoasids'),
              to('releaseDevice'),
            ]),
            leaveIoasids: run('leaveIoasids', { group: reg('group') }, 'releaseDevice'),
          }
        : {}),
      releaseDevice: run('driver/releaseDevice', { device: reg('device') }, 'unplug'),
      unplug: run('driver/dropDevice', { device: reg('device'), unplugs: 1 }, 'anyDevice'),
      anyDevice: run('nextMember', { group: reg('group'), after: 0 }, [
        when(result(0), 'isOwned'),
        to('unlockDevice'),
      ]),
      isOwned: run('get', { field: 'group.owner', of: reg('group') }, [
        when(result(0), 'unlockDevice'),
        to('clearOwner'),
      ]),
      clearOwner: run('clear', { field: 'group.owner', of: reg('group') }, 'tellGroup'),
      tellGroup: run('event', { machine: 'group', event: 'RELEASE', id: reg('group') }, 'unlockDevice'),
      unlockDevice: run('unlock', { family: 'device', id: reg('group') }, 'released'),
      released: done,
    },
  });
};
