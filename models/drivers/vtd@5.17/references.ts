import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import type { Mode } from './objects.js';

/** Domain ids 0 (caching mode) and 1 (pass-through) are reserved. */
export const DOMAIN_IDS = { low: 2, high: 31 } as const;

/**
 * domain_attach_iommu(): one reference of the domain on the IOMMU. The first one takes a domain id, and that is the only place
 * where has_iotlb_device is refreshed. Called with the device lock and the IOMMU's lock held.
 */
export const attachIommu = procedure.createMachine({
  id: 'attachIommu',
  context: registers({ domain: 'ref', iommu: 'int', did: 'int' }),
  initial: 'takeReference',
  states: {
    takeReference: run('raiseCount', { domain: reg('domain'), iommu: reg('iommu') }, [
      when(result(1), 'allocateDid'),
      to('attached'),
    ]),
    allocateDid: run(
      'allocateId',
      { pool: 'did', low: DOMAIN_IDS.low, high: DOMAIN_IDS.high, owner: reg('domain') },
      to('setDid', keep('did')),
      'dropReference',
    ),
    setDid: run('setDid', { domain: reg('domain'), iommu: reg('iommu'), did: reg('did') }, 'refresh'),
    refresh: run('refreshDeviceTlb', { domain: reg('domain') }, 'attached'),
    attached: done,
    dropReference: run('lowerCount', { domain: reg('domain'), iommu: reg('iommu') }, 'noSpace'),
    noSpace: fails(ERRNO.ENOSPC),
  },
});

/** domain_detach_iommu(): the last reference gives the domain id back. */
export const detachIommu = procedure.createMachine({
  id: 'detachIommu',
  context: registers({ domain: 'ref', iommu: 'int', did: 'int' }),
  initial: 'dropReference',
  states: {
    dropReference: run('lowerCount', { domain: reg('domain'), iommu: reg('iommu') }, [
      when(result(0), 'readDid'),
      to('detached'),
    ]),
    readDid: run('didOn', { domain: reg('domain'), iommu: reg('iommu') }, to('releaseDid', keep('did'))),
    releaseDid: run('releaseId', { pool: 'did', id: reg('did') }, 'refresh'),
    refresh: run('refreshDeviceTlb', { domain: reg('domain') }, 'clearDid'),
    clearDid: run('clearDid', { domain: reg('domain'), iommu: reg('iommu') }, 'detached'),
    detached: done,
  },
});

/**
 * domain_update_iotlb(): has_iotlb_device says whether any device of the domain, or any parent of a subdevice of it, has ATS on.
 */
export const refreshDeviceTlb = (mode: Mode) =>
  procedure.createMachine({
    id: 'refreshDeviceTlb',
    context: registers({
      domain: 'ref',
      info: 'ref',
      ...(mode === 'scalable' ? { link: 'ref', handle: 'int' } : {}),
      has: 'int',
    }),
    initial: 'nextDevice',
    states: {
      nextDevice: run(
        'next',
        { kind: 'info', field: 'info.domain', after: reg('info'), value: reg('domain') },
        [when(result(0), mode === 'scalable' ? 'nextSubdevice' : 'store'), to('readAts', keep('info'))],
      ),
      readAts: run('get', { field: 'info.ats', of: reg('info') }, [
        when(result(0), 'nextDevice'),
        to('store', set('has', 1)),
      ]),
      ...(mode === 'scalable' ? readParents : {}),
      store: choose(when(is('has', 1), 'setFlag'), to('clearFlag')),
      setFlag: run('set', { field: 'domain.hasDeviceTlb', of: reg('domain'), value: 1 }, 'refreshed'),
      clearFlag: run('clear', { field: 'domain.hasDeviceTlb', of: reg('domain') }, 'refreshed'),
      refreshed: done,
    },
  });

const readParents = {
  nextSubdevice: run(
    'next',
    { kind: 'link', field: 'link.domain', after: reg('link'), value: reg('domain') },
    [when(result(0), 'store'), to('readParent', keep('link'))],
  ),
  readParent: run('get', { field: 'link.device', of: reg('link') }, to('findInfo', keep('handle'))),
  findInfo: run('infoOf', { device: reg('handle') }, [
    when(result(0), 'nextSubdevice'),
    to('readParentAts', keep('info')),
  ]),
  readParentAts: run('get', { field: 'info.ats', of: reg('info') }, [
    when(result(0), 'nextSubdevice'),
    to('store', set('has', 1)),
  ]),
};
