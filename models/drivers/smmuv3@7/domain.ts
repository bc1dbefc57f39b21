import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { DOMAIN, LAST_ID } from './objects.js';

const TOP_LEVEL = 4;

/**
 * arm_smmu_domain_alloc_paging_flags and arm_vsmmu_alloc_domain_nested, and the static identity and blocked domains. Stage 1 is
 * preferred; what is to be nested on is of stage 2. The ASID or VMID is taken with the tables.
 */
const allocDomain = procedure.createMachine({
  id: 'allocDomain',
  context: registers({
    kind: 'int',
    parent: 'ref',
    domain: 'ref',
    invs: 'ref',
    root: 'frame',
    id: 'int',
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
      to('allocateInvs'),
    ),
    allocateInvs: run('create', { kind: 'invs' }, to('setInvs', keep('invs')), 'freeHalf'),
    setInvs: run('set', { field: 'domain.invs', of: reg('domain'), value: reg('invs') }, 'allocateRoot'),
    allocateRoot: run('allocateTable', {}, to('setRoot', keep('root')), 'freeInvs'),
    setRoot: run('set', { field: 'domain.root', of: reg('domain'), value: reg('root') }, 'isParent'),
    isParent: choose(when(is('kind', DOMAIN.nestParent), 'takeVmid'), to('setFirst')),
    setFirst: run('set', { field: 'domain.isFirst', of: reg('domain'), value: 1 }, 'lockAsids'),
    lockAsids: run('lock', { family: 'asids', id: 1 }, 'takeAsid'),
    takeAsid: run(
      'allocateId',
      { pool: 'space', low: 1, high: LAST_ID, owner: reg('domain') },
      to('unlockAsids', keep('id')),
      'unlockFull',
    ),
    unlockAsids: run('unlock', { family: 'asids', id: 1 }, 'setId'),
    takeVmid: run(
      'allocateId',
      { pool: 'did', low: 1, high: LAST_ID, owner: reg('domain') },
      to('setId', keep('id')),
      to('freeRoot', set('errno', ERRNO.ENOSPC)),
    ),
    setId: run('set', { field: 'domain.id', of: reg('domain'), value: reg('id') }, 'created'),
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

    unlockFull: run('unlock', { family: 'asids', id: 1 }, to('freeRoot', set('errno', ERRNO.ENOSPC))),
    freeRoot: run('freeTable', { frame: reg('root') }, 'freeFullInvs'),
    freeFullInvs: run('destroy', { kind: 'invs', of: reg('invs') }, 'freeFull'),
    freeFull: run('destroy', { kind: 'domain', of: reg('domain') }, 'failed'),
    freeInvs: run('destroy', { kind: 'invs', of: reg('invs') }, 'freeHalf'),
    freeHalf: run('destroy', { kind: 'domain', of: reg('domain') }, 'noMemory'),
    noMemory: choose(to('failed', set('errno', ERRNO.ENOMEM))),
    invalid: choose(to('failed', set('errno', ERRNO.EINVAL))),
    failed: fails(reg('errno')),
  },
});

/**
 * arm_smmu_domain_free_paging and arm_smmu_domain_nested_free: every table page goes at once and nothing is flushed, since the detach
 * of the last route has.
 */
const freeDomain = procedure.createMachine({
  id: 'freeDomain',
  context: registers({
    domain: 'ref',
    invs: 'ref',
    root: 'frame',
    table: 'frame',
    isFirst: 'int',
    id: 'int',
  }),
  initial: 'readRoot',
  states: {
    readRoot: run('get', { field: 'domain.root', of: reg('domain') }, [
      when(result(0), 'free'),
      to('collect', keep('root')),
    ]),
    collect: run('collectTable', { root: reg('root'), level: TOP_LEVEL }, [
      when(result(0), 'freeRoot'),
      to('freeTable', keep('table')),
    ]),
    freeTable: run('freeTable', { frame: reg('table') }, 'collect'),
    freeRoot: run('freeTable', { frame: reg('root') }, 'readId'),
    readId: run('get', { field: 'domain.id', of: reg('domain') }, to('whichPool', keep('id'))),
    whichPool: run('get', { field: 'domain.isFirst', of: reg('domain') }, [
      when(result(0), 'releaseVmid'),
      to('lockAsids'),
    ]),
    releaseVmid: run('releaseId', { pool: 'did', id: reg('id') }, 'readInvs'),
    lockAsids: run('lock', { family: 'asids', id: 1 }, 'releaseAsid'),
    releaseAsid: run('releaseId', { pool: 'space', id: reg('id') }, 'unlockAsids'),
    unlockAsids: run('unlock', { family: 'asids', id: 1 }, 'readInvs'),
    readInvs: run('get', { field: 'domain.invs', of: reg('domain') }, to('freeInvs', keep('invs'))),
    freeInvs: run('destroy', { kind: 'invs', of: reg('invs') }, 'free'),
    free: run('event', { machine: 'domain', event: 'FREE', id: reg('domain') }, 'destroy'),
    destroy: run('destroy', { kind: 'domain', of: reg('domain') }, 'freed'),
    freed: done,
  },
});

export const domainProcedures = [allocDomain, freeDomain];
