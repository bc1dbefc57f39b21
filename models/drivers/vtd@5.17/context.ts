import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, fails, isNot, keep, result, run, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import type { Mode } from './objects.js';

/** The context table of the device's half of the bus, made if the root entry has none. It is never taken away again. */
export const makeContextTable = procedure.createMachine({
  id: 'makeContextTable',
  context: registers({ device: 'int', table: 'frame' }),
  initial: 'look',
  states: {
    look: run('contextTable', { device: reg('device') }, [when(result(0), 'allocate'), to('there')]),
    allocate: run('allocateTable', {}, to('link', keep('table')), 'noMemory'),
    link: run('linkContextTable', { device: reg('device'), table: reg('table') }, 'there'),
    there: done,
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/**
 * domain_context_mapping_one() in scalable mode: point the context entry to the PASID directory, its present bit last, then
 * switch on what the device can do. A context entry that is present already is left as it is.
 */
export const setContext = procedure.createMachine({
  id: 'setContext',
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
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'lockIommu'),
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'makeTable'),
    makeTable: run('makeContextTable', { device: reg('device') }, 'isPresent', 'unlockIommuFailed'),
    isPresent: run('contextPresent', { device: reg('device') }, [
      when(result(0), 'storeContext'),
      to('unlockIommu'),
    ]),
    storeContext: run('storeContext', { device: reg('device'), directory: reg('directory') }, 'setPresent'),
    setPresent: run('presentContext', { device: reg('device') }, 'isCaching'),
    isCaching: run('iommuFact', { what: 'cachingMode', iommu: reg('iommu') }, [
      when(result(0), 'enableAts'),
      to('flushContext'),
    ]),
    flushContext: run('flushContext', { device: reg('device') }, to('awaitContext', keep('ticket'))),
    awaitContext: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'hasDomain'),
    hasDomain: choose(when(isNot('domain', 0), 'readDid'), to('flushIotlb')),
    readDid: run('didOn', { domain: reg('domain'), iommu: reg('iommu') }, to('flushIotlb', keep('did'))),
    flushIotlb: run(
      'flushIotlbDomain',
      { device: reg('device'), did: reg('did') },
      to('awaitIotlb', keep('ticket')),
    ),
    awaitIotlb: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'enableAts'),
    enableAts: run(
      'enableAts',
      { device: reg('device'), info: reg('info'), domain: reg('domain') },
      'unlockIommu',
    ),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlockDevices'),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'wasSet'),
    wasSet: done,
    unlockIommuFailed: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlockDevicesFailed'),
    unlockDevicesFailed: run('unlock', { family: 'deviceDomain', id: 1 }, 'noMemory'),
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/**
 * iommu_enable_dev_iotlb(): PASID and ATS are switched on in the device, then the domain is told to flush its device-TLB; or told
 * first, as it should be.
 */
export const enableAts = (mode: Mode, order: 'asCoded' | 'flagFirst') => {
  const flagFirst = order === 'flagFirst';
  return procedure.createMachine({
    id: 'enableAts',
    context: registers({ device: 'int', info: 'ref', domain: 'ref' }),
    initial: mode === 'scalable' ? 'canPasid' : 'canAts',
    states: {
      ...(mode === 'scalable' ? enablePasid : {}),
      canAts: run('deviceFact', { what: 'ats', device: reg('device') }, [
        when(result(0), 'enabled'),
        to('isOn'),
      ]),
      isOn: run('get', { field: 'info.ats', of: reg('info') }, [
        when(result(0), flagFirst ? 'setAts' : 'switchOn'),
        to('enabled'),
      ]),
      switchOn: run('setControl', { control: 'ats', device: reg('device'), on: 1 }, 'tell'),
      tell: run(
        'event',
        { machine: 'device', event: 'ATS_ON', id: reg('device') },
        flagFirst ? 'enabled' : 'setAts',
      ),
      setAts: run('set', { field: 'info.ats', of: reg('info'), value: 1 }, 'hasDomain'),
      hasDomain: choose(when(isNot('domain', 0), 'refresh'), to(flagFirst ? 'switchOn' : 'enabled')),
      refresh: run('refreshDeviceTlb', { domain: reg('domain') }, flagFirst ? 'switchOn' : 'enabled'),
      enabled: done,
    },
  });
};

const enablePasid = {
  canPasid: run('deviceFact', { what: 'slots', device: reg('device') }, [
    when(result(0), 'canAts'),
    to('enablePasid'),
  ]),
  enablePasid: run('setControl', { control: 'pasid', device: reg('device'), on: 1 }, 'canAts'),
};
