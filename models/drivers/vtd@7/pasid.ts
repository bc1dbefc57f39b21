import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, result, run, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { DOMAIN } from './objects.js';

const ROUTE = { device: 'int', pasid: 'int', domain: 'ref' } as const;

/** domain_add_dev_pasid: the domain's id, its tags and its list of PASIDs, all before there is an entry. Returns nothing. */
const addDevicePasid = procedure.createMachine({
  id: 'addDevicePasid',
  context: registers({ ...ROUTE, node: 'ref', did: 'int', errno: 'int' }),
  initial: 'allocate',
  states: {
    allocate: run('create', { kind: 'devicePasid' }, to('takeId', keep('node')), to('failed', keep('errno'))),
    takeId: run(
      'takeDomainId',
      { domain: reg('domain'), device: reg('device') },
      to('assignTags', keep('did')),
      to('free', keep('errno')),
    ),
    assignTags: run(
      'assignTags',
      { domain: reg('domain'), did: reg('did'), device: reg('device'), pasid: reg('pasid') },
      'list',
      to('putId', keep('errno')),
    ),
    list: run(
      'listDevicePasid',
      { of: reg('node'), domain: reg('domain'), device: reg('device'), pasid: reg('pasid') },
      'announce',
    ),
    announce: run('event', { machine: 'domain', event: 'ATTACH', id: reg('domain') }, 'added'),
    added: done,
    putId: run('putDomainId', { domain: reg('domain'), device: reg('device') }, 'free'),
    free: run('destroy', { kind: 'devicePasid', of: reg('node') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/**
 * domain_remove_dev_pasid, as it was: tags and domain id are given back even when the domain does not have the PASID, and the
 * blocking domain is taken for one with a list. Both happen to callers alone that name a domain the PASID is not on.
 */
const removeDevicePasid = procedure.createMachine({
  id: 'removeDevicePasid',
  context: registers({ ...ROUTE, node: 'ref', did: 'int' }),
  initial: 'isDomain',
  states: {
    isDomain: choose(when(is('domain', 0), 'removed'), to('readKind')),
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(DOMAIN.identity), 'removed'),
      when(result(DOMAIN.blocked), 'misread'),
      to('look'),
    ]),
    misread: run('misreadBlocked', { domain: reg('domain') }, 'removed'),
    look: run('devicePasidOf', { domain: reg('domain'), device: reg('device'), pasid: reg('pasid') }, [
      when(result(0), 'readId'),
      to('delist', keep('node')),
    ]),
    delist: run('destroy', { kind: 'devicePasid', of: reg('node') }, 'announce'),
    announce: run('event', { machine: 'domain', event: 'DETACH', id: reg('domain') }, 'readId'),
    readId: run(
      'domainIdOf',
      { domain: reg('domain'), device: reg('device') },
      to('unassignTags', keep('did')),
    ),
    unassignTags: run(
      'unassignTags',
      { domain: reg('domain'), did: reg('did'), device: reg('device'), pasid: reg('pasid') },
      'putId',
    ),
    putId: run('putDomainId', { domain: reg('domain'), device: reg('device') }, 'removed'),
    removed: done,
  },
});

/**
 * set_dev_pasid: the new domain is told first, then the old entry is taken down and the new one set. As it is, the faults of
 * the old domain are switched off while its entry still brings requests.
 */
const replacePasid = procedure.createMachine({
  id: 'replacePasid',
  context: registers({ ...ROUTE, old: 'ref', kind: 'int', did: 'int', errno: 'int' }),
  initial: 'hasPasid',
  states: {
    hasPasid: run('deviceFact', { what: 'slots', device: reg('device') }, [
      when(result(0), 'unsupported'),
      to('readKind'),
    ]),
    unsupported: fails(ERRNO.EOPNOTSUPP),
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(DOMAIN.identity), 'isReplaced', keep('kind')),
      to('isCompatible', keep('kind')),
    ]),
    isCompatible: run(
      'isCompatible',
      { domain: reg('domain'), device: reg('device') },
      'add',
      to('failed', keep('errno')),
    ),
    add: run(
      'addDevicePasid',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
      'takeFaults',
      to('failed', keep('errno')),
    ),
    takeFaults: run(
      'takeFaults',
      { domain: reg('domain'), device: reg('device') },
      'putOldFaults',
      to('removeNew', keep('errno')),
    ),
    putOldFaults: run('putFaults', { domain: reg('old'), device: reg('device') }, 'readId'),
    readId: run(
      'domainIdOf',
      { domain: reg('domain'), device: reg('device') },
      to('isReplaced', keep('did')),
    ),
    isReplaced: choose(when(is('old', 0), 'setEntry'), to('tearDown')),
    tearDown: run('tearDownEntry', { device: reg('device'), pasid: reg('pasid') }, 'setEntry'),
    setEntry: run(
      'setupEntry',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain'), did: reg('did') },
      'removeOld',
      to('isIdentity', keep('errno')),
    ),
    removeOld: run(
      'removeDevicePasid',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('old') },
      'set',
    ),
    set: done,
    isIdentity: choose(when(is('kind', DOMAIN.identity), 'failed'), to('putNewFaults')),
    putNewFaults: run('putFaults', { domain: reg('domain'), device: reg('device') }, 'removeNew'),
    removeNew: run(
      'removeDevicePasid',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
      'failed',
    ),
    failed: fails(reg('errno')),
  },
});

const attachPasid = procedure.createMachine({
  id: 'attachPasid',
  context: registers({ ...ROUTE, errno: 'int' }),
  initial: 'attach',
  states: {
    attach: run(
      'replacePasid',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain'), old: 0 },
      'attached',
      to('failed', keep('errno')),
    ),
    attached: done,
    failed: fails(reg('errno')),
  },
});

/** set_dev_pasid of the blocking domain. */
const detachPasid = procedure.createMachine({
  id: 'detachPasid',
  context: registers(ROUTE),
  initial: 'tearDown',
  states: {
    tearDown: run('tearDownEntry', { device: reg('device'), pasid: reg('pasid') }, 'putFaults'),
    putFaults: run('putFaults', { domain: reg('domain'), device: reg('device') }, 'remove'),
    remove: run(
      'removeDevicePasid',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
      'detached',
    ),
    detached: done,
  },
});

export const pasidProcedures = [addDevicePasid, removeDevicePasid, replacePasid, attachPasid, detachPasid];
