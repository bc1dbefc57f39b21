import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  done,
  fails,
  keep,
  result,
  run,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { LAST_DOMAIN_ID } from './objects.js';

/** domain_attach_iommu: the domain's id on the device's IOMMU, given at the first use. Returns the id. */
const takeDomainId = procedure.createMachine({
  id: 'takeDomainId',
  context: registers({
    domain: 'ref',
    device: 'int',
    iommu: 'int',
    known: 'ref',
    fresh: 'ref',
    did: 'int',
    errno: 'int',
  }),
  output: returns('did'),
  initial: 'whichIommu',
  states: {
    whichIommu: run(
      'deviceFact',
      { what: 'iommu', device: reg('device') },
      to('allocate', keep('iommu'), add('iommu', 1)),
    ),
    allocate: run('create', { kind: 'domainIommu' }, to('lockIds', keep('fresh')), 'noMemory'),
    lockIds: run('lock', { family: 'domainIds', id: reg('iommu') }, 'look'),
    look: run(
      'find',
      {
        kind: 'domainIommu',
        firstField: 'domainIommu.domain',
        first: reg('domain'),
        secondField: 'domainIommu.iommu',
        second: reg('iommu'),
      },
      [when(result(0), 'takeId'), to('share', keep('known'))],
    ),
    share: run('increment', { field: 'domainIommu.users', of: reg('known') }, 'readId'),
    readId: run('get', { field: 'domainIommu.did', of: reg('known') }, to('unlockShared', keep('did'))),
    unlockShared: run('unlock', { family: 'domainIds', id: reg('iommu') }, 'discard'),
    discard: run('destroy', { kind: 'domainIommu', of: reg('fresh') }, 'taken'),
    takeId: run(
      'allocateId',
      { pool: 'did', low: 2, high: LAST_DOMAIN_ID, owner: reg('domain') },
      to('fill', keep('did')),
      'unlockFull',
    ),
    fill: run(
      'fillDomainIommu',
      { of: reg('fresh'), domain: reg('domain'), iommu: reg('iommu'), did: reg('did') },
      'unlockIds',
    ),
    unlockIds: run('unlock', { family: 'domainIds', id: reg('iommu') }, 'taken'),
    taken: done,
    unlockFull: run(
      'unlock',
      { family: 'domainIds', id: reg('iommu') },
      to('freeUnused', set('errno', ERRNO.ENOSPC)),
    ),
    freeUnused: run('destroy', { kind: 'domainIommu', of: reg('fresh') }, 'failed'),
    noMemory: choose(to('failed', set('errno', ERRNO.ENOMEM))),
    failed: fails(reg('errno')),
  },
});

/** domain_detach_iommu: with the last user the id is free for another domain; nothing is flushed here. */
const putDomainId = procedure.createMachine({
  id: 'putDomainId',
  context: registers({ domain: 'ref', device: 'int', iommu: 'int', known: 'ref', did: 'int' }),
  initial: 'whichIommu',
  states: {
    whichIommu: run(
      'deviceFact',
      { what: 'iommu', device: reg('device') },
      to('lockIds', keep('iommu'), add('iommu', 1)),
    ),
    lockIds: run('lock', { family: 'domainIds', id: reg('iommu') }, 'look'),
    look: run(
      'find',
      {
        kind: 'domainIommu',
        firstField: 'domainIommu.domain',
        first: reg('domain'),
        secondField: 'domainIommu.iommu',
        second: reg('iommu'),
      },
      [when(result(0), 'missing'), to('drop', keep('known'))],
    ),
    missing: run('missingDomainId', { domain: reg('domain') }, 'unlockIds'),
    drop: run('decrement', { field: 'domainIommu.users', of: reg('known') }, [
      when(result(0), 'readId'),
      to('unlockIds'),
    ]),
    readId: run('get', { field: 'domainIommu.did', of: reg('known') }, to('releaseId', keep('did'))),
    releaseId: run('releaseId', { pool: 'did', id: reg('did') }, 'free'),
    free: run('destroy', { kind: 'domainIommu', of: reg('known') }, 'unlockIds'),
    unlockIds: run('unlock', { family: 'domainIds', id: reg('iommu') }, 'put'),
    put: done,
  },
});

/** The id under which a domain stands in entries of the device's IOMMU; 0 when it has none. */
const domainIdOf = procedure.createMachine({
  id: 'domainIdOf',
  context: registers({ domain: 'ref', device: 'int', iommu: 'int', known: 'ref', did: 'int' }),
  output: returns('did'),
  initial: 'whichIommu',
  states: {
    whichIommu: run(
      'deviceFact',
      { what: 'iommu', device: reg('device') },
      to('look', keep('iommu'), add('iommu', 1)),
    ),
    look: run(
      'find',
      {
        kind: 'domainIommu',
        firstField: 'domainIommu.domain',
        first: reg('domain'),
        secondField: 'domainIommu.iommu',
        second: reg('iommu'),
      },
      [when(result(0), 'read'), to('readId', keep('known'))],
    ),
    readId: run('get', { field: 'domainIommu.did', of: reg('known') }, to('read', keep('did'))),
    read: done,
  },
});

export const domainIdProcedures = [takeDomainId, putDomainId, domainIdOf];
