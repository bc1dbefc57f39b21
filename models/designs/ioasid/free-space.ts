import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { done, fails, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { IN_USE } from './steps.js';
import { HANDLES, holdsParents } from './use-ioasid.js';

/**
 * Free an IOASID that no route is listed on. Its handle goes first, so that nobody can find it any more; then the table, which
 * no entry points at, and the pins. A child stays on its parent's list until its own table is gone.
 */
export const freeSpace = (mended: MendQuery) => {
  const holds = mended('calls-hold-the-ioasid') || holdsParents(mended);
  const childrenCount = mended('children-keep-parent');
  return procedure.createMachine({
    id: 'freeSpace',
    context: registers({
      space: 'int',
      ioasid: 'ref',
      domain: 'ref',
      mapping: 'ref',
      frame: 'int',
      errno: 'int',
    }),
    initial: 'lockHandles',
    states: {
      lockHandles: run('lock', { family: 'handles', id: HANDLES }, 'find'),
      find: run('findIoasid', { space: reg('space') }, [
        when(result(0), 'unlockFailed', set('errno', ERRNO.ENOENT)),
        to(holds ? 'anyUser' : 'anyRoute', keep('ioasid')),
      ]),
      // Whoever is inside may be about to list a child; whoever is not waits for the lock.
      ...(holds
        ? {
            anyUser: run('get', { field: 'ioasid.users', of: reg('ioasid') }, [
              when(result(0), 'anyRoute'),
              to('unlockFailed', set('errno', ERRNO.EBUSY)),
            ]),
          }
        : {}),
      anyRoute: run('routeListed', { ioasid: reg('ioasid') }, [
        when(result(0), childrenCount ? 'anyChild' : 'takeHandle'),
        when(result(IN_USE.rid), 'unlockFailed', set('errno', ERRNO.EBUSY)),
        when(result(IN_USE.pasid), 'unlockPasidListed', set('errno', ERRNO.EBUSY)),
        to('unlockUnasked', set('errno', ERRNO.EBUSY)),
      ]),
      ...(childrenCount
        ? {
            anyChild: run(
              'next',
              { kind: 'ioasid', field: 'ioasid.parent', after: 0, value: reg('ioasid') },
              [when(result(0), 'takeHandle'), to('unlockFailed', set('errno', ERRNO.EBUSY))],
            ),
          }
        : {}),
      takeHandle: run('set', { field: 'ioasid.gone', of: reg('ioasid'), value: 1 }, 'unlockHandles'),
      unlockHandles: run('unlock', { family: 'handles', id: HANDLES }, 'readDomain'),

      readDomain: run('get', { field: 'ioasid.domain', of: reg('ioasid') }, to('freeDomain', keep('domain'))),
      freeDomain: run('driver/freeDomain', { domain: reg('domain') }, 'nextMapping'),
      nextMapping: run('next', { kind: 'mapping', field: 'mapping.space', after: 0, value: reg('ioasid') }, [
        when(result(0), 'destroy'),
        to('readFrame', keep('mapping')),
      ]),
      readFrame: run('get', { field: 'mapping.frame', of: reg('mapping') }, to('unpin', keep('frame'))),
      unpin: run('unpin', { frame: reg('frame') }, 'destroyMapping'),
      destroyMapping: run('destroy', { kind: 'mapping', of: reg('mapping') }, 'nextMapping'),
      destroy: run('destroy', { kind: 'ioasid', of: reg('ioasid') }, 'freed'),
      freed: done,

      unlockUnasked: run('unlock', { family: 'handles', id: HANDLES }, 'failed'),
      unlockPasidListed: run('unlock', { family: 'handles', id: HANDLES }, 'failed'),
      unlockFailed: run('unlock', { family: 'handles', id: HANDLES }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
};
