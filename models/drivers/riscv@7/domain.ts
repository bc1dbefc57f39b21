import { TOP_LEVEL } from '../../../src/hardware/riscv/steps/index.js';
import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { DOMAIN, LAST_ID } from './objects.js';

/**
 * riscv_iommu_alloc_paging_domain, and the static identity and blocking domains: the PSCID first, then the root. Ours: a parent has a
 * GSCID for its second stage beside the PSCID, and a nested domain has a PSCID of its own and no table.
 */
const allocDomain = procedure.createMachine({
  id: 'allocDomain',
  context: registers({
    kind: 'int',
    parent: 'ref',
    domain: 'ref',
    root: 'frame',
    pscid: 'int',
    gscid: 'int',
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
      when(is('kind', DOMAIN.identity), 'created'),
      when(is('kind', DOMAIN.blocked), 'created'),
      to('takePscid'),
    ),
    takePscid: run(
      'allocateId',
      { pool: 'space', low: 1, high: LAST_ID, owner: reg('domain') },
      to('setPscid', keep('pscid')),
      'freeDomainAgain',
    ),
    setPscid: run('set', { field: 'domain.pscid', of: reg('domain'), value: reg('pscid') }, 'byStages'),
    byStages: choose(
      when(is('kind', DOMAIN.nested), 'whereIsGuestTable'),
      when(is('kind', DOMAIN.nestParent), 'takeGscid'),
      to('allocateRoot'),
    ),
    takeGscid: run(
      'allocateId',
      { pool: 'did', low: 1, high: LAST_ID, owner: reg('domain') },
      to('setGscid', keep('gscid')),
      'putPscid',
    ),
    setGscid: run('set', { field: 'domain.gscid', of: reg('domain'), value: reg('gscid') }, 'allocateRoot'),
    allocateRoot: run('allocateTable', {}, to('setRoot', keep('root')), 'hasGscid'),
    setRoot: run('set', { field: 'domain.root', of: reg('domain'), value: reg('root') }, 'created'),
    // Guests keep what they are nested with at the first page of the alphabet.
    whereIsGuestTable: run('pageNumber', { page: 0 }, to('setGuestTable', keep('guestTable'))),
    setGuestTable: run(
      'set',
      { field: 'domain.guestTable', of: reg('domain'), value: reg('guestTable') },
      'setParent',
    ),
    setParent: run('set', { field: 'domain.parent', of: reg('domain'), value: reg('parent') }, 'created'),
    created: run('event', { machine: 'domain', event: 'CREATE', id: reg('domain') }, 'allocated'),
    allocated: done,

    hasGscid: choose(when(is('gscid', 0), 'putPscid'), to('putGscid')),
    putGscid: run('releaseId', { pool: 'did', id: reg('gscid') }, 'putPscid'),
    putPscid: choose(when(is('pscid', 0), 'freeDomainAgain'), to('releasePscid')),
    releasePscid: run('releaseId', { pool: 'space', id: reg('pscid') }, 'freeDomainAgain'),
    freeDomainAgain: run('destroy', { kind: 'domain', of: reg('domain') }, 'noMemory'),
    noMemory: choose(to('failed', set('errno', ERRNO.ENOMEM))),
    invalid: choose(to('failed', set('errno', ERRNO.EINVAL))),
    failed: fails(reg('errno')),
  },
});

/**
 * riscv_iommu_free_paging_domain: a bond that is left is warned of, then the ids and every table page go at once. Nothing is flushed,
 * since the end of each attachment has flushed what it ended.
 */
const freeDomain = procedure.createMachine({
  id: 'freeDomain',
  context: registers({ domain: 'ref', pscid: 'int', gscid: 'int', root: 'frame', table: 'frame' }),
  initial: 'isBonded',
  states: {
    isBonded: run('nextBond', { domain: reg('domain'), after: 0 }, [
      when(result(0), 'readPscid'),
      to('warn'),
    ]),
    warn: run('bondsLeft', { domain: reg('domain') }, 'readPscid'),
    readPscid: run('get', { field: 'domain.pscid', of: reg('domain') }, [
      when(result(0), 'free'),
      to('putPscid', keep('pscid')),
    ]),
    putPscid: run('releaseId', { pool: 'space', id: reg('pscid') }, 'readGscid'),
    readGscid: run('get', { field: 'domain.gscid', of: reg('domain') }, [
      when(result(0), 'readRoot'),
      to('putGscid', keep('gscid')),
    ]),
    putGscid: run('releaseId', { pool: 'did', id: reg('gscid') }, 'readRoot'),
    readRoot: run('get', { field: 'domain.root', of: reg('domain') }, [
      when(result(0), 'free'),
      to('collect', keep('root')),
    ]),
    collect: run('collectTable', { root: reg('root'), level: TOP_LEVEL }, [
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
