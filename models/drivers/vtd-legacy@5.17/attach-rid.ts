import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { choose, done, fails, is, keep, result, run, to, when } from '../vtd@5.17/states.js';

const REGISTERS = { device: 'int', domain: 'ref', iommu: 'int', old: 'ref', info: 'ref' } as const;

/**
 * intel_iommu_attach_device(): the old attachment goes first; then dmar_insert_one_dev_info() makes a new one from nothing. An
 * error on the way removes what was made and leaves the device without any.
 *
 * Mended by `attach-prepares-first` everything that can fail comes before the old attachment is touched.
 */
export const attachRid = (mended: MendQuery) =>
  mended('attach-prepares-first') ? preparedAttach : plainAttach;

/** From the info that is on no list yet to the end, the same in both. */
const INSERT = {
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
  unlockNoDid: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlockDevicesNoDid'),
  unlockDevicesNoDid: run('unlock', { family: 'deviceDomain', id: 1 }, 'freeInfoNoDid'),
  freeInfoNoDid: run('destroy', { kind: 'info', of: reg('info') }, 'busy'),
  busy: fails(ERRNO.EBUSY),
};

const plainAttach = procedure.createMachine({
  id: 'attachRid',
  context: registers(REGISTERS),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('findOld', keep('iommu'))),
    findOld: run('infoOf', { device: reg('device') }, [
      when(result(0), 'createInfo'),
      to('removeOld', keep('old')),
    ]),
    removeOld: run('removeDevice', { device: reg('device') }, 'createInfo'),
    createInfo: run('create', { kind: 'info' }, to('storeDevice', keep('info')), 'busy'),
    storeDevice: run('set', { field: 'info.device', of: reg('info'), value: reg('device') }, 'lockDevices'),
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'lockIommu'),
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'attachIommu'),
    attachIommu: run(
      'attachIommu',
      { domain: reg('domain'), iommu: reg('iommu') },
      'unlockIommu',
      'unlockNoDid',
    ),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'linkInfo'),
    ...INSERT,
  },
});

const preparedAttach = procedure.createMachine({
  id: 'attachRid',
  context: registers(REGISTERS),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('createInfo', keep('iommu'))),
    createInfo: run('create', { kind: 'info' }, to('storeDevice', keep('info')), 'noMemory'),
    storeDevice: run('set', { field: 'info.device', of: reg('info'), value: reg('device') }, 'lockDevices'),
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'lockIommu'),
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'makeContextTable'),
    makeContextTable: run('makeContextTable', { device: reg('device') }, 'attachIommu', 'unlockNoTable'),
    attachIommu: run(
      'attachIommu',
      { domain: reg('domain'), iommu: reg('iommu') },
      'unlockIommu',
      'unlockNoDid',
    ),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'findOld'),
    findOld: run('infoOf', { device: reg('device') }, to('hasOld', keep('old'))),
    hasOld: choose(when(is('old', 0), 'linkInfo'), to('unlockForRemoval')),
    unlockForRemoval: run('unlock', { family: 'deviceDomain', id: 1 }, 'removeOld'),
    removeOld: run('removeDevice', { device: reg('device') }, 'lockAgain'),
    lockAgain: run('lock', { family: 'deviceDomain', id: 1 }, 'linkInfo'),
    ...INSERT,
    unlockNoTable: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlockDevicesNoTable'),
    unlockDevicesNoTable: run('unlock', { family: 'deviceDomain', id: 1 }, 'freeInfo'),
    freeInfo: run('destroy', { kind: 'info', of: reg('info') }, 'noMemory'),
    noMemory: fails(ERRNO.ENOMEM),
  },
});
