import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  choose,
  done,
  fails,
  is,
  isNot,
  keep,
  result,
  run,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

const REGISTERS = {
  device: 'int',
  domain: 'ref',
  iommu: 'int',
  old: 'ref',
  info: 'ref',
  directory: 'frame',
} as const;

/**
 * intel_iommu_attach_device(): the old attachment goes first; then dmar_insert_one_dev_info() makes a new one from nothing. An
 * error on the way removes what was made and leaves the device without any.
 *
 * Mended by `reattach-keeps-table` the old attachment gives up its RID entry alone, and the PASID table with the entries of
 * subdevices passes to the new one; by `attach-prepares-first` everything that can fail comes before the old one is touched.
 */
export const attachRid = (mended: MendQuery) =>
  mended('attach-prepares-first') ? preparedAttach(mended) : plainAttach(mended);

function plainAttach(mended: MendQuery) {
  const keepsTable = mended('reattach-keeps-table');
  return procedure.createMachine({
    id: 'attachRid',
    context: registers(REGISTERS),
    initial: 'findIommu',
    states: {
      findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('findOld', keep('iommu'))),
      findOld: run('infoOf', { device: reg('device') }, [
        when(result(0), 'createInfo'),
        to(keepsTable ? 'leave' : 'removeOld', keep('old')),
      ]),
      removeOld: run('removeDevice', { device: reg('device') }, to('createInfo', set('old', 0))),
      leave: run(
        'leaveDomain',
        { device: reg('device'), iommu: reg('iommu'), info: reg('old') },
        'createInfo',
      ),

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
      linkInfo: run('set', { field: 'info.domain', of: reg('info'), value: reg('domain') }, 'hasOld'),
      hasOld: choose(when(isNot('old', 0), 'inherit'), to('setInfo')),
      inherit: run('inherit', { info: reg('info'), old: reg('old'), domain: reg('domain') }, 'setInfo'),
      setInfo: run('setInfo', { device: reg('device'), info: reg('info') }, 'freeOld'),
      freeOld: choose(when(isNot('old', 0), 'destroyOld'), to('unlockDevices')),
      destroyOld: run('destroy', { kind: 'info', of: reg('old') }, 'unlockDevices'),
      unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'hasTable'),

      hasTable: run('get', { field: 'info.directory', of: reg('info') }, [
        when(result(0), 'allocateTable'),
        to('lockEntry', keep('directory')),
      ]),
      allocateTable: run('allocateTable', {}, to('storeTable', keep('directory')), 'undo'),
      storeTable: run(
        'set',
        { field: 'info.directory', of: reg('info'), value: reg('directory') },
        'lockEntry',
      ),
      lockEntry: run('lock', { family: 'iommu', id: reg('iommu') }, 'setEntry'),
      setEntry: run(
        'setEntry',
        {
          device: reg('device'),
          iommu: reg('iommu'),
          pasid: 0,
          domain: reg('domain'),
          directory: reg('directory'),
        },
        'unlockEntry',
        'unlockNoEntry',
      ),
      unlockEntry: run('unlock', { family: 'iommu', id: reg('iommu') }, 'setContext'),
      setContext: run(
        'setContext',
        {
          device: reg('device'),
          iommu: reg('iommu'),
          info: reg('info'),
          domain: reg('domain'),
          directory: reg('directory'),
        },
        'attached',
        'undo',
      ),
      attached: done,

      unlockNoEntry: run('unlock', { family: 'iommu', id: reg('iommu') }, 'undo'),
      undo: run('removeDevice', { device: reg('device') }, 'busy'),
      unlockNoDid: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlockDevicesNoDid'),
      unlockDevicesNoDid: run('unlock', { family: 'deviceDomain', id: 1 }, 'freeInfo'),
      freeInfo: run('destroy', { kind: 'info', of: reg('info') }, 'busy'),
      busy: fails(ERRNO.EBUSY),
    },
  });
}

