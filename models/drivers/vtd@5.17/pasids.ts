import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { done, fails, keep, result, run, to, when } from './states.js';

/**
 * domain_attach_iommu() and the second-level entry of a PASID, under the IOMMU's lock; before them what
 * intel_iommu_enable_pasid() does once, since drivers have no call for it here. The caller holds the device lock.
 */
export const attachPasid = procedure.createMachine({
  id: 'attachPasid',
  context: registers({
    device: 'int',
    pasid: 'int',
    domain: 'ref',
    iommu: 'int',
    info: 'ref',
    directory: 'frame',
    ticket: 'int',
    errno: 'int',
  }),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('findInfo', keep('iommu'))),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'noDevice'),
      to('lockIommu', keep('info')),
    ]),
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'takesPasid'),
    takesPasid: run('contextTakesPasid', { device: reg('device') }, [
      when(result(0), 'setPaside'),
      to('attachIommu'),
    ]),
    setPaside: run('setContextPasid', { device: reg('device') }, 'flushContext'),
    flushContext: run('flushContext', { device: reg('device') }, to('awaitContext', keep('ticket'))),
    awaitContext: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'attachIommu'),
    attachIommu: run(
      'attachIommu',
      { domain: reg('domain'), iommu: reg('iommu') },
      'readTable',
      to('unlockFailed', keep('errno')),
    ),
    readTable: run('get', { field: 'info.directory', of: reg('info') }, to('setEntry', keep('directory'))),
    setEntry: run(
      'setEntry',
      {
        device: reg('device'),
        iommu: reg('iommu'),
        pasid: reg('pasid'),
        domain: reg('domain'),
        directory: reg('directory'),
      },
      'unlockIommu',
      to('tableFailed', keep('errno')),
    ),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'attached'),
    attached: done,
    tableFailed: run('detachIommu', { domain: reg('domain'), iommu: reg('iommu') }, 'unlockFailed'),
    unlockFailed: run('unlock', { family: 'iommu', id: reg('iommu') }, 'failed'),
    failed: fails(reg('errno')),
    noDevice: fails(ERRNO.EINVAL),
  },
});

/** Tear the entry down and drop the reference of the domain, under the IOMMU's lock. The caller holds the device lock. */
export const detachPasid = procedure.createMachine({
  id: 'detachPasid',
  context: registers({ device: 'int', pasid: 'int', domain: 'ref', iommu: 'int', info: 'ref' }),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('findInfo', keep('iommu'))),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'detached'),
      to('lockIommu', keep('info')),
    ]),
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'tearDown'),
    tearDown: run(
      'tearDownEntry',
      {
        device: reg('device'),
        iommu: reg('iommu'),
        pasid: reg('pasid'),
        info: reg('info'),
        domain: reg('domain'),
      },
      'detachIommu',
    ),
    detachIommu: run('detachIommu', { domain: reg('domain'), iommu: reg('iommu') }, 'unlockIommu'),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'detached'),
    detached: done,
  },
});
