import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import {
  choose,
  done,
  fails,
  is,
  isNot,
  keep,
  result,
  run,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { DOMAIN } from './objects.js';

const TOP_LEVEL = 4;

/**
 * intel_iommu_domain_alloc_paging_flags, _alloc_nested, and the static identity and blocking domains. Tables are of the
 * first-stage format where the IOMMU offers it, and of the second-stage format for what is to be nested on. No domain id is
 * taken before the first attachment.
 */
const allocDomain = procedure.createMachine({
  id: 'allocDomain',
  context: registers({
    kind: 'int',
    parent: 'ref',
    parentKind: 'int',
    domain: 'ref',
    root: 'frame',
    isFirst: 'int',
    syncMap: 'int',
    guestTable: 'int',
    errno: 'int',
  }),
  output: returns('domain'),
  initial: 'isNested',
  states: {
    isNested: choose(
      when([is('kind', DOMAIN.nested), is('parent', 0)], 'invalid'),
      when(is('kind', DOMAIN.nested), 'readParentKind'),
      to('allocate'),
    ),
    readParentKind: run('get', { field: 'domain.kind', of: reg('parent') }, [
      when(result(DOMAIN.nestParent), 'allocate'),
      to('invalid'),
    ]),
    allocate: run('create', { kind: 'domain' }, to('setKind', keep('domain')), 'noMemory'),
    setKind: run('set', { field: 'domain.kind', of: reg('domain'), value: reg('kind') }, 'byKind'),
    byKind: choose(
      when(is('kind', DOMAIN.nested), 'whereIsGuestTable'),
      when(is('kind', DOMAIN.identity), 'created'),
      when(is('kind', DOMAIN.blocked), 'created'),
      when(is('kind', DOMAIN.nestParent), 'allocateRoot'),
      to('offersFirst'),
    ),
    offersFirst: run('iommuFact', { what: 'firstLevel', iommu: 0 }, to('allocateRoot', keep('isFirst'))),
    allocateRoot: run('allocateTable', {}, to('setRoot', keep('root')), 'freeHalf'),
    setRoot: run('set', { field: 'domain.root', of: reg('domain'), value: reg('root') }, 'setFormat'),
    setFormat: run('set', { field: 'domain.isFirst', of: reg('domain'), value: reg('isFirst') }, 'needsSync'),
    needsSync: choose(when(isNot('isFirst', 0), 'created'), to('isEmulated')),
    isEmulated: run('iommuFact', { what: 'cachingMode', iommu: 0 }, to('setSync', keep('syncMap'))),
    setSync: run('set', { field: 'domain.syncMap', of: reg('domain'), value: reg('syncMap') }, 'created'),
    // Guests keep what they are nested with at the first page of the alphabet.
    whereIsGuestTable: run('pageNumber', { page: 0 }, to('setGuestTable', keep('guestTable'))),
    setGuestTable: run(
      'set',
      { field: 'domain.guestTable', of: reg('domain'), value: reg('guestTable') },
      'setParent',
    ),
    setParent: run(
      'set',
      { field: 'domain.parent', of: reg('domain'), value: reg('parent') },
      'linkToParent',
    ),
    linkToParent: run('increment', { field: 'domain.children', of: reg('parent') }, 'created'),
    created: run('event', { machine: 'domain', event: 'CREATE', id: reg('domain') }, 'allocated'),
    allocated: done,
    freeHalf: run('destroy', { kind: 'domain', of: reg('domain') }, 'noMemory'),
    noMemory: choose(to('failed', set('errno', ERRNO.ENOMEM))),
    invalid: choose(to('failed', set('errno', ERRNO.EINVAL))),
    failed: fails(reg('errno')),
  },
});

/**
 * intel_iommu_domain_free and intel_iommu_domain_free of a nested one: every table page goes at once and nothing is flushed,
 * since each detach has flushed what it ended. A domain with routes or children is leaked, with a warning.
 */
const freeDomain = procedure.createMachine({
  id: 'freeDomain',
  context: registers({ domain: 'ref', parent: 'ref', root: 'frame', table: 'frame', isFirst: 'int' }),
  initial: 'readParent',
  states: {
    readParent: run('get', { field: 'domain.parent', of: reg('domain') }, [
      when(result(0), 'hasChildren'),
      to('unlinkFromParent', keep('parent')),
    ]),
    unlinkFromParent: run('decrement', { field: 'domain.children', of: reg('parent') }, 'free'),
    hasChildren: run('get', { field: 'domain.children', of: reg('domain') }, [
      when(result(0), 'isAttached'),
      to('leaked'),
    ]),
    isAttached: run('next', { kind: 'info', field: 'info.domain', after: 0, value: reg('domain') }, [
      when(result(0), 'readRoot'),
      to('leaked'),
    ]),
    leaked: done,
    readRoot: run('get', { field: 'domain.root', of: reg('domain') }, [
      when(result(0), 'free'),
      to('readFormat', keep('root')),
    ]),
    readFormat: run('get', { field: 'domain.isFirst', of: reg('domain') }, to('collect', keep('isFirst'))),
    collect: run('collectTable', { isFirst: reg('isFirst'), root: reg('root'), level: TOP_LEVEL }, [
      when(result(0), 'freeRoot'),
      to('freeTable', keep('table')),
    ]),
    freeTable: run('freeTable', { frame: reg('table') }, 'collect'),
    freeRoot: run('freeTable', { frame: reg('root') }, 'free'),
    free: run('event', { machine: 'domain', event: 'FREE', id: reg('domain') }, 'destroy'),
    destroy: run('destroy', { kind: 'domain', of: reg('domain') }, 'freed'),
    freed: done,
  },
});

export const domainProcedures = [allocDomain, freeDomain];
