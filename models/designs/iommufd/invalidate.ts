import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  choose,
  copy,
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
 * IOMMU_HWPT_INVALIDATE: the flush is done when the call returns. Several tables stand for a space with fault queues: that is a call
 * for each, which looks its table up and holds it.
 */
export const guestInvalidate = procedure.createMachine({
  id: 'guestInvalidate',
  context: registers({
    space: 'int',
    scope: 'int',
    page: 'int',
    hwpt: 'ref',
    beside: 'ref',
    next: 'ref',
    domain: 'ref',
    number: 'int',
    errno: 'int',
  }),
  initial: 'getHwpt',
  states: {
    getHwpt: run('getHwpt', { space: reg('space') }, [
      when(result(0), 'failed', set('errno', ERRNO.ENOENT)),
      to('isNested', keep('hwpt')),
    ]),
    isNested: run('get', { field: 'hwpt.parent', of: reg('hwpt') }, [
      when(result(0), 'putFailed', set('errno', ERRNO.EINVAL)),
      to('whichPage'),
    ]),
    whichPage: run('guestPage', { page: reg('page') }, to('readDomain', keep('number'))),
    readDomain: run('get', { field: 'hwpt.domain', of: reg('hwpt') }, to('invalidate', keep('domain'))),
    invalidate: run(
      'driver/invalidateNested',
      { domain: reg('domain'), scope: reg('scope'), page: reg('number') },
      'useBeside',
      to('putBesideFailed', keep('errno')),
    ),
    useBeside: run(
      'useBeside',
      { base: reg('hwpt'), after: reg('beside') },
      to('isBesideHeld', keep('next')),
    ),
    isBesideHeld: choose(when(is('beside', 0), 'isNextHeld', copy('next', 'beside')), to('putBeside')),
    putBeside: run('putHwpt', { hwpt: reg('beside') }, to('isNextHeld', copy('next', 'beside'))),
    isNextHeld: choose(when(is('beside', 0), 'putHwpt'), to('readBeside')),
    readBeside: run('get', { field: 'hwpt.domain', of: reg('beside') }, to('invalidate', keep('domain'))),
    putHwpt: run('decrement', { field: 'hwpt.users', of: reg('hwpt') }, 'invalidated'),
    invalidated: done,
    putBesideFailed: choose(when(is('beside', 0), 'putFailed'), to('dropBeside')),
    dropBeside: run('putHwpt', { hwpt: reg('beside') }, 'putFailed'),
    putFailed: run('decrement', { field: 'hwpt.users', of: reg('hwpt') }, 'failed'),
    failed: fails(reg('errno')),
  },
});
