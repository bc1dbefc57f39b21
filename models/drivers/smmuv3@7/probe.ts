import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  isNot,
  keep,
  result,
  run,
  same,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { blockingDomain, defaultDomain, joinGroup, leaveGroup } from '../../core/default-domains.js';
import { DOMAIN } from './objects.js';

/** Bring up the stream table of every SMMU, then every device. There is memory for all of it at boot. */
const boot = procedure.createMachine({
  id: 'boot',
  context: registers({ index: 'int', count: 'int', table: 'frame', domain: 'ref' }),
  initial: 'allocateBlocking',
  states: {
    allocateBlocking: run(
      'allocDomain',
      { kind: DOMAIN.blocked, parent: 0 },
      to('keepBlocking', keep('domain')),
      'noMemory',
    ),
    keepBlocking: run('set', { field: 'blocking.domain', of: 1, value: reg('domain') }, 'countIommus'),
    countIommus: run('countOf', { what: 'iommus' }, to('allocateTable', keep('count'))),
    allocateTable: run('allocateTable', {}, to('setTable', keep('table')), 'noMemory'),
    setTable: run(
      'setStreamTable',
      { iommu: reg('index'), table: reg('table') },
      to('isLastIommu', add('index', 1)),
    ),
    isLastIommu: choose(when(same('index', 'count'), 'countDevices', set('index', 0)), to('allocateTable')),
    countDevices: run('countOf', { what: 'devices' }, to('probe', keep('count'))),
    probe: run('probeDevice', { device: reg('index') }, to('isLastDevice', add('index', 1)), 'noMemory'),
    isLastDevice: choose(when(same('index', 'count'), 'booted'), to('probe')),
    booted: done,
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/**
 * arm_smmu_probe_device and the core's attach of the group's default domain. PASIDs are enabled before ATS ever is. With `blocked`
 * the device is left without a domain: its group has another.
 */
const probeDevice = procedure.createMachine({
  id: 'probeDevice',
  context: registers({
    device: 'int',
    blocked: 'int',
    iommu: 'int',
    directory: 'frame',
    table: 'frame',
    domain: 'ref',
    errno: 'int',
  }),
  initial: 'whichIommu',
  states: {
    whichIommu: run(
      'deviceFact',
      { what: 'iommu', device: reg('device') },
      to('readDirectory', keep('iommu')),
    ),
    readDirectory: run('streamTable', { iommu: reg('iommu') }, to('lockStreams', keep('directory'))),
    lockStreams: run('lock', { family: 'streams', id: reg('iommu') }, 'findPage'),
    findPage: run('streamPage', { directory: reg('directory'), device: reg('device') }, [
      when(result(0), 'allocatePage'),
      to('unlockStreams'),
    ]),
    allocatePage: run('allocateTable', {}, to('abortStreams', keep('table')), 'unlockFailed'),
    abortStreams: run('abortStreams', { table: reg('table'), device: reg('device') }, 'linkPage'),
    linkPage: run(
      'linkStreamPage',
      { directory: reg('directory'), device: reg('device'), table: reg('table') },
      'unlockStreams',
    ),
    unlockStreams: run('unlock', { family: 'streams', id: reg('iommu') }, 'hasPasid'),
    hasPasid: run('deviceFact', { what: 'slots', device: reg('device') }, [
      when(result(0), 'announce'),
      to('enablePasid'),
    ]),
    enablePasid: run('setControl', { control: 'pasid', device: reg('device'), on: 1 }, 'announce'),
    announce: run('event', { machine: 'device', event: 'PROBE', id: reg('device') }, 'findDefault'),
    findDefault: run(
      'joinGroup',
      { device: reg('device') },
      to('isBlocked', keep('domain')),
      to('undoProbe', keep('errno')),
    ),
    isBlocked: choose(when(isNot('blocked', 0), 'probed'), to('attachDefault')),
    attachDefault: run(
      'attachRid',
      { device: reg('device'), domain: reg('domain') },
      'probed',
      to('leaveGroup', keep('errno')),
    ),
    probed: done,

    unlockFailed: run(
      'unlock',
      { family: 'streams', id: reg('iommu') },
      to('failed', set('errno', ERRNO.ENOMEM)),
    ),
    leaveGroup: run('leaveGroup', { device: reg('device') }, 'undoProbe'),
    undoProbe: run('forgetMaster', { device: reg('device') }, 'undone'),
    undone: run('event', { machine: 'device', event: 'RELEASE', id: reg('device') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** Whether the driver has ATS on: a reset of the device switches it off behind the driver's back. */
const hasAts = procedure.createMachine({
  id: 'hasAts',
  context: registers({ device: 'int', master: 'int', ats: 'int' }),
  output: returns('ats'),
  initial: 'whichMaster',
  states: {
    whichMaster: choose(to('read', copy('device', 'master'), add('master', 1))),
    read: run('get', { field: 'master.ats', of: reg('master') }, to('found', keep('ats'))),
    found: done,
  },
});

/** The core's attach of the release domain, which is the blocked one, then arm_smmu_release_device. PASID attachments are gone before. */
const releaseDevice = procedure.createMachine({
  id: 'releaseDevice',
  context: registers({ device: 'int', master: 'int' }),
  initial: 'block',
  states: {
    block: run(
      'detachRid',
      { device: reg('device') },
      to('readFaults', copy('device', 'master'), add('master', 1)),
    ),
    readFaults: run('get', { field: 'master.faults', of: reg('master') }, [
      when(result(0), 'disablePasid'),
      to('warnFaults'),
    ]),
    warnFaults: run('faultsLeft', { device: reg('device') }, 'disablePasid'),
    disablePasid: run('setControl', { control: 'pasid', device: reg('device'), on: 0 }, 'forgetMaster'),
    forgetMaster: run('forgetMaster', { device: reg('device') }, 'leaveGroup'),
    leaveGroup: run('leaveGroup', { device: reg('device') }, 'announce'),
    announce: run('event', { machine: 'device', event: 'RELEASE', id: reg('device') }, 'released'),
    released: done,
  },
});

/** arm_smmu_free_cd_tables. The stream aborts: nothing has to be invalidated. */
const forgetMaster = procedure.createMachine({
  id: 'forgetMaster',
  context: registers({ device: 'int', master: 'int', contexts: 'frame' }),
  initial: 'whichMaster',
  states: {
    whichMaster: choose(to('readContexts', copy('device', 'master'), add('master', 1))),
    readContexts: run('get', { field: 'master.contexts', of: reg('master') }, [
      when(result(0), 'forgotten'),
      to('forgetContexts', keep('contexts')),
    ]),
    forgetContexts: run('clear', { field: 'master.contexts', of: reg('master') }, 'freeContexts'),
    freeContexts: run('freeTable', { frame: reg('contexts') }, 'forgotten'),
    forgotten: done,
  },
});

export const probeProcedures = [
  boot,
  probeDevice,
  joinGroup,
  leaveGroup,
  defaultDomain,
  blockingDomain,
  hasAts,
  releaseDevice,
  forgetMaster,
];
