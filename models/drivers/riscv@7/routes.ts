import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  is,
  keep,
  result,
  run,
  to,
  when,
} from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { putFaults, takeFaults } from '../../core/page-faults.js';
import { DOMAIN } from './objects.js';

const ROUTE = { device: 'int', pasid: 'int', domain: 'ref' } as const;

/**
 * Whether the route can be nested: its second stage is the device's, and would be that of the process directory too, which is the
 * kernel's and not a guest's (2.1.3.5). So a device has processes or takes nested domains. Ours.
 */
const isCompatible = procedure.createMachine({
  id: 'isCompatible',
  context: registers({ domain: 'ref', device: 'int' }),
  initial: 'readKind',
  states: {
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(DOMAIN.nested), 'hasProcesses'),
      to('compatible'),
    ]),
    hasProcesses: run('hasProcesses', { device: reg('device') }, [
      when(result(0), 'compatible'),
      to('unable'),
    ]),
    compatible: done,
    unable: fails(ERRNO.EOPNOTSUPP),
  },
});

/** Everything of an attachment that can fail, before the entry is touched. */
const prepareRoute = procedure.createMachine({
  id: 'prepareRoute',
  context: registers({ ...ROUTE, errno: 'int' }),
  initial: 'isCompatible',
  states: {
    isCompatible: run(
      'isCompatible',
      { domain: reg('domain'), device: reg('device') },
      'takeFaults',
      to('failed', keep('errno')),
    ),
    takeFaults: run(
      'takeFaults',
      { domain: reg('domain'), device: reg('device') },
      'link',
      to('failed', keep('errno')),
    ),
    link: run(
      'linkBond',
      { domain: reg('domain'), device: reg('device'), pasid: reg('pasid') },
      'prepared',
      to('putFaults', keep('errno')),
    ),
    prepared: done,
    putFaults: run('putFaults', { domain: reg('domain'), device: reg('device') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/**
 * attach_dev of paging and identity domains: the bond is linked, the entry written, then the old bond unlinked. Identity has no bond.
 * Nothing can fail once the entry has been touched.
 */
const replaceRid = procedure.createMachine({
  id: 'replaceRid',
  context: registers({ device: 'int', domain: 'ref', old: 'ref', info: 'int', kind: 'int', errno: 'int' }),
  initial: 'whichInfo',
  states: {
    whichInfo: choose(to('readKind', copy('device', 'info'), add('info', 1))),
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(DOMAIN.blocked), 'detach'),
      to('readOld', keep('kind')),
    ]),
    detach: run('detachRid', { device: reg('device') }, 'attached'),
    readOld: run('get', { field: 'info.domain', of: reg('info') }, to('byKind', keep('old'))),
    byKind: choose(when(is('kind', DOMAIN.identity), 'update'), to('prepare')),
    prepare: run(
      'prepareRoute',
      { device: reg('device'), pasid: 0, domain: reg('domain') },
      'update',
      to('failed', keep('errno')),
    ),
    update: run('updateRoute', { device: reg('device'), pasid: 0, domain: reg('domain') }, 'unlinkOld'),
    unlinkOld: run('unlinkBond', { domain: reg('old'), device: reg('device'), pasid: 0 }, 'putOldFaults'),
    putOldFaults: run('putFaults', { domain: reg('old'), device: reg('device') }, 'hasBond'),
    hasBond: choose(when(is('kind', DOMAIN.identity), 'forgetDomain'), to('setDomain')),
    forgetDomain: run('clear', { field: 'info.domain', of: reg('info') }, 'attached'),
    setDomain: run('set', { field: 'info.domain', of: reg('info'), value: reg('domain') }, 'attached'),
    attached: done,
    failed: fails(reg('errno')),
  },
});

/** attach_dev of a device that nothing is known to be attached to. */
const attachRid = procedure.createMachine({
  id: 'attachRid',
  context: registers({ device: 'int', domain: 'ref', errno: 'int' }),
  initial: 'attach',
  states: {
    attach: run(
      'replaceRid',
      { device: reg('device'), domain: reg('domain'), old: 0 },
      'attached',
      to('failed', keep('errno')),
    ),
    attached: done,
    failed: fails(reg('errno')),
  },
});

/** attach_dev of the blocking domain. */
const detachRid = procedure.createMachine({
  id: 'detachRid',
  context: registers({ device: 'int', domain: 'ref', info: 'int', old: 'ref' }),
  initial: 'whichInfo',
  states: {
    whichInfo: choose(to('readOld', copy('device', 'info'), add('info', 1))),
    readOld: run('get', { field: 'info.domain', of: reg('info') }, to('update', keep('old'))),
    update: run('updateRoute', { device: reg('device'), pasid: 0, domain: 0 }, 'unlinkOld'),
    unlinkOld: run('unlinkBond', { domain: reg('old'), device: reg('device'), pasid: 0 }, 'putOldFaults'),
    putOldFaults: run('putFaults', { domain: reg('old'), device: reg('device') }, 'forgetDomain'),
    forgetDomain: run('clear', { field: 'info.domain', of: reg('info') }, 'detached'),
    detached: done,
  },
});

/** set_dev_pasid. Ours, in the order of the RID's. */
const replacePasid = procedure.createMachine({
  id: 'replacePasid',
  context: registers({ ...ROUTE, old: 'ref', kind: 'int', oldKind: 'int', errno: 'int' }),
  initial: 'hasProcesses',
  states: {
    hasProcesses: run('hasProcesses', { device: reg('device') }, [
      when(result(0), 'unsupported'),
      to('readKind'),
    ]),
    unsupported: fails(ERRNO.EOPNOTSUPP),
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(DOMAIN.identity), 'update', keep('kind')),
      to('prepare', keep('kind')),
    ]),
    prepare: run(
      'prepareRoute',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
      'update',
      to('failed', keep('errno')),
    ),
    update: run(
      'updateRoute',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
      'leaveOld',
    ),
    leaveOld: run(
      'leavePasid',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('old') },
      'attached',
    ),
    attached: done,
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

/** What the attachment of a PASID held, once its entry is gone. Identity held nothing. */
const leavePasid = procedure.createMachine({
  id: 'leavePasid',
  context: registers(ROUTE),
  initial: 'isDomain',
  states: {
    isDomain: choose(when(is('domain', 0), 'left'), to('readKind')),
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(DOMAIN.identity), 'left'),
      when(result(DOMAIN.blocked), 'left'),
      to('unlink'),
    ]),
    unlink: run(
      'unlinkBond',
      { domain: reg('domain'), device: reg('device'), pasid: reg('pasid') },
      'putFaults',
    ),
    putFaults: run('putFaults', { domain: reg('domain'), device: reg('device') }, 'left'),
    left: done,
  },
});

