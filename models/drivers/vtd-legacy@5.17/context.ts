import { TYPE } from '../../../src/hardware/vtd-legacy/steps/index.js';
import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { done, fails, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { IDENTITY } from '../vtd@5.17/objects.js';

/** The domain under which hardware that caches not-present entries keeps them. */
const ABSENT_DID = 0;

/**
 * domain_context_mapping_one() in legacy mode: the context entry takes the domain's id, the depth of its tables and their root, or
 * passes through where the domain is the identity; its present bit comes last. An IOMMU in caching mode is told. Then ATS is switched
 * on in the device. An entry that is present already is left as it is.
 */
export const setContext = procedure.createMachine({
  id: 'setContext',
  context: registers({
    device: 'int',
    iommu: 'int',
    info: 'ref',
    domain: 'ref',
    did: 'int',
    levels: 'int',
    type: 'int',
    pgd: 'frame',
    ticket: 'int',
  }),
  initial: 'lockDevices',
  states: {
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'lockIommu'),
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'makeTable'),
    makeTable: run('makeContextTable', { device: reg('device') }, 'isPresent', 'unlockIommuFailed'),
    isPresent: run('contextPresent', { device: reg('device') }, [
      when(result(0), 'readDid'),
      to('unlockIommu'),
    ]),
    readDid: run('didOn', { domain: reg('domain'), iommu: reg('iommu') }, to('findLevels', keep('did'))),
    findLevels: run('tableLevels', {}, to('readKind', keep('levels'))),
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(IDENTITY), 'storeHigh', set('type', TYPE.passThrough)),
      to('readRoot'),
    ]),
    readRoot: run('get', { field: 'domain.pgd', of: reg('domain') }, to('hasAts', keep('pgd'))),
    hasAts: run('deviceFact', { what: 'ats', device: reg('device') }, [
      when(result(0), 'storeHigh', set('type', TYPE.untranslated)),
      to('storeHigh', set('type', TYPE.deviceTlb)),
    ]),
    storeHigh: run(
      'storeContextHigh',
      { device: reg('device'), levels: reg('levels'), did: reg('did') },
      'storeLow',
    ),
    storeLow: run(
      'storeContextLow',
      { device: reg('device'), type: reg('type'), table: reg('pgd') },
      'setPresent',
    ),
    setPresent: run('setContextPresent', { device: reg('device') }, 'tellDomain'),
    tellDomain: run('event', { machine: 'domain', event: 'ATTACH', id: reg('domain') }, 'isCaching'),
    isCaching: run('iommuFact', { what: 'cachingMode', iommu: reg('iommu') }, [
      when(result(0), 'enableAts'),
      to('flushContext'),
    ]),
    flushContext: run(
      'flushContext',
      { device: reg('device'), did: ABSENT_DID },
      to('awaitContext', keep('ticket')),
    ),
    awaitContext: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'flushIotlb'),
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
 * domain_context_clear_one(): the entry's domain is read from it, it is zeroed word by word, the present bit first, and then the
 * context cache and the domain's IOTLB are flushed. The device-TLB is not: ATS is off by now.
 */
export const clearContext = procedure.createMachine({
  id: 'clearContext',
  context: registers({ device: 'int', iommu: 'int', domain: 'ref', did: 'int', ticket: 'int' }),
  initial: 'lockIommu',
  states: {
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'isPresent'),
    isPresent: run('contextPresent', { device: reg('device') }, [
      when(result(0), 'unlockAbsent'),
      to('readDid'),
    ]),
    unlockAbsent: run('unlock', { family: 'iommu', id: reg('iommu') }, 'cleared'),
    readDid: run('contextDomain', { device: reg('device') }, to('clearLow', keep('did'))),
    clearLow: run('clearContextLow', { device: reg('device') }, 'clearHigh'),
    clearHigh: run('clearContextHigh', { device: reg('device') }, 'tellDomain'),
    tellDomain: run('event', { machine: 'domain', event: 'DETACH', id: reg('domain') }, 'unlockIommu'),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'flushContext'),
    flushContext: run(
      'flushContext',
      { device: reg('device'), did: reg('did') },
      to('awaitContext', keep('ticket')),
    ),
    awaitContext: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'flushIotlb'),
    flushIotlb: run(
      'flushIotlbDomain',
      { device: reg('device'), did: reg('did') },
      to('awaitIotlb', keep('ticket')),
    ),
    awaitIotlb: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'cleared'),
    cleared: done,
  },
});
