import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
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
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/** Look the caller's address space up: its table with a reference, and its ioas. Fails for what is none. */
const getIoas = procedure.createMachine({
  id: 'getIoas',
  context: registers({ space: 'int', hwpt: 'ref' }),
  output: returns('hwpt'),
  initial: 'get',
  states: {
    get: run('getHwpt', { space: reg('space') }, [when(result(0), 'none'), to('isIoas', keep('hwpt'))]),
    isIoas: run('get', { field: 'hwpt.ioas', of: reg('hwpt') }, [when(result(0), 'put'), to('found')]),
    put: run('decrement', { field: 'hwpt.users', of: reg('hwpt') }, 'none'),
    none: fails(ERRNO.ENOENT),
    found: done,
  },
});

/**
 * IOMMU_IOAS_MAP of one page: the area is inserted unusable, the page pinned and mapped in every domain, then the area is made
 * usable. As it was, a failure in one domain unpins the page while the domains before it still have it mapped.
 */
function map(mended: MendQuery) {
  const unmapsFirst = mended('failed-map-unmaps-first');
  return procedure.createMachine({
    id: 'map',
    context: registers({
      space: 'int',
      page: 'int',
      frame: 'int',
      permission: 'int',
      size: 'int',
      hwpt: 'ref',
      ioas: 'ref',
      area: 'ref',
      number: 'int',
      physical: 'int',
      each: 'ref',
      undone: 'ref',
      domain: 'ref',
      errno: 'int',
    }),
    initial: 'getIoas',
    states: {
      getIoas: run(
        'getIoas',
        { space: reg('space') },
        to('readIoas', keep('hwpt')),
        to('failed', keep('errno')),
      ),
      readIoas: run('get', { field: 'hwpt.ioas', of: reg('hwpt') }, to('whichPage', keep('ioas'))),
      whichPage: run('pageNumber', { page: reg('page') }, to('whichFrame', keep('number'))),
      whichFrame: run(
        'framePage',
        { frame: reg('frame'), size: reg('size') },
        to('allocateArea', keep('physical')),
      ),
      allocateArea: run(
        'create',
        { kind: 'area' },
        to('lockAreas', keep('area')),
        to('putHwptFailed', keep('errno')),
      ),
      lockAreas: run('lock', { family: 'areas', id: reg('ioas') }, 'isOccupied'),
      isOccupied: run('areaIn', { ioas: reg('ioas'), page: reg('number'), size: reg('size') }, [
        when(result(0), 'insertArea'),
        to('unlockOccupied', set('errno', ERRNO.EEXIST)),
      ]),
      insertArea: run(
        'fillArea',
        {
          of: reg('area'),
          ioas: reg('ioas'),
          page: reg('number'),
          size: reg('size'),
          frame: reg('physical'),
        },
        'setPermission',
      ),
      setPermission: run(
        'set',
        { field: 'area.permission', of: reg('area'), value: reg('permission') },
        'unlockAreas',
      ),
      unlockAreas: run('unlock', { family: 'areas', id: reg('ioas') }, 'lockDomains'),

      lockDomains: run('lockShared', { family: 'domains', id: reg('ioas') }, 'pin'),
      pin: run('pin', { frame: reg('frame') }, 'nextDomain', to('unlockDomainsFailed', keep('errno'))),
      nextDomain: run('nextHwptOf', { ioas: reg('ioas'), after: reg('each') }, [
        when(result(0), 'lockUsable'),
        to('readDomain', keep('each')),
      ]),
      readDomain: run('get', { field: 'hwpt.domain', of: reg('each') }, to('mapPage', keep('domain'))),
      mapPage: run(
        'driver/mapPage',
        {
          domain: reg('domain'),
          page: reg('number'),
          frame: reg('physical'),
          permission: reg('permission'),
          size: reg('size'),
        },
        'nextDomain',
        to(unmapsFirst ? 'nextUndone' : 'unpin', keep('errno')),
      ),
      lockUsable: run('lock', { family: 'areas', id: reg('ioas') }, 'setUsable'),
      setUsable: run('set', { field: 'area.live', of: reg('area'), value: 1 }, 'unlockUsable'),
      unlockUsable: run('unlock', { family: 'areas', id: reg('ioas') }, 'unlockDomains'),
      unlockDomains: run('unlockShared', { family: 'domains', id: reg('ioas') }, 'putHwpt'),
      putHwpt: run('decrement', { field: 'hwpt.users', of: reg('hwpt') }, 'mapped'),
      mapped: done,

      nextUndone: run('nextMappedBefore', { ioas: reg('ioas'), after: reg('undone'), before: reg('each') }, [
        when(result(0), unmapsFirst ? 'unpin' : 'unlockDomainsFailed'),
        to('readUndone', keep('undone')),
      ]),
      readUndone: run('get', { field: 'hwpt.domain', of: reg('undone') }, to('unmapPage', keep('domain'))),
      unmapPage: run(
        'driver/unmapPage',
        { domain: reg('domain'), page: reg('number'), size: reg('size') },
        'nextUndone',
        'nextUndone',
      ),
      unpin: run('unpin', { frame: reg('physical') }, unmapsFirst ? 'unlockDomainsFailed' : 'nextUndone'),
      unlockDomainsFailed: run('unlockShared', { family: 'domains', id: reg('ioas') }, 'lockAbort'),
      lockAbort: run('lock', { family: 'areas', id: reg('ioas') }, 'unlockOccupied'),
      unlockOccupied: run('destroy', { kind: 'area', of: reg('area') }, 'unlockAreasFailed'),
      unlockAreasFailed: run('unlock', { family: 'areas', id: reg('ioas') }, 'putHwptFailed'),
      putHwptFailed: run('decrement', { field: 'hwpt.users', of: reg('hwpt') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
}

/**
 * IOMMU_IOAS_UNMAP: every area inside the range, one after the other. The area is made unusable, unmapped and flushed in every
 * domain, and only then unpinned. No domain can join or leave meanwhile.
 */
const unmap = procedure.createMachine({
  id: 'unmap',
  context: registers({
    space: 'int',
    page: 'int',
    size: 'int',
    hwpt: 'ref',
    ioas: 'ref',
    area: 'ref',
    number: 'int',
    start: 'int',
    length: 'int',
    frame: 'int',
    each: 'ref',
    domain: 'ref',
    removed: 'int',
    errno: 'int',
  }),
  initial: 'getIoas',
  states: {
    getIoas: run(
      'getIoas',
      { space: reg('space') },
      to('readIoas', keep('hwpt')),
      to('failed', keep('errno')),
    ),
    readIoas: run('get', { field: 'hwpt.ioas', of: reg('hwpt') }, to('whichPage', keep('ioas'))),
    whichPage: run('pageNumber', { page: reg('page') }, to('lockDomains', keep('number'))),
    lockDomains: run('lockShared', { family: 'domains', id: reg('ioas') }, 'lockAreas'),
    lockAreas: run('lock', { family: 'areas', id: reg('ioas') }, 'findArea'),
    findArea: run('areaIn', { ioas: reg('ioas'), page: reg('number'), size: reg('size') }, [
      when(result(0), 'unlockAreasDone'),
      to('isUsable', keep('area')),
    ]),
    isUsable: run('get', { field: 'area.live', of: reg('area') }, [
      when(result(0), 'unlockAreasDone', set('removed', 0), set('errno', ERRNO.EBUSY)),
      to('isInside'),
    ]),
    isInside: run('isInside', { area: reg('area'), page: reg('number'), size: reg('size') }, [
      when(result(0), 'unlockAreasDone', set('removed', 0)),
      to('setUnusable'),
    ]),
    setUnusable: run('clear', { field: 'area.live', of: reg('area') }, 'unlockAreas'),
    unlockAreas: run('unlock', { family: 'areas', id: reg('ioas') }, 'readStart'),
    readStart: run('get', { field: 'area.page', of: reg('area') }, to('readLength', keep('start'))),
    readLength: run('get', { field: 'area.size', of: reg('area') }, to('readFrame', keep('length'))),
    readFrame: run(
      'get',
      { field: 'area.frame', of: reg('area') },
      to('nextDomain', keep('frame'), set('each', 0)),
    ),
    nextDomain: run('nextHwptOf', { ioas: reg('ioas'), after: reg('each') }, [
      when(result(0), 'unpin'),
      to('readDomain', keep('each')),
    ]),
    readDomain: run('get', { field: 'hwpt.domain', of: reg('each') }, to('unmapPage', keep('domain'))),
    unmapPage: run(
      'driver/unmapPage',
      { domain: reg('domain'), page: reg('start'), size: reg('length') },
      'nextDomain',
      'nextDomain',
    ),
    unpin: run('unpin', { frame: reg('frame') }, to('lockAgain', add('removed', 1))),
    lockAgain: run('lock', { family: 'areas', id: reg('ioas') }, 'freeArea'),
    freeArea: run('destroy', { kind: 'area', of: reg('area') }, 'findArea'),
    unlockAreasDone: run('unlock', { family: 'areas', id: reg('ioas') }, 'unlockDomains'),
    unlockDomains: run('unlockShared', { family: 'domains', id: reg('ioas') }, 'putHwpt'),
    putHwpt: run('decrement', { field: 'hwpt.users', of: reg('hwpt') }, 'isAny'),
    isAny: choose(
      when(is('errno', ERRNO.EBUSY), 'failed'),
      when(is('removed', 0), 'nothing'),
      to('unmapped'),
    ),
    unmapped: done,
    nothing: choose(to('failed', set('errno', ERRNO.ENOENT))),
    failed: fails(reg('errno')),
  },
});

/** iopt_table_add_domain: everything mapped in the address space is mapped in one more domain, or nothing is. */
const addDomain = procedure.createMachine({
  id: 'addDomain',
  context: registers({
    hwpt: 'ref',
    ioas: 'ref',
    domain: 'ref',
    area: 'ref',
    page: 'int',
    size: 'int',
    frame: 'int',
    permission: 'int',
    errno: 'int',
  }),
  initial: 'lockDomains',
  states: {
    lockDomains: run('lock', { family: 'domains', id: reg('ioas') }, 'lockAreas'),
    lockAreas: run('lock', { family: 'areas', id: reg('ioas') }, 'nextArea'),
    nextArea: run('nextArea', { ioas: reg('ioas'), after: reg('area') }, [
      when(result(0), 'list'),
      to('readPage', keep('area')),
    ]),
    readPage: run('get', { field: 'area.page', of: reg('area') }, to('readSize', keep('page'))),
    readSize: run('get', { field: 'area.size', of: reg('area') }, to('readFrame', keep('size'))),
    readFrame: run('get', { field: 'area.frame', of: reg('area') }, to('readPermission', keep('frame'))),
    readPermission: run(
      'get',
      { field: 'area.permission', of: reg('area') },
      to('mapPage', keep('permission')),
    ),
    mapPage: run(
      'driver/mapPage',
      {
        domain: reg('domain'),
        page: reg('page'),
        frame: reg('frame'),
        permission: reg('permission'),
        size: reg('size'),
      },
      'nextArea',
      to('unlockAreasFailed', keep('errno')),
    ),
    list: run('set', { field: 'hwpt.listed', of: reg('hwpt'), value: reg('ioas') }, 'unlockAreas'),
    unlockAreas: run('unlock', { family: 'areas', id: reg('ioas') }, 'unlockDomains'),
    unlockDomains: run('unlock', { family: 'domains', id: reg('ioas') }, 'added'),
    added: done,
    // What was mapped goes with the domain: nothing has been attached to it.
    unlockAreasFailed: run('unlock', { family: 'areas', id: reg('ioas') }, 'unlockDomainsFailed'),
    unlockDomainsFailed: run('unlock', { family: 'domains', id: reg('ioas') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** iopt_table_remove_domain: every area is unmapped from the domain; the last one to go takes the pins along. */
const removeDomain = procedure.createMachine({
  id: 'removeDomain',
  context: registers({
    hwpt: 'ref',
    ioas: 'ref',
    domain: 'ref',
    other: 'ref',
    area: 'ref',
    page: 'int',
    size: 'int',
    frame: 'int',
  }),
  initial: 'lockDomains',
  states: {
    lockDomains: run('lock', { family: 'domains', id: reg('ioas') }, 'lockAreas'),
    lockAreas: run('lock', { family: 'areas', id: reg('ioas') }, 'delist'),
    delist: run('clear', { field: 'hwpt.listed', of: reg('hwpt') }, 'isLast'),
    isLast: run('nextHwptOf', { ioas: reg('ioas'), after: 0 }, to('nextArea', keep('other'))),
    nextArea: run('nextArea', { ioas: reg('ioas'), after: reg('area') }, [
      when(result(0), 'unlockAreas'),
      to('readPage', keep('area')),
    ]),
    readPage: run('get', { field: 'area.page', of: reg('area') }, to('readSize', keep('page'))),
    readSize: run('get', { field: 'area.size', of: reg('area') }, to('unmapPage', keep('size'))),
    unmapPage: run(
      'driver/unmapPage',
      { domain: reg('domain'), page: reg('page'), size: reg('size') },
      'keepsPin',
      'keepsPin',
    ),
    keepsPin: choose(when(is('other', 0), 'readFrame'), to('nextArea')),
    readFrame: run('get', { field: 'area.frame', of: reg('area') }, to('unpin', keep('frame'))),
    unpin: run('unpin', { frame: reg('frame') }, 'nextArea'),
    unlockAreas: run('unlock', { family: 'areas', id: reg('ioas') }, 'unlockDomains'),
    unlockDomains: run('unlock', { family: 'domains', id: reg('ioas') }, 'removed'),
    removed: done,
  },
});

export const mappingProcedures = (mended: MendQuery) => [
  getIoas,
  map(mended),
  unmap,
  addDomain,
  removeDomain,
];
