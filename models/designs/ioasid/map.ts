import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { SPACE_KINDS } from '../../../src/vocabulary/operations.js';

const NESTED = SPACE_KINDS.indexOf('nested');

/** Map one page, once for all routes of the IOASID: there is one table. The caller's page is pinned for as long as it is mapped. */
export const map = procedure.createMachine({
  id: 'map',
  context: registers({
    space: 'int',
    page: 'int',
    frame: 'int',
    permission: 'int',
    size: 'int',
    ioasid: 'ref',
    kind: 'int',
    domain: 'ref',
    mapping: 'ref',
    number: 'int',
    physical: 'int',
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
    readKind: run('get', { field: 'ioasid.kind', of: reg('ioasid') }, to('isOurs', keep('kind'))),
    // The pages of a nested table are the guest's to map.
    isOurs: choose(when(is('kind', NESTED), 'leaveFailed', set('errno', ERRNO.EINVAL)), to('findNumber')),
    findNumber: run('pageNumber', { page: reg('page') }, to('isAligned', keep('number'))),
    isAligned: run('isAligned', { page: reg('number'), size: reg('size') }, [
      when(result(0), 'leaveFailed', set('errno', ERRNO.EINVAL)),
      to('findOverlap'),
    ]),
    findOverlap: run('overlapping', { space: reg('ioasid'), page: reg('number'), size: reg('size') }, [
      when(result(0), 'create'),
      to('leaveFailed', set('errno', ERRNO.EEXIST)),
    ]),
    create: run('create', { kind: 'mapping' }, to('pin', keep('mapping')), to('leaveFailed', keep('errno'))),
    pin: run('pin', { frame: reg('frame') }, 'findPhysical', to('destroy', keep('errno'))),
    findPhysical: run(
      'framePage',
      { frame: reg('frame'), size: reg('size') },
      to('readDomain', keep('physical')),
    ),
    readDomain: run('get', { field: 'ioasid.domain', of: reg('ioasid') }, to('mapPage', keep('domain'))),
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
    link: run('set', { field: 'mapping.space', of: reg('mapping'), value: reg('ioasid') }, 'leave'),
    leave: run('leaveIoasid', { ioasid: reg('ioasid') }, 'mapped'),
    mapped: done,

    unpin: run('unpin', { frame: reg('physical') }, 'destroy'),
    destroy: run('destroy', { kind: 'mapping', of: reg('mapping') }, 'leaveFailed'),
    leaveFailed: run('leaveIoasid', { ioasid: reg('ioasid') }, 'failed'),
    failed: fails(reg('errno')),
  },
});
