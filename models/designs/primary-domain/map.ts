import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { done, fails, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/** vfio_dma_do_map(): under the container's lock; the range must be free, the page is pinned, then mapped. */
export const map = procedure.createMachine({
  id: 'map',
  context: registers({
    space: 'int',
    principal: 'int',
    page: 'int',
    frame: 'int',
    permission: 'int',
    size: 'int',
    handle: 'ref',
    domain: 'ref',
    mapping: 'ref',
    number: 'int',
    physical: 'int',
    errno: 'int',
  }),
  initial: 'hold',
  states: {
    hold: run('holdSpace', { space: reg('space'), principal: reg('principal') }, [
      when(result(0), 'noSpace'),
      to('lockContainer', keep('handle')),
    ]),
    lockContainer: run('lock', { family: 'container', id: reg('handle') }, 'findNumber'),
    findNumber: run('pageNumber', { page: reg('page') }, to('isAligned', keep('number'))),
    isAligned: run('isAligned', { page: reg('number'), size: reg('size') }, [
      when(result(0), 'unlockFailed', set('errno', ERRNO.EINVAL)),
      to('findOverlap'),
    ]),
    findOverlap: run('overlapping', { space: reg('handle'), page: reg('number'), size: reg('size') }, [
      when(result(0), 'create'),
      to('unlockFailed', set('errno', ERRNO.EEXIST)),
    ]),
    create: run(
      'create',
      { kind: 'mapping' },
      to('pin', keep('mapping')),
      to('unlockFailed', set('errno', ERRNO.ENOMEM)),
    ),
    pin: run('pin', { frame: reg('frame') }, 'findPhysical', to('destroy', keep('errno'))),
    findPhysical: run(
      'framePage',
      { frame: reg('frame'), size: reg('size') },
      to('readDomain', keep('physical')),
    ),
    readDomain: run('get', { field: 'space.domain', of: reg('handle') }, to('mapPage', keep('domain'))),
    mapPage: run(
      'driver/mapPage',
      {
        domain: reg('domain'),
        page: reg('number'),
        frame: reg('physical'),
        permission: reg('permission'),
        size: reg('size'),
      },
      'storePage',
      to('unpin', keep('errno')),
    ),
    storePage: run('set', { field: 'mapping.page', of: reg('mapping'), value: reg('number') }, 'storeSize'),
    storeSize: run('set', { field: 'mapping.size', of: reg('mapping'), value: reg('size') }, 'storeFrame'),
    storeFrame: run('set', { field: 'mapping.frame', of: reg('mapping'), value: reg('physical') }, 'link'),
    link: run('set', { field: 'mapping.space', of: reg('mapping'), value: reg('handle') }, 'unlockContainer'),
    unlockContainer: run('unlock', { family: 'container', id: reg('handle') }, 'put'),
    put: run('decrement', { field: 'space.users', of: reg('handle') }, 'mapped'),
    mapped: done,

    unpin: run('unpin', { frame: reg('physical') }, 'destroy'),
    destroy: run('destroy', { kind: 'mapping', of: reg('mapping') }, 'unlockFailed'),
    unlockFailed: run('unlock', { family: 'container', id: reg('handle') }, 'putFailed'),
    putFailed: run('decrement', { field: 'space.users', of: reg('handle') }, 'failed'),
    failed: fails(reg('errno')),
    noSpace: fails(ERRNO.EINVAL),
  },
});
