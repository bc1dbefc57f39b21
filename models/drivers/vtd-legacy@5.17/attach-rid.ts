import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { done, fails, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/**
 * intel_iommu_attach_device(): the old attachment goes first; then dmar_insert_one_dev_info() makes a new one from nothing. An
 * error on the way removes what was made and leaves the device without any.
 *
 * Mended by `attach-prepares-first` the device has its info since it was probed, and everything that can fail comes before the
 * old attachment is touched.
 */
export const attachRid = (mended: MendQuery) =>
  mended('attach-prepares-first') ? preparedAttach : plainAttach;

const plainAttach = procedure.createMachine({
  id: 'attachRid',
  context: registers({ device: 'int', domain: 'ref', iommu: 'int', info: 'ref' }),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('findOld', keep('iommu'))),
    findOld: run('infoOf', { device: reg('device') }, [when(result(0), 'createInfo'), to('removeOld')]),
    removeOld: run('removeDevice', { device: reg('device') }, 'createInfo'),
    createInfo: run('create', { kind: 'info' }, to('storeDevice', keep('info')), 'busy'),
    storeDevice: run('set', { field: 'info.device', of: reg('info'), value: reg('device') }, 'lockDevices'),
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'lockIommu'),
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'attachIommu'),
    attachIommu: run(
      'attachIommu',
      { domain: reg('domain'), iommu: reg('iommu') },
      'unlockIommu',
      'unlockIommuFailed',
    ),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'linkInfo'),
    linkInfo: run('set', { field: 'info.domain', of: reg('info'), value: reg('domain') }, 'setInfo'),
    setInfo: run('setInfo', { device: reg('device'), info: reg('info') }, 'unlockDevices'),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'setContext'),
    setContext: run(
      'setContext',
      { device: reg('device'), iommu: reg('iommu'), info: reg('info'), domain: reg('domain') },
      'attached',
      'undo',
    ),
    attached: done,

    undo: run('removeDevice', { device: reg('device') }, 'busy'),
    unlockIommuFailed: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlockDevicesFailed'),
    unlockDevicesFailed: run('unlock', { family: 'deviceDomain', id: 1 }, 'freeInfo'),
    freeInfo: run('destroy', { kind: 'info', of: reg('info') }, 'busy'),
    busy: fails(ERRNO.EBUSY),
  },
});

const preparedAttach = procedure.createMachine({
  id: 'attachRid',
  context: registers({ device: 'int', domain: 'ref', iommu: 'int', info: 'ref', errno: 'int' }),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('lockDevices', keep('iommu'))),
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'findInfo'),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'unlockDevicesFailed', set('errno', ERRNO.ENODEV)),
      to('lockIommu', keep('info')),
    ]),
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'makeContextTable'),
    makeContextTable: run(
      'makeContextTable',
      { device: reg('device') },
      'attachIommu',
      to('unlockIommuFailed', keep('errno')),
    ),
    attachIommu: run(
      'attachIommu',
      { domain: reg('domain'), iommu: reg('iommu') },
      'unlockIommu',
      to('unlockIommuFailed', keep('errno')),
    ),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'leave'),
    leave: run('leaveDomain', { device: reg('device'), iommu: reg('iommu'), info: reg('info') }, 'linkInfo'),
    linkInfo: run('set', { field: 'info.domain', of: reg('info'), value: reg('domain') }, 'unlockDevices'),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'setContext'),
    // Cannot fail: the table was made before.
    setContext: run(
      'setContext',
      { device: reg('device'), iommu: reg('iommu'), info: reg('info'), domain: reg('domain') },
      'attached',
      'attached',
    ),
    attached: done,

    unlockIommuFailed: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlockDevicesFailed'),
    unlockDevicesFailed: run('unlock', { family: 'deviceDomain', id: 1 }, 'failed'),
    failed: fails(reg('errno')),
  },
});
