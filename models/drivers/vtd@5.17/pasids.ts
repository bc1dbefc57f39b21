import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/**
 * domain_attach_iommu() and the second-level entry of a PASID, under the IOMMU's lock; before them what
 * intel_iommu_enable_pasid() does once, since drivers have no call for it here.
 *
 * The driver sets such entries for subdevices alone, whose caller has linked them and holds the device lock. A PASID that is
 * attached by number has no subdevice: lock and link are taken here, so that flushes of the domain reach the device.
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
    link: 'ref',
    errno: 'int',
  }),
  initial: 'isLinked',
  states: {
    isLinked: run('subdeviceLink', { domain: reg('domain'), device: reg('device') }, [
      when(result(0), 'lockDevices'),
      to('findIommu'),
    ]),
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'link'),
    link: run(
      'linkPasid',
      { domain: reg('domain'), device: reg('device'), pasid: reg('pasid') },
      to('findIommu', keep('link')),
      to('unlockDevicesFailed', keep('errno')),
    ),
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('findInfo', keep('iommu'))),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'wasLinked', set('errno', ERRNO.EINVAL)),
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
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'isOurs'),
    isOurs: choose(when(is('link', 0), 'attached'), to('unlockDevices')),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'attached'),
    attached: done,
    tableFailed: run('detachIommu', { domain: reg('domain'), iommu: reg('iommu') }, 'unlockFailed'),
    unlockFailed: run('unlock', { family: 'iommu', id: reg('iommu') }, 'wasLinked'),
    wasLinked: choose(when(is('link', 0), 'failed'), to('unlink')),
    unlink: run('unlinkPasid', { link: reg('link') }, 'unlockDevicesFailed'),
    unlockDevicesFailed: run('unlock', { family: 'deviceDomain', id: 1 }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/**
 * Tear the entry down and drop the reference of the domain, under the IOMMU's lock. Of a subdevice the caller has taken the link
 * away and holds the device lock.
 */
export const detachPasid = procedure.createMachine({
  id: 'detachPasid',
  context: registers({
    device: 'int',
    pasid: 'int',
    domain: 'ref',
    iommu: 'int',
    info: 'ref',
    link: 'ref',
  }),
  initial: 'isLinked',
  states: {
    isLinked: run('pasidLink', { domain: reg('domain'), device: reg('device'), pasid: reg('pasid') }, [
      when(result(0), 'findIommu'),
      to('lockDevices', keep('link')),
    ]),
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'unlink'),
    unlink: run('unlinkPasid', { link: reg('link') }, 'findIommu'),
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('findInfo', keep('iommu'))),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'isOurs'),
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
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'isOurs'),
    isOurs: choose(when(is('link', 0), 'detached'), to('unlockDevices')),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'detached'),
    detached: done,
  },
});
