import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { SPACE_KINDS } from '../../../src/vocabulary/operations.js';

const KIND = Object.fromEntries(SPACE_KINDS.map((name, index) => [name, index]));

/**
 * IOMMU_IOAS_ALLOC with IOMMU_HWPT_ALLOC on it, or IOMMU_HWPT_ALLOC of a nested table. The object can be found when it is
 * finalized, which is its reference count being set.
 */
const createSpace = procedure.createMachine({
  id: 'createSpace',
  context: registers({
    kind: 'int',
    parent: 'int',
    on: 'ref',
    onDomain: 'ref',
    nestParent: 'int',
    ioas: 'ref',
    hwpt: 'ref',
    domain: 'ref',
    errno: 'int',
  }),
  output: returns('hwpt'),
  initial: 'byKind',
  states: {
    byKind: choose(
      when(is('kind', KIND.paging), 'allocateIoas'),
      when(is('kind', KIND.nestParent), 'allocateIoas', set('nestParent', 1)),
      when(is('kind', KIND.nested), 'getParent'),
      to('failed', set('errno', ERRNO.EOPNOTSUPP)),
    ),
    getParent: run('getHwpt', { space: reg('parent') }, [
      when(result(0), 'failed', set('errno', ERRNO.EINVAL)),
      to('isParent', keep('on')),
    ]),
    isParent: run('get', { field: 'hwpt.nestParent', of: reg('on') }, [
      when(result(0), 'putParent', set('errno', ERRNO.EINVAL)),
      to('readParentDomain'),
    ]),
    readParentDomain: run(
      'get',
      { field: 'hwpt.domain', of: reg('on') },
      to('allocateHwpt', keep('onDomain')),
    ),

    allocateIoas: run(
      'create',
      { kind: 'ioas' },
      to('allocateHwpt', keep('ioas')),
      to('failed', keep('errno')),
    ),
    allocateHwpt: run(
      'create',
      { kind: 'hwpt' },
      to('allocateDomain', keep('hwpt')),
      to('freeIoas', keep('errno')),
    ),
    allocateDomain: run(
      'driver/allocDomain',
      { kind: reg('kind'), parent: reg('onDomain') },
      to('fill', keep('domain')),
      to('freeHwpt', keep('errno')),
    ),
    fill: run(
      'fillHwpt',
      {
        of: reg('hwpt'),
        ioas: reg('ioas'),
        domain: reg('domain'),
        parent: reg('on'),
        nestParent: reg('nestParent'),
      },
      'announce',
    ),
    announce: run('event', { machine: 'hwpt', event: 'ALLOCATE', id: reg('hwpt') }, 'isNested'),
    // A nested table keeps the reference to its parent.
    isNested: choose(when(is('on', 0), 'list'), to('nest')),
    nest: run('event', { machine: 'hwpt', event: 'NEST', id: reg('on') }, 'created'),
    list: run('set', { field: 'hwpt.listed', of: reg('hwpt'), value: reg('ioas') }, 'created'),
    created: done,

    freeHwpt: run('destroy', { kind: 'hwpt', of: reg('hwpt') }, 'freeIoas'),
    freeIoas: choose(when(is('ioas', 0), 'putParent'), to('destroyIoas')),
    destroyIoas: run('destroy', { kind: 'ioas', of: reg('ioas') }, 'failed'),
    putParent: run('decrement', { field: 'hwpt.users', of: reg('on') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** IOMMU_DESTROY of the table, of what stands beside it for fault queues, and of its ioas: EBUSY while anything uses them. */
const freeSpace = procedure.createMachine({
  id: 'freeSpace',
  context: registers({ space: 'int', hwpt: 'ref', ioas: 'ref', beside: 'ref', area: 'ref', errno: 'int' }),
  initial: 'retire',
  states: {
    retire: run(
      'retireSpace',
      { space: reg('space') },
      [when(result(0), 'failed', set('errno', ERRNO.ENOENT)), to('readIoas', keep('hwpt'))],
      to('failed', keep('errno')),
    ),
    readIoas: run('get', { field: 'hwpt.ioas', of: reg('hwpt') }, to('retireBeside', keep('ioas'))),
    retireBeside: run(
      'retireFaultTable',
      { base: reg('hwpt') },
      [when(result(0), 'destroyHwpt'), to('destroyBeside', keep('beside'))],
      to('restore', keep('errno')),
    ),
    destroyBeside: run('destroyHwpt', { hwpt: reg('beside') }, 'retireBeside'),
    restore: run('set', { field: 'hwpt.users', of: reg('hwpt'), value: 1 }, 'failed'),

    destroyHwpt: run('destroyHwpt', { hwpt: reg('hwpt') }, 'hasIoas'),
    hasIoas: choose(when(is('ioas', 0), 'freed'), to('nextArea')),
    nextArea: run('nextArea', { ioas: reg('ioas'), after: 0 }, [
      when(result(0), 'destroyIoas'),
      to('destroyArea', keep('area')),
    ]),
    destroyArea: run('destroy', { kind: 'area', of: reg('area') }, 'nextArea'),
    destroyIoas: run('destroy', { kind: 'ioas', of: reg('ioas') }, 'freed'),
    freed: done,
    failed: fails(reg('errno')),
  },
});

/** iommufd_hwpt_paging_destroy and iommufd_hwpt_nested_destroy, of an object that nobody can find any more. */
const destroyHwpt = procedure.createMachine({
  id: 'destroyHwpt',
  context: registers({ hwpt: 'ref', listed: 'ref', domain: 'ref', parent: 'ref', fault: 'ref' }),
  initial: 'readDomain',
  states: {
    readDomain: run('get', { field: 'hwpt.domain', of: reg('hwpt') }, to('readParent', keep('domain'))),
    readParent: run('get', { field: 'hwpt.parent', of: reg('hwpt') }, to('readFault', keep('parent'))),
    readFault: run('get', { field: 'hwpt.fault', of: reg('hwpt') }, to('isListed', keep('fault'))),
    isListed: run('get', { field: 'hwpt.listed', of: reg('hwpt') }, [
      when(result(0), 'freeDomain'),
      to('removeDomain', keep('listed')),
    ]),
    removeDomain: run(
      'removeDomain',
      { hwpt: reg('hwpt'), ioas: reg('listed'), domain: reg('domain') },
      'freeDomain',
    ),
    freeDomain: run('driver/freeDomain', { domain: reg('domain') }, 'announce'),
    announce: run('event', { machine: 'hwpt', event: 'DESTROY', id: reg('hwpt') }, 'destroy'),
    destroy: run('destroy', { kind: 'hwpt', of: reg('hwpt') }, 'hasParent'),
    hasParent: choose(when(is('parent', 0), 'hasFault'), to('unnest')),
    unnest: run('event', { machine: 'hwpt', event: 'UNNEST', id: reg('parent') }, 'putParent'),
    putParent: run('decrement', { field: 'hwpt.users', of: reg('parent') }, 'hasFault'),
    hasFault: choose(when(is('fault', 0), 'destroyed'), to('retireFault')),
    retireFault: run('retireFault', { fault: reg('fault') }, [
      when(result(0), 'destroyed'),
      to('destroyFault'),
    ]),
    destroyFault: run('destroyFault', { fault: reg('fault') }, 'destroyed'),
    destroyed: done,
  },
});

/** Give a reference back. A table whose fault queue was closed goes with the last one. */
const putHwpt = procedure.createMachine({
  id: 'putHwpt',
  context: registers({ hwpt: 'ref' }),
  initial: 'put',
  states: {
    put: run('putTable', { hwpt: reg('hwpt') }, [when(result(0), 'isPut'), to('destroyHwpt')]),
    destroyHwpt: run('destroyHwpt', { hwpt: reg('hwpt') }, 'isPut'),
    isPut: done,
  },
});

export const spaceProcedures = [createSpace, freeSpace, destroyHwpt, putHwpt];