/** set_dev_pasid of the blocking domain. Ours. */
const detachPasid = procedure.createMachine({
  id: 'detachPasid',
  context: registers(ROUTE),
  initial: 'update',
  states: {
    update: run('updateRoute', { device: reg('device'), pasid: reg('pasid'), domain: 0 }, 'leave'),
    leave: run(
      'leavePasid',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
      'detached',
    ),
    detached: done,
  },
});

/**
 * For the time of a reset the core attaches the blocking domain. What the attachment holds is kept, so that nothing can fail when it
 * comes back; but the bond is off its list.
 */
const pauseRoute = procedure.createMachine({
  id: 'pauseRoute',
  context: registers({ device: 'int', pasid: 'int', bond: 'ref' }),
  initial: 'update',
  states: {
    update: run('updateRoute', { device: reg('device'), pasid: reg('pasid'), domain: 0 }, 'find'),
    find: run('routeBond', { device: reg('device'), pasid: reg('pasid') }, [
      when(result(0), 'paused'),
      to('delist', keep('bond')),
    ]),
    delist: run('delist', { bond: reg('bond'), device: reg('device') }, 'paused'),
    paused: done,
  },
});

/** The bond on its list again, then the entry. */
const resumeRoute = procedure.createMachine({
  id: 'resumeRoute',
  context: registers({ ...ROUTE, bond: 'ref' }),
  initial: 'find',
  states: {
    find: run('routeBond', { device: reg('device'), pasid: reg('pasid') }, [
      when(result(0), 'update'),
      to('list', keep('bond')),
    ]),
    list: run('set', { field: 'bond.listed', of: reg('bond'), value: 1 }, 'update'),
    update: run(
      'updateRoute',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
      'resumed',
    ),
    resumed: done,
  },
});

export const routeProcedures = [
  isCompatible,
  takeFaults,
  putFaults,
  prepareRoute,
  replaceRid,
  attachRid,
  detachRid,
  replacePasid,
  attachPasid,
  leavePasid,
  detachPasid,
  pauseRoute,
  resumeRoute,
];