function preparedAttach(mended: MendQuery) {
  const keepsTable = mended('reattach-keeps-table');
  return procedure.createMachine({
    id: 'attachRid',
    context: registers(REGISTERS),
    initial: 'findIommu',
    states: {
      findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('createInfo', keep('iommu'))),
      createInfo: run('create', { kind: 'info' }, to('storeDevice', keep('info')), 'noMemory'),
      storeDevice: run('set', { field: 'info.device', of: reg('info'), value: reg('device') }, 'findOld'),
      findOld: run('infoOf', { device: reg('device') }, [
        when(result(0), 'allocateTable'),
        to(keepsTable ? 'lockDevices' : 'allocateTable', keep('old')),
      ]),
      allocateTable: run('allocateTable', {}, to('getPage', keep('directory')), 'freeInfo'),
      getPage: run('entryPage', { directory: reg('directory'), pasid: 0 }, 'storeTable', 'freeDirectory'),
      storeTable: run(
        'set',
        { field: 'info.directory', of: reg('info'), value: reg('directory') },
        'getContextTable',
      ),
      getContextTable: run('makeContextTable', { device: reg('device') }, 'lockDevices', 'freeDirectory'),

      lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'lockIommu'),
      lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'attachIommu'),
      attachIommu: run(
        'attachIommu',
        { domain: reg('domain'), iommu: reg('iommu') },
        'unlockIommu',
        'unlockNoDid',
      ),
      unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'hasOld'),
      hasOld: choose(when(is('old', 0), 'linkInfo'), keepsTable ? to('leave') : to('unlockForRemoval')),
      ...(keepsTable
        ? {
            leave: run(
              'leaveDomainLocked',
              { device: reg('device'), iommu: reg('iommu'), info: reg('old') },
              'linkInfo',
            ),
          }
        : {
            unlockForRemoval: run('unlock', { family: 'deviceDomain', id: 1 }, 'removeOld'),
            removeOld: run('removeDevice', { device: reg('device') }, to('lockAgain', set('old', 0))),
            lockAgain: run('lock', { family: 'deviceDomain', id: 1 }, 'linkInfo'),
          }),
      linkInfo: run('set', { field: 'info.domain', of: reg('info'), value: reg('domain') }, 'inherits'),
      inherits: choose(when(isNot('old', 0), 'inherit'), to('setInfo')),
      inherit: run('inherit', { info: reg('info'), old: reg('old'), domain: reg('domain') }, 'setInfo'),
      setInfo: run('setInfo', { device: reg('device'), info: reg('info') }, 'freeOld'),
      freeOld: choose(when(isNot('old', 0), 'destroyOld'), to('unlockDevices')),
      destroyOld: run('destroy', { kind: 'info', of: reg('old') }, 'unlockDevices'),
      unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'readTable'),
      readTable: run('get', { field: 'info.directory', of: reg('info') }, to('lockEntry', keep('directory'))),
      lockEntry: run('lock', { family: 'iommu', id: reg('iommu') }, 'setEntry'),
      setEntry: run(
        'setEntry',
        {
          device: reg('device'),
          iommu: reg('iommu'),
          pasid: 0,
          domain: reg('domain'),
          directory: reg('directory'),
        },
        'unlockEntry',
        'unlockNoEntry',
      ),
      unlockEntry: run('unlock', { family: 'iommu', id: reg('iommu') }, 'setContext'),
      setContext: run(
        'setContext',
        {
          device: reg('device'),
          iommu: reg('iommu'),
          info: reg('info'),
          domain: reg('domain'),
          directory: reg('directory'),
        },
        'attached',
        'undo',
      ),
      attached: done,

      // Neither can happen: page and context table were made before.
      unlockNoEntry: run('unlock', { family: 'iommu', id: reg('iommu') }, 'undo'),
      undo: run('removeDevice', { device: reg('device') }, 'busy'),

      unlockNoDid: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlockDevicesNoDid'),
      unlockDevicesNoDid: run('unlock', { family: 'deviceDomain', id: 1 }, 'hasDirectory'),
      hasDirectory: choose(when(isNot('directory', 0), 'freeTableNoDid'), to('freeInfoNoDid')),
      freeTableNoDid: run('freeDirectory', { directory: reg('directory') }, 'freeInfoNoDid'),
      freeInfoNoDid: run('destroy', { kind: 'info', of: reg('info') }, 'busy'),
      busy: fails(ERRNO.EBUSY),

      freeDirectory: run('freeDirectory', { directory: reg('directory') }, 'freeInfo'),
      freeInfo: run('destroy', { kind: 'info', of: reg('info') }, 'noMemory'),
      noMemory: fails(ERRNO.ENOMEM),
    },
  });
}

/** Give up the RID's entry and the domain, but keep the PASID table, the context entry and ATS as they are. */
export const leaveDomainLocked = procedure.createMachine({
  id: 'leaveDomainLocked',
  context: registers({ device: 'int', iommu: 'int', info: 'ref', domain: 'ref' }),
  initial: 'readDomain',
  states: {
    readDomain: run('get', { field: 'info.domain', of: reg('info') }, [
      when(result(0), 'left'),
      to('tearDown', keep('domain')),
    ]),
    tearDown: run(
      'tearDownEntry',
      { device: reg('device'), iommu: reg('iommu'), pasid: 0, info: reg('info'), domain: reg('domain') },
      'unlinkInfo',
    ),
    unlinkInfo: run('clear', { field: 'info.domain', of: reg('info') }, 'lockIommu'),
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'refresh'),
    refresh: run('refreshDeviceTlb', { domain: reg('domain') }, 'detachIommu'),
    detachIommu: run('detachIommu', { domain: reg('domain'), iommu: reg('iommu') }, 'unlockIommu'),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'left'),
    left: done,
  },
});

/** {@link leaveDomainLocked}, with the device lock taken for it. */
export const leaveDomain = procedure.createMachine({
  id: 'leaveDomain',
  context: registers({ device: 'int', iommu: 'int', info: 'ref' }),
  initial: 'lockDevices',
  states: {
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'leave'),
    leave: run(
      'leaveDomainLocked',
      { device: reg('device'), iommu: reg('iommu'), info: reg('info') },
      'unlockDevices',
    ),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'left'),
    left: done,
  },
});

/** The new info takes over the PASID table and what is switched on in the device; the domain learns of the device-TLB. */
export const inherit = procedure.createMachine({
  id: 'inherit',
  context: registers({ info: 'ref', old: 'ref', domain: 'ref', directory: 'frame', ats: 'int' }),
  initial: 'readTable',
  states: {
    readTable: run('get', { field: 'info.directory', of: reg('old') }, to('storeTable', keep('directory'))),
    storeTable: run('set', { field: 'info.directory', of: reg('info'), value: reg('directory') }, 'readAts'),
    readAts: run('get', { field: 'info.ats', of: reg('old') }, to('storeAts', keep('ats'))),
    storeAts: run('set', { field: 'info.ats', of: reg('info'), value: reg('ats') }, 'refresh'),
    refresh: run('refreshDeviceTlb', { domain: reg('domain') }, 'inherited'),
    inherited: done,
  },
});
