import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import { done, fails, keep, result, run, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/** The table of handles is one, and so is its lock, which also guards what is on the lists of the IOASIDs. */
export const HANDLES = 0;

/**
 * Look the caller's IOASID up and lock its page table. Without the mend the handle is all that the call has: what it stands for
 * can be freed before the lock is taken.
 */
export const useIoasid = (mended: MendQuery) => lookUp('useIoasid', mended('calls-hold-the-ioasid'));

const lookUp = (id: string, holds: boolean) =>
  procedure.createMachine({
    id,
    context: registers({ space: 'int', ioasid: 'ref' }),
    output: returns('ioasid'),
    initial: 'lockHandles',
    states: {
      lockHandles: run('lock', { family: 'handles', id: HANDLES }, 'find'),
      find: run('findIoasid', { space: reg('space') }, [
        when(result(0), 'unlockNone'),
        to(holds ? 'hold' : 'unlockHandles', keep('ioasid')),
      ]),
      ...(holds
        ? { hold: run('increment', { field: 'ioasid.users', of: reg('ioasid') }, 'unlockHandles') }
        : {}),
      unlockHandles: run('unlock', { family: 'handles', id: HANDLES }, 'lockTable'),
      lockTable: run('lock', { family: 'ioasid', id: reg('ioasid') }, 'inUse'),
      inUse: done,
      unlockNone: run('unlock', { family: 'handles', id: HANDLES }, 'none'),
      none: fails(ERRNO.ENOENT),
    },
  });

/** The end of that use. */
export const leaveIoasid = (mended: MendQuery) => letGo('leaveIoasid', mended('calls-hold-the-ioasid'));

const letGo = (id: string, holds: boolean) =>
  procedure.createMachine({
    id,
    context: registers({ ioasid: 'ref' }),
    initial: 'unlockTable',
    states: {
      unlockTable: run('unlock', { family: 'ioasid', id: reg('ioasid') }, holds ? 'put' : 'left'),
      ...(holds ? { put: run('decrement', { field: 'ioasid.users', of: reg('ioasid') }, 'left') } : {}),
      left: done,
    },
  });

/** What keeps children's parents has to keep them from their making on: by itself, where other calls hold nothing. */
export const holdsParents = (mended: MendQuery) =>
  mended('children-keep-parent') && !mended('calls-hold-the-ioasid');

/** The use of an IOASID that a child is made on. */
export const parentProcedures = (mended: MendQuery) =>
  holdsParents(mended) ? [lookUp('useParent', true), letGo('leaveParent', true)] : [];
