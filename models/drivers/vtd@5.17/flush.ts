import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { add, choose, done, keep, result, run, same, set, to, when } from '../../../src/statechart/states.js';
import type { Mode } from './objects.js';

/**
 * intel_iommu_tlb_sync(): for each IOMMU that the domain is used on, flush the IOTLB of the range, wait, and then flush the
 * device-TLBs. Which IOMMUs, which domain id and whether there are device-TLBs is read without a lock.
 */
export const flushRange = procedure.createMachine({
  id: 'flushRange',
  context: registers({
    domain: 'ref',
    page: 'int',
    span: 'int',
    iommu: 'int',
    iommus: 'int',
    did: 'int',
    via: 'int',
    ticket: 'int',
  }),
  initial: 'count',
  states: {
    count: run('countOf', { what: 'iommus' }, to('each', keep('iommus'))),
    each: choose(when(same('iommu', 'iommus'), 'flushed'), to('isUsed')),
    isUsed: run('countOn', { domain: reg('domain'), iommu: reg('iommu') }, [
      when(result(0), 'each', add('iommu', 1)),
      to('readDid'),
    ]),
    readDid: run('didOn', { domain: reg('domain'), iommu: reg('iommu') }, to('findDevice', keep('did'))),
    findDevice: run('deviceBehind', { iommu: reg('iommu') }, to('flushIotlb', keep('via'))),
    flushIotlb: run(
      'flushIotlbPages',
      { device: reg('via'), did: reg('did'), page: reg('page'), span: reg('span') },
      to('awaitIotlb', keep('ticket')),
    ),
    awaitIotlb: run('waitQueue', { device: reg('via'), ticket: reg('ticket') }, 'readFlag'),
    readFlag: run('get', { field: 'domain.hasDeviceTlb', of: reg('domain') }, [
      when(result(0), 'each', add('iommu', 1)),
      to('flushDevices'),
    ]),
    flushDevices: run(
      'flushDevices',
      { domain: reg('domain'), page: reg('page'), span: reg('span') },
      to('each', add('iommu', 1)),
    ),
    flushed: done,
  },
});

/**
 * The device-TLB half of iommu_flush_dev_iotlb(): devices of the domain first, then parents of its subdevices, which there are in
 * scalable mode alone.
 */
export const flushDevices = (mode: Mode) => {
  const listed = mode === 'scalable' ? 'nextSubdevice' : 'unlockDevices';
  return procedure.createMachine({
    id: 'flushDevices',
    context: registers({
      domain: 'ref',
      page: 'int',
      span: 'int',
      info: 'ref',
      ...(mode === 'scalable' ? { link: 'ref', parent: 'ref' } : {}),
      device: 'int',
      ticket: 'int',
    }),
    initial: 'lockDevices',
    states: {
      lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'nextDevice'),
      nextDevice: run(
        'next',
        { kind: 'info', field: 'info.domain', after: reg('info'), value: reg('domain') },
        [when(result(0), listed), to('readAts', keep('info'))],
      ),
      readAts: run('get', { field: 'info.ats', of: reg('info') }, [
        when(result(0), 'nextDevice'),
        to('readDevice'),
      ]),
      readDevice: run('get', { field: 'info.device', of: reg('info') }, to('flushDevTlb', keep('device'))),
      flushDevTlb: run(
        'flushDeviceTlb',
        { device: reg('device'), page: reg('page'), span: reg('span') },
        to('awaitDevTlb', keep('ticket')),
      ),
      awaitDevTlb: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'nextDevice'),
      ...(mode === 'scalable' ? flushParents : {}),
      unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'flushed'),
      flushed: done,
    },
  });
};

const flushParents = {
  nextSubdevice: run(
    'next',
    { kind: 'link', field: 'link.domain', after: reg('link'), value: reg('domain') },
    [when(result(0), 'unlockDevices'), to('readParent', keep('link'))],
  ),
  readParent: run('get', { field: 'link.device', of: reg('link') }, to('findInfo', keep('device'))),
  findInfo: run('infoOf', { device: reg('device') }, [
    when(result(0), 'nextSubdevice'),
    to('readParentAts', keep('parent')),
  ]),
  readParentAts: run('get', { field: 'info.ats', of: reg('parent') }, [
    when(result(0), 'nextSubdevice'),
    to('flushParentTlb'),
  ]),
  flushParentTlb: run(
    'flushDeviceTlb',
    { device: reg('device'), page: reg('page'), span: reg('span') },
    to('awaitParentTlb', keep('ticket')),
  ),
  awaitParentTlb: run(
    'waitQueue',
    { device: reg('device'), ticket: reg('ticket') },
    to('nextSubdevice', set('ticket', 0)),
  ),
};

/**
 * intel_iommu_iotlb_sync_map(): an emulated IOMMU (caching mode) has to be told of entries that were not present before. The
 * device-TLB never holds those.
 */
export const syncMap = procedure.createMachine({
  id: 'syncMap',
  context: registers({
    domain: 'ref',
    page: 'int',
    span: 'int',
    iommu: 'int',
    iommus: 'int',
    did: 'int',
    via: 'int',
    ticket: 'int',
  }),
  initial: 'count',
  states: {
    count: run('countOf', { what: 'iommus' }, to('each', keep('iommus'))),
    each: choose(when(same('iommu', 'iommus'), 'synced'), to('isCaching')),
    isCaching: run('iommuFact', { what: 'cachingMode', iommu: reg('iommu') }, [
      when(result(0), 'each', add('iommu', 1)),
      to('isUsed'),
    ]),
    isUsed: run('countOn', { domain: reg('domain'), iommu: reg('iommu') }, [
      when(result(0), 'each', add('iommu', 1)),
      to('readDid'),
    ]),
    readDid: run('didOn', { domain: reg('domain'), iommu: reg('iommu') }, to('findDevice', keep('did'))),
    findDevice: run('deviceBehind', { iommu: reg('iommu') }, to('flushIotlb', keep('via'))),
    flushIotlb: run(
      'flushIotlbPages',
      { device: reg('via'), did: reg('did'), page: reg('page'), span: reg('span') },
      to('awaitIotlb', keep('ticket')),
    ),
    awaitIotlb: run('waitQueue', { device: reg('via'), ticket: reg('ticket') }, to('each', add('iommu', 1))),
    synced: done,
  },
});
