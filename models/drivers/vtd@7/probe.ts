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
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { blockingDomain, defaultDomain, joinGroup, leaveGroup } from '../../core/default-domains.js';
import { DOMAIN, TAG } from './objects.js';

/** Bring up the root table of every IOMMU, then every device. There is memory for all of it at boot. */
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
      'setRootTable',
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
 * intel_iommu_probe_device, attach of the group's default domain, intel_iommu_probe_finalize. The context entry is written
 * once, for as long as the device is there. With `blocked` the device is left without a domain: its group has another.
 */
function probeDevice(mended: MendQuery) {
  const setsUpTable = mended('pasid-table-at-probe');
  return procedure.createMachine({
    id: 'probeDevice',
    context: registers({
      device: 'int',
      blocked: 'int',
      info: 'int',
      iommu: 'int',
      root: 'frame',
      contexts: 'frame',
      directory: 'frame',
      pasids: 'frame',
      domain: 'ref',
      did: 'int',
      ticket: 'int',
      errno: 'int',
    }),
    initial: 'whichIommu',
    states: {
      whichIommu: run(
        'deviceFact',
        { what: 'iommu', device: reg('device') },
        to('allocateDirectory', keep('iommu'), copy('device', 'info'), add('info', 1)),
      ),
      allocateDirectory: run(
        'allocateTable',
        {},
        to('setDirectory', keep('directory')),
        to('failed', set('errno', ERRNO.ENOMEM)),
      ),
      setDirectory: run(
        'set',
        { field: 'info.directory', of: reg('info'), value: reg('directory') },
        setsUpTable ? 'allocatePasids' : 'readRoot',
      ),
      ...(setsUpTable
        ? {
            allocatePasids: run(
              'allocateTable',
              {},
              to('linkPasids', keep('pasids')),
              to('freeDirectory', set('errno', ERRNO.ENOMEM)),
            ),
            linkPasids: run(
              'linkPasidTable',
              { directory: reg('directory'), pasid: 0, table: reg('pasids') },
              'readRoot',
            ),
          }
        : {}),
      readRoot: run('rootTable', { iommu: reg('iommu') }, to('lockContexts', keep('root'))),
      lockContexts: run('lock', { family: 'pasidEntries', id: reg('iommu') }, 'findContexts'),
      findContexts: run('contextTable', { root: reg('root'), device: reg('device') }, [
        when(result(0), 'allocateContexts'),
        to('storeHigh', keep('contexts')),
      ]),
      allocateContexts: run('allocateTable', {}, to('linkContexts', keep('contexts')), 'unlockFailed'),
      linkContexts: run(
        'linkContextTable',
        { root: reg('root'), device: reg('device'), table: reg('contexts') },
        'storeHigh',
      ),
      storeHigh: run('storeContextHigh', { table: reg('contexts'), device: reg('device') }, 'storeLow'),
      storeLow: run(
        'storeContextLow',
        { table: reg('contexts'), device: reg('device'), directory: reg('directory') },
        'unlockContexts',
      ),
      unlockContexts: run('unlock', { family: 'pasidEntries', id: reg('iommu') }, 'mayBeCached'),
      mayBeCached: run('iommuFact', { what: 'cachingMode', iommu: reg('iommu') }, [
        when(result(0), 'announce'),
        to('flushContext'),
      ]),
      flushContext: run('flushContext', { device: reg('device') }, to('waitContext', keep('ticket'))),
      waitContext: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'flushIotlb'),
      flushIotlb: run('flushIotlbDomain', { device: reg('device'), did: 0 }, to('waitIotlb', keep('ticket'))),
      waitIotlb: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'announce'),
      announce: run('event', { machine: 'device', event: 'PROBE', id: reg('device') }, 'findDefault'),

      findDefault: run(
        'joinGroup',
        { device: reg('device') },
        to('isBlocked', keep('domain')),
        to('undoContext', keep('errno')),
      ),
      isBlocked: choose(when(isNot('blocked', 0), 'hasPasid'), to('attachDefault')),
      attachDefault: run(
        'attachRid',
        { device: reg('device'), domain: reg('domain') },
        'hasPasid',
        to('leaveGroup', keep('errno')),
      ),

      hasPasid: run('deviceFact', { what: 'slots', device: reg('device') }, [
        when(result(0), 'hasAts'),
        to('enablePasid'),
      ]),
      enablePasid: run('setControl', { control: 'pasid', device: reg('device'), on: 1 }, 'hasAts'),
      hasAts: run('deviceFact', { what: 'ats', device: reg('device') }, [
        when(result(0), 'probed'),
        to('enableAts'),
      ]),
      enableAts: run('setControl', { control: 'ats', device: reg('device'), on: 1 }, 'noteAts'),
      noteAts: run('set', { field: 'info.ats', of: reg('info'), value: 1 }, 'atsOn'),
      atsOn: run('event', { machine: 'device', event: 'ATS_ON', id: reg('device') }, 'readDomain'),
      readDomain: run('get', { field: 'info.domain', of: reg('info') }, [
        when(result(0), 'hasRequests'),
        to('readId', keep('domain')),
      ]),
      readId: run(
        'domainIdOf',
        { domain: reg('domain'), device: reg('device') },
        to('assignTag', keep('did')),
      ),
      // Without the tag nobody would flush the device-TLB: rather no device-TLB.
      assignTag: run(
        'assignTag',
        { domain: reg('domain'), type: TAG.deviceTlb, did: reg('did'), device: reg('device'), pasid: 0 },
        'hasRequests',
        'disableAts',
      ),
      disableAts: run('setControl', { control: 'ats', device: reg('device'), on: 0 }, 'forgetAts'),
      forgetAts: run('clear', { field: 'info.ats', of: reg('info') }, 'atsOff'),
      atsOff: run('event', { machine: 'device', event: 'ATS_OFF', id: reg('device') }, 'probed'),
      hasRequests: run('deviceFact', { what: 'pri', device: reg('device') }, [
        when(result(0), 'probed'),
        to('enableRequests'),
      ]),
      enableRequests: run('setControl', { control: 'pri', device: reg('device'), on: 1 }, 'probed'),
      probed: done,

      unlockFailed: run(
        'unlock',
        { family: 'pasidEntries', id: reg('iommu') },
        to('hasPasids', set('errno', ERRNO.ENOMEM)),
      ),
      hasPasids: choose(when(is('pasids', 0), 'freeDirectory'), to('freePasids')),
      freePasids: run('freeTable', { frame: reg('pasids') }, 'freeDirectory'),
      leaveGroup: run('leaveGroup', { device: reg('device') }, 'undoContext'),
      undoContext: run('clearContext', { device: reg('device') }, 'undoProbe'),
      undoProbe: run('event', { machine: 'device', event: 'RELEASE', id: reg('device') }, 'failed'),
      freeDirectory: run('freeTable', { frame: reg('directory') }, 'forgetDirectory'),
      forgetDirectory: run('clear', { field: 'info.directory', of: reg('info') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
}

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

/** domain_context_clear and the freeing of the PASID table. ATS is off, so that no device-TLB has to be flushed. */
const clearContext = procedure.createMachine({
  id: 'clearContext',
  context: registers({
    device: 'int',
    info: 'int',
    iommu: 'int',
    root: 'frame',
    contexts: 'frame',
    directory: 'frame',
    table: 'frame',
    ticket: 'int',
  }),
  initial: 'whichIommu',
  states: {
    whichIommu: run(
      'deviceFact',
      { what: 'iommu', device: reg('device') },
      to('readRoot', keep('iommu'), copy('device', 'info'), add('info', 1)),
    ),
    readRoot: run('rootTable', { iommu: reg('iommu') }, to('lockContexts', keep('root'))),
    lockContexts: run('lock', { family: 'pasidEntries', id: reg('iommu') }, 'findContexts'),
    findContexts: run(
      'contextTable',
      { root: reg('root'), device: reg('device') },
      to('clearLow', keep('contexts')),
    ),
    clearLow: run('clearContextLow', { table: reg('contexts'), device: reg('device') }, 'clearHigh'),
    clearHigh: run('clearContextHigh', { table: reg('contexts'), device: reg('device') }, 'unlockContexts'),
    unlockContexts: run('unlock', { family: 'pasidEntries', id: reg('iommu') }, 'flushContext'),
    flushContext: run('flushContext', { device: reg('device') }, to('waitContext', keep('ticket'))),
    waitContext: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'readDirectory'),
    readDirectory: run(
      'get',
      { field: 'info.directory', of: reg('info') },
      to('findTable', keep('directory')),
    ),
    findTable: run('pasidTable', { directory: reg('directory'), pasid: 0 }, [
      when(result(0), 'freeDirectory'),
      to('freeTable', keep('table')),
    ]),
    freeTable: run('freeTable', { frame: reg('table') }, 'freeDirectory'),
    freeDirectory: run('freeTable', { frame: reg('directory') }, 'forgetDirectory'),
    forgetDirectory: run('clear', { field: 'info.directory', of: reg('info') }, 'cleared'),
    cleared: done,
  },
});

/** The core's attach of the blocking domain, then intel_iommu_release_device. PASID attachments are gone before. */
const releaseDevice = procedure.createMachine({
  id: 'releaseDevice',
  context: registers({ device: 'int', info: 'int' }),
  initial: 'block',
  states: {
    block: run(
      'detachRid',
      { device: reg('device') },
      to('readFaults', copy('device', 'info'), add('info', 1)),
    ),
    // The code warns of a count that is left, and drops it.
    readFaults: run('get', { field: 'info.faults', of: reg('info') }, [
      when(result(0), 'disableRequests'),
      to('warnFaults'),
    ]),
    warnFaults: run('faultsLeft', { device: reg('device') }, 'dropFaults'),
    dropFaults: run('set', { field: 'info.faults', of: reg('info'), value: 0 }, 'disableRequests'),
    disableRequests: run('setControl', { control: 'pri', device: reg('device'), on: 0 }, 'hasAts'),
    hasAts: run('infoAts', { device: reg('device') }, [when(result(0), 'disablePasid'), to('disableAts')]),
    disableAts: run('setControl', { control: 'ats', device: reg('device'), on: 0 }, 'forgetAts'),
    forgetAts: run('clear', { field: 'info.ats', of: reg('info') }, 'disablePasid'),
    disablePasid: run('setControl', { control: 'pasid', device: reg('device'), on: 0 }, 'clearContext'),
    clearContext: run('clearContext', { device: reg('device') }, 'leaveGroup'),
    leaveGroup: run('leaveGroup', { device: reg('device') }, 'announce'),
    announce: run('event', { machine: 'device', event: 'RELEASE', id: reg('device') }, 'released'),
    released: done,
  },
});

export const probeProcedures = (mended: MendQuery) => [
  boot,
  probeDevice(mended),
  joinGroup,
  leaveGroup,
  defaultDomain,
  blockingDomain,
  hasAts,
  clearContext,
  releaseDevice,
];
