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
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { ASID_LOCK } from './attach.js';
import { DOMAIN } from './objects.js';

/** attach_dev by kind of domain. What the RID was on is known from its last attachment. */
const replaceRid = procedure.createMachine({
  id: 'replaceRid',
  context: registers({ device: 'int', domain: 'ref', old: 'ref', errno: 'int' }),
  initial: 'readKind',
  states: {
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(DOMAIN.identity), 'attachIdentity'),
      when(result(DOMAIN.blocked), 'attachBlocked'),
      to('attachTranslated'),
    ]),
    attachIdentity: run('attachUntranslated', { device: reg('device'), domain: reg('domain') }, 'attached'),
    attachBlocked: run('attachUntranslated', { device: reg('device'), domain: 0 }, 'attached'),
    attachTranslated: run(
      'attachTranslated',
      { device: reg('device'), domain: reg('domain') },
      'attached',
      to('failed', keep('errno')),
    ),
    attached: done,
    failed: fails(reg('errno')),
  },
});

/**
 * arm_smmu_attach_dev and arm_smmu_attach_dev_nested. The context descriptor of stage 1 is written before the stream table entry
 * points to it, and cleared after. Streams with a stage 2 have no substreams of ours.
 */
const attachTranslated = procedure.createMachine({
  id: 'attachTranslated',
  context: registers({
    device: 'int',
    domain: 'ref',
    master: 'int',
    kind: 'int',
    ats: 'int',
    old: 'ref',
    errno: 'int',
  }),
  initial: 'whichMaster',
  states: {
    whichMaster: choose(to('readKind', copy('device', 'master'), add('master', 1))),
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(DOMAIN.paging), 'allocContexts', keep('kind')),
      to('areSubstreamsUsed', keep('kind')),
    ]),
    allocContexts: run('allocContexts', { device: reg('device') }, 'lockAsids', to('failed', keep('errno'))),
    areSubstreamsUsed: run('get', { field: 'master.substreams', of: reg('master') }, [
      when(result(0), 'lockAsids'),
      to('failed', set('errno', ERRNO.EBUSY)),
    ]),
    lockAsids: run('lock', ASID_LOCK, 'readOld'),
    readOld: run('get', { field: 'master.domain', of: reg('master') }, to('hasAts', keep('old'))),
    hasAts: run('deviceFact', { what: 'ats', device: reg('device') }, to('prepare', keep('ats'))),
    prepare: run(
      'prepareDomain',
      { device: reg('device'), pasid: 0, domain: reg('domain'), ats: reg('ats') },
      'byKind',
      to('unlockFailed', keep('errno')),
    ),
    byKind: choose(when(is('kind', DOMAIN.paging), 'writeContext'), to('installStream')),
    writeContext: run(
      'writeContext',
      { device: reg('device'), pasid: 0, domain: reg('domain') },
      'installStream',
    ),
    installStream: run(
      'installStream',
      { device: reg('device'), domain: reg('domain'), ats: reg('ats') },
      'isParent',
    ),
    isParent: choose(when(is('kind', DOMAIN.nestParent), 'clearContext'), to('commit')),
    clearContext: run('clearContext', { device: reg('device'), pasid: 0 }, 'commit'),
    commit: run('commit', { device: reg('device'), pasid: 0, ats: reg('ats'), old: reg('old') }, 'note'),
    note: run('set', { field: 'master.domain', of: reg('master'), value: reg('domain') }, 'unlockAsids'),
    unlockAsids: run('unlock', ASID_LOCK, 'attached'),
    attached: done,
    unlockFailed: run('unlock', ASID_LOCK, 'failed'),
    failed: fails(reg('errno')),
  },
});

/**
 * arm_smmu_attach_dev_ste for identity and, as domain 0, blocked. Nothing here can fail. ATS stays on while substreams may use it;
 * elsewhere a stream without translation has none. As it is, context descriptor 0 is cleared last: until then it serves requests with
 * SubstreamID 0, where others go by S1DSS, and what the device keeps of that outlives it.
 */
function attachUntranslated(mended: MendQuery) {
  const clearsFirst = mended('descriptor-cleared-first');
  return procedure.createMachine({
    id: 'attachUntranslated',
    context: registers({ device: 'int', domain: 'ref', master: 'int', ats: 'int', old: 'ref' }),
    initial: 'lockAsids',
    states: {
      lockAsids: run('lock', ASID_LOCK, to('readOld', copy('device', 'master'), add('master', 1))),
      readOld: run(
        'get',
        { field: 'master.domain', of: reg('master') },
        to('areSubstreamsUsed', keep('old')),
      ),
      areSubstreamsUsed: run('get', { field: 'master.substreams', of: reg('master') }, [
        when(result(0), 'stopAts'),
        to('hasAts'),
      ]),
      hasAts: run('deviceFact', { what: 'ats', device: reg('device') }, to('stopAts', keep('ats'))),
      stopAts: run('stopAts', { device: reg('device'), ats: reg('ats') }, 'installStream'),
      installStream: run(
        'installStream',
        { device: reg('device'), domain: reg('domain'), ats: reg('ats') },
        clearsFirst ? 'clearContext' : 'commit',
      ),
      commit: run('commit', { device: reg('device'), pasid: 0, ats: reg('ats'), old: reg('old') }, 'note'),
      note: run('set', { field: 'master.domain', of: reg('master'), value: reg('domain') }, 'unlockAsids'),
      unlockAsids: run('unlock', ASID_LOCK, clearsFirst ? 'attached' : 'clearContext'),
      clearContext: run(
        'clearContext',
        { device: reg('device'), pasid: 0 },
        clearsFirst ? 'commit' : 'attached',
      ),
      attached: done,
    },
  });
}

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

/** attach_dev of the blocked domain. */
const detachRid = procedure.createMachine({
  id: 'detachRid',
  context: registers({ device: 'int', domain: 'ref' }),
  initial: 'attach',
  states: {
    attach: run('attachUntranslated', { device: reg('device'), domain: 0 }, 'detached'),
    detached: done,
  },
});

export const ridProcedures = (mended: MendQuery) => [
  replaceRid,
  attachTranslated,
  attachUntranslated(mended),
  attachRid,
  detachRid,
];
