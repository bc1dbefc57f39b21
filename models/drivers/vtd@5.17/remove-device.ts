import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  done,
  isNot,
  keep,
  result,
  run,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import { PASS_THROUGH_DID } from './entry.js';
import { IDENTITY, type Mode } from './objects.js';
import { SLOTS } from './steps/tables.js';

/**
 * __dmar_remove_one_dev_info(): end the attachment of the whole device. It looks at the RID's entry alone: entries of PASIDs
 * still in the table are dropped with it, present and unflushed.
 */
export const removeDevice = procedure.createMachine({
  id: 'removeDevice',
  context: registers({
    device: 'int',
    iommu: 'int',
    info: 'ref',
    domain: 'ref',
    directory: 'frame',
    did: 'int',
    ticket: 'int',
  }),
  initial: 'lockDevices',
  states: {
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'findInfo'),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'unlockDevices'),
      to('findIommu', keep('info')),
    ]),
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('readDomain', keep('iommu'))),
    readDomain: run('get', { field: 'info.domain', of: reg('info') }, to('tearDown', keep('domain'))),
    tearDown: run(
      'tearDownEntry',
      { device: reg('device'), iommu: reg('iommu'), pasid: 0, info: reg('info'), domain: reg('domain') },
      'disableAts',
    ),
    disableAts: run(
      'disableAts',
      { device: reg('device'), info: reg('info'), domain: reg('domain') },
      'lockIommu',
    ),

    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'hasContext'),
    hasContext: run('contextPresent', { device: reg('device') }, [
      when(result(0), 'unlockNoContext'),
      to('isLinked'),
    ]),
    // A failed attach may have left the domain already.
    isLinked: choose(when(isNot('domain', 0), 'readKind'), to('clearContext')),
    unlockNoContext: run('unlock', { family: 'iommu', id: reg('iommu') }, 'readDirectory'),
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(IDENTITY), 'clearContext', set('did', PASS_THROUGH_DID)),
      to('readDid'),
    ]),
    readDid: run('didOn', { domain: reg('domain'), iommu: reg('iommu') }, to('clearContext', keep('did'))),
    clearContext: run('clearContext', { device: reg('device') }, 'unlockIommu'),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'flushContext'),
    flushContext: run('flushContext', { device: reg('device') }, to('awaitContext', keep('ticket'))),
    awaitContext: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'flushPasidCache'),
    flushPasidCache: run(
      'flushPasidCacheDomain',
      { device: reg('device'), did: reg('did') },
      to('awaitPasidCache', keep('ticket')),
    ),
    awaitPasidCache: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'flushIotlb'),
    flushIotlb: run(
      'flushIotlbDomain',
      { device: reg('device'), did: reg('did') },
      to('awaitIotlb', keep('ticket')),
    ),
    awaitIotlb: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'readDirectory'),

    readDirectory: run('get', { field: 'info.directory', of: reg('info') }, [
      when(result(0), 'clearInfo'),
      to('freeDirectory', keep('directory')),
    ]),
    freeDirectory: run('freeDirectory', { directory: reg('directory') }, 'clearInfo'),
    clearInfo: run('clearInfo', { device: reg('device') }, 'lockIds'),
    lockIds: run('lock', { family: 'iommu', id: reg('iommu') }, 'unlinkInfo'),
    unlinkInfo: run('clear', { field: 'info.domain', of: reg('info') }, 'hasDomain'),
    hasDomain: choose(when(isNot('domain', 0), 'detachIommu'), to('unlockIds')),
    detachIommu: run('detachIommu', { domain: reg('domain'), iommu: reg('iommu') }, 'unlockIds'),
    unlockIds: run('unlock', { family: 'iommu', id: reg('iommu') }, 'freeInfo'),
    freeInfo: run('destroy', { kind: 'info', of: reg('info') }, 'unlockDevices'),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'removed'),
    removed: done,
  },
});

/** iommu_disable_dev_iotlb(): switch ATS off in the device, which empties its device-TLB, then say so to the domain. */
export const disableAts = (mode: Mode) => {
  const atsIsOff = mode === 'scalable' ? 'disablePasid' : 'disabled';
  return procedure.createMachine({
    id: 'disableAts',
    context: registers({ device: 'int', info: 'ref', domain: 'ref' }),
    initial: 'readAts',
    states: {
      readAts: run('get', { field: 'info.ats', of: reg('info') }, [
        when(result(0), atsIsOff),
        to('switchOff'),
      ]),
      switchOff: run('setControl', { control: 'ats', device: reg('device'), on: 0 }, 'tell'),
      tell: run('event', { machine: 'device', event: 'ATS_OFF', id: reg('device') }, 'clearAts'),
      clearAts: run('clear', { field: 'info.ats', of: reg('info') }, 'hasDomain'),
      hasDomain: choose(when(isNot('domain', 0), 'refresh'), to(atsIsOff)),
      refresh: run('refreshDeviceTlb', { domain: reg('domain') }, atsIsOff),
      ...(mode === 'scalable'
        ? {
            disablePasid: run('setControl', { control: 'pasid', device: reg('device'), on: 0 }, 'disabled'),
          }
        : {}),
      disabled: done,
    },
  });
};

/** intel_pasid_free_table(): every page of the PASID table and the directory, whatever entries they still hold. */
export const freeDirectory = procedure.createMachine({
  id: 'freeDirectory',
  context: registers({ directory: 'frame', index: 'int', page: 'frame' }),
  initial: 'findPage',
  states: {
    findPage: run('nextSlot', { table: reg('directory'), from: reg('index') }, [
      when(result(SLOTS), 'freeDirectory'),
      to('readPage', keep('index')),
    ]),
    readPage: run(
      'pasidPageAt',
      { directory: reg('directory'), index: reg('index') },
      to('freePage', keep('page')),
    ),
    freePage: run('freeTable', { frame: reg('page') }, to('findPage', add('index', 1))),
    freeDirectory: run('freeTable', { frame: reg('directory') }, 'freed'),
    freed: done,
  },
});
