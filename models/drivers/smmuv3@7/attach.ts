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
  same,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { DOMAIN } from './objects.js';

/** The lock under which attachments change (arm_smmu_asid_lock). */
export const ASID_LOCK = { family: 'asids', id: 1 } as const;

/**
 * arm_smmu_attach_prepare for a domain whose changes have to be invalidated: the route is on its list and its array before hardware
 * knows of it. A nested domain has those of its parent.
 */
const prepareDomain = procedure.createMachine({
  id: 'prepareDomain',
  context: registers({
    device: 'int',
    pasid: 'int',
    domain: 'ref',
    ats: 'int',
    list: 'ref',
    invs: 'ref',
    old: 'ref',
    node: 'ref',
  }),
  initial: 'readParent',
  states: {
    readParent: run('get', { field: 'domain.parent', of: reg('domain') }, [
      when(result(0), 'allocateInvs', copy('domain', 'list')),
      to('allocateInvs', keep('list')),
    ]),
    allocateInvs: run('create', { kind: 'invs' }, to('allocateNode', keep('invs')), 'noMemory'),
    allocateNode: run('create', { kind: 'masterDomain' }, to('takeFaults', keep('node')), 'freeInvs'),
    takeFaults: run(
      'takeFaults',
      { domain: reg('domain'), device: reg('device'), node: reg('node') },
      'list',
    ),
    list: run(
      'listMaster',
      {
        of: reg('node'),
        list: reg('list'),
        domain: reg('domain'),
        device: reg('device'),
        pasid: reg('pasid'),
      },
      'readInvs',
    ),
    readInvs: run('get', { field: 'domain.invs', of: reg('list') }, to('setInvs', keep('old'))),
    setInvs: run('set', { field: 'domain.invs', of: reg('list'), value: reg('invs') }, 'installInvs'),
    installInvs: run(
      'installInvs',
      { domain: reg('list'), device: reg('device'), pasid: reg('pasid'), ats: reg('ats') },
      'freeOld',
    ),
    freeOld: run('destroy', { kind: 'invs', of: reg('old') }, 'announce'),
    announce: run('event', { machine: 'domain', event: 'ATTACH', id: reg('domain') }, 'prepared'),
    prepared: done,
    freeInvs: run('destroy', { kind: 'invs', of: reg('invs') }, 'noMemory'),
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/** The end of arm_smmu_attach_prepare: a device that is to have no ATS stops asking before its entry refuses it. */
const stopAts = procedure.createMachine({
  id: 'stopAts',
  context: registers({ device: 'int', ats: 'int', master: 'int' }),
  initial: 'isWanted',
  states: {
    isWanted: choose(when(is('ats', 0), 'isOn', copy('device', 'master'), add('master', 1)), to('stopped')),
    isOn: run('get', { field: 'master.ats', of: reg('master') }, [when(result(0), 'stopped'), to('disable')]),
    disable: run('setControl', { control: 'ats', device: reg('device'), on: 0 }, 'announce'),
    announce: run('event', { machine: 'device', event: 'ATS_OFF', id: reg('device') }, 'stopped'),
    stopped: done,
  },
});

/**
 * arm_smmu_attach_commit: hardware translates by the new domain. What the device keeps of the old one goes, then the old domain's
 * list and array, and its tag in the TLBs with the last route. A device whose ATS goes on or off has an empty cache.
 */
const commit = procedure.createMachine({
  id: 'commit',
  context: registers({ device: 'int', pasid: 'int', ats: 'int', old: 'ref', master: 'int', hadAts: 'int' }),
  initial: 'whichMaster',
  states: {
    whichMaster: choose(to('readAts', copy('device', 'master'), add('master', 1))),
    readAts: run('get', { field: 'master.ats', of: reg('master') }, to('isOn', keep('hadAts'))),
    isOn: choose(when(is('ats', 0), 'leaveOld'), when(is('hadAts', 0), 'enable'), to('flushDevice')),
    enable: run('setControl', { control: 'ats', device: reg('device'), on: 1 }, 'announce'),
    announce: run('event', { machine: 'device', event: 'ATS_ON', id: reg('device') }, 'leaveOld'),
    flushDevice: run('flushDevice', { device: reg('device'), pasid: reg('pasid') }, 'leaveOld'),
    leaveOld: run(
      'leaveDomain',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('old'), ats: reg('hadAts') },
      'noteAts',
    ),
    noteAts: run('set', { field: 'master.ats', of: reg('master'), value: reg('ats') }, 'committed'),
    committed: done,
  },
});

/** arm_smmu_remove_master_domain and arm_smmu_install_old_domain_invs. Identity and blocked domains have neither list nor array. */
function leaveDomain(mended: MendQuery) {
  const drains = mended('events-drained');
  const flushesFirst = mended('tag-flushed-first');
  const tag = flushesFirst ? 'isTagShared' : 'unref';
  const clearsGuest = mended('guest-entries-flushed');
  const beforeUnref = clearsGuest ? 'isNested' : tag;
  return procedure.createMachine({
    id: 'leaveDomain',
    context: registers({
      device: 'int',
      pasid: 'int',
      domain: 'ref',
      ats: 'int',
      list: 'ref',
      node: 'ref',
      paused: 'int',
      faults: 'int',
      last: 'int',
      vmid: 'int',
      ticket: 'int',
    }),
    initial: 'isDomain',
    states: {
      isDomain: choose(when(is('domain', 0), 'left'), to('readKind')),
      readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
        when(result(DOMAIN.identity), 'left'),
        when(result(DOMAIN.blocked), 'left'),
        to(drains ? 'drain' : 'readParent'),
      ]),
      ...(drains
        ? {
            drain: run('drainEvents', { device: reg('device'), pasid: reg('pasid') }, 'readParent'),
          }
        : {}),
      readParent: run('get', { field: 'domain.parent', of: reg('domain') }, [
        when(result(0), 'look', copy('domain', 'list')),
        to('look', keep('list')),
      ]),
      look: run(
        'masterOf',
        { list: reg('list'), domain: reg('domain'), device: reg('device'), pasid: reg('pasid') },
        [when(result(0), beforeUnref), to('isPaused', keep('node'))],
      ),
      isPaused: run(
        'get',
        { field: 'masterDomain.paused', of: reg('node') },
        to('hasFaults', keep('paused')),
      ),
      hasFaults: run('get', { field: 'masterDomain.faults', of: reg('node') }, to('delist', keep('faults'))),
      delist: run('destroy', { kind: 'masterDomain', of: reg('node') }, 'announce'),
      announce: run('event', { machine: 'domain', event: 'DETACH', id: reg('domain') }, 'hadFaults'),
      hadFaults: choose(when(is('faults', 0), 'wasPaused'), to('disableFaults')),
      disableFaults: run('disableFaults', { device: reg('device') }, 'wasPaused'),
      wasPaused: choose(when(is('paused', 0), beforeUnref), to('left')),
      ...(clearsGuest
        ? {
            isNested: choose(when(same('list', 'domain'), tag), to('isVmidShared')),
            isVmidShared: run('isTagShared', { domain: reg('list'), device: reg('device') }, [
              when(result(0), tag),
              to('readVmid'),
            ]),
            readVmid: run('get', { field: 'domain.id', of: reg('list') }, to('flushGuest', keep('vmid'))),
            flushGuest: run('flushGuest', { device: reg('device'), vmid: reg('vmid') }, 'syncGuest'),
            syncGuest: run('sync', { device: reg('device') }, to('waitGuest', keep('ticket'))),
            waitGuest: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, tag),
          }
        : {}),
      ...(flushesFirst
        ? {
            isTagShared: run('isTagShared', { domain: reg('list'), device: reg('device') }, [
              when(result(0), 'flushTag'),
              to('unref'),
            ]),
          }
        : {}),
      unref: run(
        'unrefInvs',
        { domain: reg('list'), device: reg('device'), pasid: reg('pasid'), ats: reg('ats') },
        to('lockInvs', keep('last')),
      ),
      // Invalidations under way may still be for this device.
      lockInvs: run('lock', { family: 'invs', id: reg('list') }, 'unlockInvs'),
      unlockInvs: run('unlock', { family: 'invs', id: reg('list') }, flushesFirst ? 'left' : 'isLast'),
      ...(flushesFirst ? {} : { isLast: choose(when(is('last', 0), 'left'), to('flushTag')) }),
      flushTag: run(
        'flushTag',
        { domain: reg('list'), device: reg('device') },
        flushesFirst ? 'unref' : 'left',
      ),
      left: done,
    },
  });
}

/** arm_smmu_alloc_cd_ptr: the page of the device's context descriptors, made for the first that needs it. */
const allocContexts = procedure.createMachine({
  id: 'allocContexts',
  context: registers({ device: 'int', master: 'int', contexts: 'frame' }),
  initial: 'whichMaster',
  states: {
    whichMaster: choose(to('isThere', copy('device', 'master'), add('master', 1))),
    isThere: run('get', { field: 'master.contexts', of: reg('master') }, [
      when(result(0), 'allocate'),
      to('allocated'),
    ]),
    allocate: run('allocateTable', {}, to('keepContexts', keep('contexts')), 'noMemory'),
    keepContexts: run(
      'set',
      { field: 'master.contexts', of: reg('master'), value: reg('contexts') },
      'allocated',
    ),
    allocated: done,
    noMemory: fails(ERRNO.ENOMEM),
  },
});

export const attachProcedures = (mended: MendQuery) => [
  prepareDomain,
  stopAts,
  commit,
  leaveDomain(mended),
  allocContexts,
];
