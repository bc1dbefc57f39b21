import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { done, fails, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/** The device is plugged in, taken by the IOMMU driver, and follows the others of its group. */
export const probe = (mended: MendQuery) => {
  const walks = mended('attach-walks-group');
  return procedure.createMachine({
    id: 'probe',
    context: registers({
      device: 'int',
      group: 'int',
      owner: 'int',
      route: 'ref',
      ioasid: 'ref',
      errno: 'int',
    }),
    initial: 'findGroup',
    states: {
      findGroup: run('groupHandle', { device: reg('device') }, to('lockDevice', keep('group'))),
      lockDevice: run('lock', { family: 'device', id: reg('group') }, 'isPresent'),
      isPresent: run('isPresent', { device: reg('device') }, [
        when(result(0), 'plugIn'),
        to('unlockFailed', set('errno', ERRNO.EBUSY)),
      ]),
      plugIn: run('plugDevice', { device: reg('device'), present: 1 }, 'readOwner'),
      readOwner: run('get', { field: 'group.owner', of: reg('group') }, to('probeDevice', keep('owner'))),
      // What belongs to a user is blocked until it is attached.
      probeDevice: run(
        'driver/probeDevice',
        { device: reg('device'), blocked: reg('owner') },
        walks ? 'ridOfGroup' : 'unlockDevice',
        to('unplug', keep('errno')),
      ),
      ...(walks
        ? {
            ridOfGroup: run('ridOfGroup', { group: reg('group') }, [
              when(result(0), 'unlockDevice'),
              to('readIoasid', keep('route')),
            ]),
            readIoasid: run('get', { field: 'route.ioasid', of: reg('route') }, to('join', keep('ioasid'))),
            join: run(
              'joinIoasid',
              { device: reg('device'), ioasid: reg('ioasid') },
              'unlockDevice',
              to('release', keep('errno')),
            ),
            release: run('driver/releaseDevice', { device: reg('device') }, 'unplug'),
          }
        : {}),
      unlockDevice: run('unlock', { family: 'device', id: reg('group') }, 'probed'),
      probed: done,
      unplug: run('driver/dropDevice', { device: reg('device'), unplugs: 1 }, 'unlockFailed'),
      unlockFailed: run('unlock', { family: 'device', id: reg('group') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
};
