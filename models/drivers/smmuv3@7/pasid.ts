import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { add, copy, done, fails, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { ASID_LOCK } from './attach.js';
import { DOMAIN } from './objects.js';

const ROUTE = { device: 'int', pasid: 'int', domain: 'ref' } as const;

/**
 * arm_smmu_s1_set_dev_pasid and arm_smmu_set_pasid: the context descriptor is written, and where the stream table entry has none
 * yet it gets them. Only domains of stage 1 have PASIDs, and only where the RID has none of stage 2.
 */
const replacePasid = procedure.createMachine({
  id: 'replacePasid',
  context: registers({
    ...ROUTE,
    old: 'ref',
    master: 'int',
    rid: 'ref',
    ats: 'int',
    errno: 'int',
  }),
  initial: 'hasPasid',
  states: {
    hasPasid: run('deviceFact', { what: 'slots', device: reg('device') }, [
      when(result(0), 'unsupported'),
      to('readKind', copy('device', 'master'), add('master', 1)),
    ]),
    unsupported: fails(ERRNO.EOPNOTSUPP),
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(DOMAIN.paging), 'hasContexts'),
      when(result(DOMAIN.nestParent), 'failed', set('errno', ERRNO.EINVAL)),
      when(result(DOMAIN.nested), 'failed', set('errno', ERRNO.EINVAL)),
      to('unsupported'),
    ]),
    hasContexts: run('get', { field: 'master.inStream', of: reg('master') }, [
      when(result(0), 'readRid'),
      to('allocContexts'),
    ]),
    readRid: run('get', { field: 'master.domain', of: reg('master') }, [
      when(result(0), 'allocContexts'),
      to('readRidKind', keep('rid')),
    ]),
    readRidKind: run('get', { field: 'domain.kind', of: reg('rid') }, [
      when(result(DOMAIN.identity), 'allocContexts'),
      to('failed', set('errno', ERRNO.EINVAL)),
    ]),
    allocContexts: run('allocContexts', { device: reg('device') }, 'lockAsids', to('failed', keep('errno'))),
    lockAsids: run('lock', ASID_LOCK, 'hasAts'),
    hasAts: run('deviceFact', { what: 'ats', device: reg('device') }, to('prepare', keep('ats'))),
    prepare: run(
      'prepareDomain',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain'), ats: reg('ats') },
      'writeContext',
      to('unlockFailed', keep('errno')),
    ),
    writeContext: run(
      'writeContext',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
      'isInStream',
    ),
    // arm_smmu_update_ste
    isInStream: run('get', { field: 'master.inStream', of: reg('master') }, [
      when(result(0), 'readStreamRid'),
      to('commit'),
    ]),
    readStreamRid: run(
      'get',
      { field: 'master.domain', of: reg('master') },
      to('installStream', keep('rid')),
    ),
    installStream: run(
      'installStream',
      { device: reg('device'), domain: reg('rid'), ats: reg('ats') },
      'commit',
    ),
    commit: run(
      'commit',
      { device: reg('device'), pasid: reg('pasid'), ats: reg('ats'), old: reg('old') },
      'unlockAsids',
    ),
    unlockAsids: run('unlock', ASID_LOCK, 'set'),
    set: done,
    unlockFailed: run('unlock', ASID_LOCK, 'failed'),
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

/**
 * arm_smmu_blocking_set_dev_pasid. With the last PASID a stream whose RID is not translated needs context descriptors no more: its
 * own domain is attached again.
 */
const detachPasid = procedure.createMachine({
  id: 'detachPasid',
  context: registers({ ...ROUTE, master: 'int', ats: 'int', rid: 'ref' }),
  initial: 'lockAsids',
  states: {
    lockAsids: run('lock', ASID_LOCK, to('clearContext', copy('device', 'master'), add('master', 1))),
    clearContext: run('clearContext', { device: reg('device'), pasid: reg('pasid') }, 'hasAts'),
    hasAts: run('get', { field: 'master.ats', of: reg('master') }, [
      when(result(0), 'leave'),
      to('flushDevice', keep('ats')),
    ]),
    flushDevice: run('flushDevice', { device: reg('device'), pasid: reg('pasid') }, 'leave'),
    leave: run(
      'leaveDomain',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain'), ats: reg('ats') },
      'unlockAsids',
    ),
    unlockAsids: run('unlock', ASID_LOCK, 'areSubstreamsUsed'),
    areSubstreamsUsed: run('get', { field: 'master.substreams', of: reg('master') }, [
      when(result(0), 'readRid'),
      to('detached'),
    ]),
    readRid: run('get', { field: 'master.domain', of: reg('master') }, [
      when(result(0), 'attachAgain'),
      to('readRidKind', keep('rid')),
    ]),
    readRidKind: run('get', { field: 'domain.kind', of: reg('rid') }, [
      when(result(DOMAIN.identity), 'attachAgain'),
      to('detached'),
    ]),
    attachAgain: run('attachUntranslated', { device: reg('device'), domain: reg('rid') }, 'detached'),
    detached: done,
  },
});

/**
 * Stop a route's translation and keep its attachment, for the time of a reset: the stream aborts, which stops the device's PASIDs with
 * its RID. Nobody invalidates for the route meanwhile: what the device keeps of it goes, and its tag in the TLBs if no other has it.
 */
const pauseRoute = procedure.createMachine({
  id: 'pauseRoute',
  context: registers({ device: 'int', pasid: 'int', master: 'int', ats: 'int', node: 'ref', list: 'ref' }),
  initial: 'lockAsids',
  states: {
    lockAsids: run('lock', ASID_LOCK, to('write', copy('device', 'master'), add('master', 1))),
    write: run('writeStream', { device: reg('device'), fields: 0, contexts: 0, root: 0 }, 'look'),
    look: run('routeOf', { device: reg('device'), pasid: reg('pasid') }, [
      when(result(0), 'unlockAsids'),
      to('readList', keep('node')),
    ]),
    readList: run('get', { field: 'masterDomain.list', of: reg('node') }, to('readAts', keep('list'))),
    readAts: run('get', { field: 'master.ats', of: reg('master') }, [
      when(result(0), 'isTagShared'),
      to('flushDevice', keep('ats')),
    ]),
    flushDevice: run('flushDevice', { device: reg('device'), pasid: reg('pasid') }, 'isTagShared'),
    isTagShared: run('isTagShared', { domain: reg('list'), device: reg('device') }, [
      when(result(0), 'flushTag'),
      to('unref'),
    ]),
    flushTag: run('flushTag', { domain: reg('list'), device: reg('device') }, 'unref'),
    unref: run(
      'unrefInvs',
      { domain: reg('list'), device: reg('device'), pasid: reg('pasid'), ats: reg('ats') },
      'setPaused',
    ),
    setPaused: run('set', { field: 'masterDomain.paused', of: reg('node'), value: 1 }, 'unlockAsids'),
    unlockAsids: run('unlock', ASID_LOCK, 'paused'),
    paused: done,
  },
});

/** Everything of the device that is paused is invalidated again, then the stream table entry is as the attachments want it. */
const resumeRoute = procedure.createMachine({
  id: 'resumeRoute',
  context: registers({
    device: 'int',
    pasid: 'int',
    domain: 'ref',
    master: 'int',
    ats: 'int',
    node: 'ref',
    list: 'ref',
  }),
  initial: 'lockAsids',
  states: {
    lockAsids: run('lock', ASID_LOCK, to('readAts', copy('device', 'master'), add('master', 1))),
    readAts: run('get', { field: 'master.ats', of: reg('master') }, to('next', keep('ats'))),
    next: run('nextPaused', { device: reg('device') }, [
      when(result(0), 'readDomain'),
      to('readList', keep('node')),
    ]),
    readList: run('get', { field: 'masterDomain.list', of: reg('node') }, to('readPasid', keep('list'))),
    readPasid: run('get', { field: 'masterDomain.pasid', of: reg('node') }, to('installInvs', keep('pasid'))),
    installInvs: run(
      'installInvs',
      { domain: reg('list'), device: reg('device'), pasid: reg('pasid'), ats: reg('ats') },
      'clearPaused',
    ),
    clearPaused: run('clear', { field: 'masterDomain.paused', of: reg('node') }, 'next'),
    readDomain: run('get', { field: 'master.domain', of: reg('master') }, to('install', keep('domain'))),
    install: run(
      'installStream',
      { device: reg('device'), domain: reg('domain'), ats: reg('ats') },
      'unlockAsids',
    ),
    unlockAsids: run('unlock', ASID_LOCK, 'resumed'),
    resumed: done,
  },
});

export const pasidProcedures = [replacePasid, attachPasid, detachPasid, pauseRoute, resumeRoute];
