import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { SPACE_KINDS } from '../../../src/vocabulary/operations.js';

const NESTED = SPACE_KINDS.indexOf('nested');

/** The guest's invalidation of its own table, on every route of the child. It has happened when the call returns. */
export const guestInvalidate = procedure.createMachine({
  id: 'guestInvalidate',
  context: registers({
    space: 'int',
    scope: 'int',
    page: 'int',
    ioasid: 'ref',
    kind: 'int',
    domain: 'ref',
    errno: 'int',
  }),
  initial: 'use',
  states: {
    use: run(
      'useIoasid',
      { space: reg('space') },
      to('readKind', keep('ioasid')),
      to('failed', keep('errno')),
    ),
    readKind: run('get', { field: 'ioasid.kind', of: reg('ioasid') }, to('isNested', keep('kind'))),
    isNested: choose(when(is('kind', NESTED), 'readDomain'), to('leaveFailed', set('errno', ERRNO.EINVAL))),
    readDomain: run('get', { field: 'ioasid.domain', of: reg('ioasid') }, to('invalidate', keep('domain'))),
    // A guest's table is one page, so that the number of a page in it is its index.
    invalidate: run(
      'driver/invalidateNested',
      { domain: reg('domain'), scope: reg('scope'), page: reg('page') },
      'leave',
      to('leaveFailed', keep('errno')),
    ),
    leave: run('leaveIoasid', { ioasid: reg('ioasid') }, 'invalidated'),
    invalidated: done,
    leaveFailed: run('leaveIoasid', { ioasid: reg('ioasid') }, 'failed'),
    failed: fails(reg('errno')),
  },
});
