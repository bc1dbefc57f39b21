import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  done,
  fails,
  is,
  keep,
  result,
  run,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/**
 * Remove every mapping in the range from the one table. The driver repeats the invalidation for each route that needs it; then
 * the page is unpinned. A mapping that the range would cut is refused.
 */
export const unmap = procedure.createMachine({
  id: 'unmap',
  context: registers({
    space: 'int',
    page: 'int',
    size: 'int',
    ioasid: 'ref',
    domain: 'ref',
    mapping: 'ref',
    number: 'int',
    removed: 'int',
    errno: 'int',
  }),
  initial: 'use',
  states: {
    use: run(
      'useIoasid',
      { space: reg('space') },
      to('findNumber', keep('ioasid')),
      to('failed', keep('errno')),
    ),
    findNumber: run('pageNumber', { page: reg('page') }, to('readDomain', keep('number'))),
    readDomain: run('get', { field: 'ioasid.domain', of: reg('ioasid') }, to('nextMapping', keep('domain'))),
    nextMapping: run(
      'mappingIn',
      { space: reg('ioasid'), page: reg('number'), size: reg('size') },
      [when(result(0), 'anyRemoved'), to('removeMapping', keep('mapping'))],
      to('leaveFailed', keep('errno')),
    ),
    removeMapping: run(
      'removeMapping',
      { mapping: reg('mapping'), domain: reg('domain') },
      to('nextMapping', add('removed', 1)),
      to('leaveFailed', keep('errno')),
    ),
    anyRemoved: choose(when(is('removed', 0), 'leaveFailed', set('errno', ERRNO.ENOENT)), to('leave')),
    leave: run('leaveIoasid', { ioasid: reg('ioasid') }, 'unmapped'),
    unmapped: done,
    leaveFailed: run('leaveIoasid', { ioasid: reg('ioasid') }, 'failed'),
    failed: fails(reg('errno')),
  },
});
