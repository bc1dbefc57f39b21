import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { done, fails, keep, result, run, set, to, when } from './states.js';

/** IOMMU_HWPT_INVALIDATE: the flush is done when the call returns. Several tables stand for a space with fault queues. */
export const guestInvalidate = procedure.createMachine({
  id: 'guestInvalidate',
  context: registers({
    space: 'int',
    scope: 'int',
    page: 'int',
    hwpt: 'ref',
    beside: 'ref',
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
      'nextBeside',
      to('putFailed', keep('errno')),
    ),
    nextBeside: run('next', { kind: 'hwpt', field: 'hwpt.base', after: reg('beside'), value: reg('hwpt') }, [
      when(result(0), 'putHwpt'),
      to('readBeside', keep('beside')),
    ]),
    readBeside: run('get', { field: 'hwpt.domain', of: reg('beside') }, to('invalidate', keep('domain'))),
    putHwpt: run('decrement', { field: 'hwpt.users', of: reg('hwpt') }, 'invalidated'),
    invalidated: done,
    putFailed: run('decrement', { field: 'hwpt.users', of: reg('hwpt') }, 'failed'),
    failed: fails(reg('errno')),
  },
});
