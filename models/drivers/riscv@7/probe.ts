import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  is,
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

/** Bring up the directory of every IOMMU, then every device. There is memory for all of it at boot. */
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
    countIommus: run('countOf', { what: 'iommus' }, to('allocateRoot', keep('count'))),
    allocateRoot: run('allocateTable', {}, to('setRoot', keep('table')), 'noMemory'),
    setRoot: run(
      'setDirectory',
      { iommu: reg('index'), table: reg('table') },
      to('isLastIommu', add('index', 1)),
    ),
    isLastIommu: choose(when(same('index', 'count'), 'countDevices', set('index', 0)), to('allocateRoot')),
    countDevices: run('countOf', { what: 'devices' }, to('probe', keep('count'))),
    probe: run('probeDevice', { device: reg('index') }, to('isLastDevice', add('index', 1)), 'noMemory'),
    isLastDevice: choose(when(same('index', 'count'), 'booted'), to('probe')),
    booted: done,
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/**
 * riscv_iommu_get_dc with memory: the levels of the directory that lead to the device's context, linked by compare-and-exchange and
 * never freed.
 */
const growDirectory = procedure.createMachine({
  id: 'growDirectory',
  context: registers({
    device: 'int',
    iommu: 'int',
    level: 'int',
    table: 'frame',
    child: 'frame',
    there: 'frame',
  }),
  initial: 'whichIommu',
  states: {
    whichIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('depth', keep('iommu'))),
    depth: run('directoryDepth', { iommu: reg('iommu') }, to('readRoot', keep('level'))),
    readRoot: run('directoryRoot', { iommu: reg('iommu') }, to('isLeaf', keep('table'))),
    isLeaf: choose(when(is('level', 1), 'grown'), to('readEntry')),
    readEntry: run('directoryEntry', { table: reg('table'), device: reg('device'), level: reg('level') }, [
      when(result(0), 'allocate'),
      to('isLeaf', keep('table'), add('level', -1)),
    ]),
    allocate: run('allocateTable', {}, to('link', keep('child')), 'noMemory'),
    link: run(
      'linkDirectory',
      { table: reg('table'), device: reg('device'), level: reg('level'), child: reg('child') },
      to('isLinked', keep('there')),
    ),
    isLinked: choose(
      when(same('there', 'child'), 'isLeaf', copy('there', 'table'), add('level', -1)),
      to('discard'),
    ),
    discard: run(
      'freeTable',
      { frame: reg('child') },
      to('isLeaf', copy('there', 'table'), add('level', -1)),
    ),
    grown: done,
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/**
 * riscv_iommu_probe_device and the attach of the group's default domain. A context that nobody has attached anything to is not
 * valid. Ours: a device with PASIDs gets its process directory here, with the page that holds all contexts it may use, and
 * its context is valid for as long as it is there; ATS and PRI are enabled in the device when its context allows them (6.6).
 * With `blocked` the device is left without a domain: its group has another.
 */
const probeDevice = procedure.createMachine({
  id: 'probeDevice',
  context: registers({
    device: 'int',
    blocked: 'int',
    info: 'int',
    contexts: 'frame',
    directory: 'frame',
    processes: 'frame',
    ats: 'int',
    domain: 'ref',
    errno: 'int',
  }),
  initial: 'whichInfo',
  states: {
    whichInfo: choose(to('growDirectory', copy('device', 'info'), add('info', 1))),
    growDirectory: run('growDirectory', { device: reg('device') }, 'hasAts', to('failed', keep('errno'))),
    hasAts: run('deviceFact', { what: 'ats', device: reg('device') }, to('hasProcesses', keep('ats'))),
    hasProcesses: run('hasProcesses', { device: reg('device') }, [
      when(result(0), 'findContext'),
      to('allocateDirectory'),
    ]),
    allocateDirectory: run(
      'allocateTable',
      {},
      to('allocateProcesses', keep('directory')),
      to('failed', set('errno', ERRNO.ENOMEM)),
    ),
    allocateProcesses: run(
      'allocateTable',
      {},
      to('linkProcesses', keep('processes')),
      to('freeDirectory', set('errno', ERRNO.ENOMEM)),
    ),
    linkProcesses: run(
      'linkProcessPage',
      { directory: reg('directory'), pasid: 0, page: reg('processes') },
      'keepDirectory',
    ),
    keepDirectory: run(
      'set',
      { field: 'info.directory', of: reg('info'), value: reg('directory') },
      'findContext',
    ),
    findContext: run('contextPage', { device: reg('device') }, to('byContext', keep('contexts'))),
    byContext: choose(when(is('directory', 0), 'storeControl'), to('storeProcessDirectory')),
    storeControl: run(
      'storeControl',
      { contexts: reg('contexts'), device: reg('device'), valid: 0, ats: 0 },
      'noteAts',
    ),
    storeProcessDirectory: run(
      'storeProcessDirectory',
      { contexts: reg('contexts'), device: reg('device'), root: reg('directory') },
      'storeProcessControl',
    ),
    storeProcessControl: run(
      'storeProcessControl',
      { contexts: reg('contexts'), device: reg('device'), ats: reg('ats') },
      'noteAts',
    ),
    noteAts: run('set', { field: 'info.ats', of: reg('info'), value: reg('ats') }, 'announce'),
    announce: run('event', { machine: 'device', event: 'PROBE', id: reg('device') }, 'findDefault'),

    findDefault: run(
      'joinGroup',
      { device: reg('device') },
      to('isBlocked', keep('domain')),
      to('undoContext', keep('errno')),
    ),
    isBlocked: choose(when(isNot('blocked', 0), 'mayUsePasids'), to('attachDefault')),
    attachDefault: run(
      'attachRid',
      { device: reg('device'), domain: reg('domain') },
      'mayUsePasids',
      to('leaveGroup', keep('errno')),
    ),

    mayUsePasids: choose(when(is('directory', 0), 'mayUseAts'), to('enablePasid')),
    enablePasid: run('setControl', { control: 'pasid', device: reg('device'), on: 1 }, 'mayUseAts'),
    mayUseAts: choose(when(is('ats', 0), 'probed'), to('enableAts')),
    enableAts: run('setControl', { control: 'ats', device: reg('device'), on: 1 }, 'atsOn'),
    atsOn: run('event', { machine: 'device', event: 'ATS_ON', id: reg('device') }, 'hasRequests'),
    hasRequests: run('deviceFact', { what: 'pri', device: reg('device') }, [
      when(result(0), 'probed'),
      to('enableRequests'),
    ]),
    enableRequests: run('setControl', { control: 'pri', device: reg('device'), on: 1 }, 'probed'),
    probed: done,

    leaveGroup: run('leaveGroup', { device: reg('device') }, 'undoContext'),
    undoContext: run('forgetDevice', { device: reg('device') }, 'undoProbe'),
    undoProbe: run('event', { machine: 'device', event: 'RELEASE', id: reg('device') }, 'failed'),
    freeDirectory: run('freeTable', { frame: reg('directory') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** Whether the driver has ATS on: a reset of the device switches it off behind the driver's back. */
const hasAts = procedure.createMachine({
  id: 'hasAts',
  context: registers({ device: 'int', ats: 'int' }),
  output: returns('ats'),
  initial: 'read',
  states: {
    read: run('infoAts', { device: reg('device') }, to('found', keep('ats'))),
    found: done,
  },
});

/**
 * What probe has made for the device. Ours: of one with PASIDs, whose routes are blocked and whose ATS is off, the context goes, and
 * after the fence the process directory that it led to (6.3.1).
 */
const forgetDevice = procedure.createMachine({
  id: 'forgetDevice',
  context: registers({
    device: 'int',
    info: 'int',
    contexts: 'frame',
    directory: 'frame',
    processes: 'frame',
    ticket: 'int',
  }),
  initial: 'whichInfo',
  states: {
    whichInfo: choose(to('forgetAts', copy('device', 'info'), add('info', 1))),
    forgetAts: run('clear', { field: 'info.ats', of: reg('info') }, 'readDirectory'),
    readDirectory: run('get', { field: 'info.directory', of: reg('info') }, [
      when(result(0), 'forgotten'),
      to('findContext', keep('directory')),
    ]),
    findContext: run('contextPage', { device: reg('device') }, to('clearValid', keep('contexts'))),
    clearValid: run('clearContextValid', { contexts: reg('contexts'), device: reg('device') }, 'invalidate'),
    invalidate: run('invalidateDevice', { device: reg('device') }, 'fence'),
    fence: run('fence', { device: reg('device') }, to('waitFence', keep('ticket'))),
    waitFence: run('waitFence', { device: reg('device'), ticket: reg('ticket') }, 'findProcesses'),
    findProcesses: run(
      'processPage',
      { directory: reg('directory'), pasid: 0 },
      to('freeProcesses', keep('processes')),
    ),
    freeProcesses: run('freeTable', { frame: reg('processes') }, 'freeDirectory'),
    freeDirectory: run('freeTable', { frame: reg('directory') }, 'forgetDirectory'),
    forgetDirectory: run('clear', { field: 'info.directory', of: reg('info') }, 'forgotten'),
    forgotten: done,
  },
});

/**
 * The core's attach of the release domain, which is the blocking one, then riscv_iommu_release_device. PASID attachments are gone
 * before. ATS goes off in the device first (6.6).
 */
const releaseDevice = procedure.createMachine({
  id: 'releaseDevice',
  context: registers({ device: 'int' }),
  initial: 'block',
  states: {
    block: run('detachRid', { device: reg('device') }, 'disableRequests'),
    disableRequests: run('setControl', { control: 'pri', device: reg('device'), on: 0 }, 'disableAts'),
    disableAts: run('setControl', { control: 'ats', device: reg('device'), on: 0 }, 'disablePasid'),
    disablePasid: run('setControl', { control: 'pasid', device: reg('device'), on: 0 }, 'forgetDevice'),
    forgetDevice: run('forgetDevice', { device: reg('device') }, 'leaveGroup'),
    leaveGroup: run('leaveGroup', { device: reg('device') }, 'announce'),
    announce: run('event', { machine: 'device', event: 'RELEASE', id: reg('device') }, 'released'),
    released: done,
  },
});

export const probeProcedures = [
  boot,
  growDirectory,
  probeDevice,
  joinGroup,
  leaveGroup,
  defaultDomain,
  blockingDomain,
  hasAts,
  forgetDevice,
  releaseDevice,
];
