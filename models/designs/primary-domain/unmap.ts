import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { done, fails, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/** vfio_dma_do_unmap(): every mapping in the range, under the container's lock; one that the range would cut is refused. */
export const unmap = procedure.createMachine({
  id: 'unmap',
  context: registers({
    space: 'int',
    principal: 'int',
    page: 'int',
    size: 'int',
    handle: 'ref',
    domain: 'ref',
    mapping: 'ref',
    number: 'int',
    errno: 'int',
  }),
  initial: 'hold',
  states: {
    hold: run('holdSpace', { space: reg('space'), principal: reg('principal') }, [
      when(result(0), 'noSpace'),
      to('lockContainer', keep('handle')),
    ]),
    lockContainer: run('lock', { family: 'container', id: reg('handle') }, 'findNumber'),
    findNumber: run('pageNumber', { page: reg('page') }, to('readDomain', keep('number'))),
    readDomain: run('get', { field: 'space.domain', of: reg('handle') }, to('nextMapping', keep('domain'))),
    nextMapping: run(
      'mappingIn',
      { space: reg('handle'), page: reg('number'), size: reg('size') },
      [when(result(0), 'unlockContainer'), to('removeMapping', keep('mapping'))],
      to('unlockFailed', keep('errno')),
    ),
    removeMapping: run(
      'removeMapping',
      { mapping: reg('mapping'), domain: reg('domain') },
      to('nextMapping', set('mapping', 0)),
      to('unlockFailed', keep('errno')),
    ),
    unlockContainer: run('unlock', { family: 'container', id: reg('handle') }, 'put'),
    put: run('decrement', { field: 'space.users', of: reg('handle') }, 'unmapped'),
    unmapped: done,
    unlockFailed: run('unlock', { family: 'container', id: reg('handle') }, 'putFailed'),
    putFailed: run('decrement', { field: 'space.users', of: reg('handle') }, 'failed'),
    failed: fails(reg('errno')),
    noSpace: fails(ERRNO.EINVAL),
  },
});

/** vfio_unmap_unpin() and vfio_remove_dma(): the page is unpinned once the unmap has flushed. */
export const removeMapping = procedure.createMachine({
  id: 'removeMapping',
  context: registers({ mapping: 'ref', domain: 'ref', page: 'int', size: 'int', frame: 'int', errno: 'int' }),
  initial: 'readPage',
  states: {
    readPage: run('get', { field: 'mapping.page', of: reg('mapping') }, to('readSize', keep('page'))),
    readSize: run('get', { field: 'mapping.size', of: reg('mapping') }, to('readFrame', keep('size'))),
    readFrame: run('get', { field: 'mapping.frame', of: reg('mapping') }, to('unmapPage', keep('frame'))),
    unmapPage: run(
      'driver/unmapPage',
      { domain: reg('domain'), page: reg('page'), size: reg('size') },
      'unpin',
      to('failed', keep('errno')),
    ),
    unpin: run('unpin', { frame: reg('frame') }, 'destroy'),
    destroy: run('destroy', { kind: 'mapping', of: reg('mapping') }, 'removed'),
    removed: done,
    failed: fails(reg('errno')),
  },
});
