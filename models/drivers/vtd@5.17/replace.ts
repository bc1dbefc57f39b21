import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { replaceRid as plainReplaceRid } from './devices.js';

/**
 * Mended by `reattach-keeps-table`, a device that is known takes the new domain in the place of the old one, or of none, for which
 * there is always memory.
 */
export const replaceRid = (mended: MendQuery) =>
  mended('reattach-keeps-table') ? replaceInPlace : plainReplaceRid;

const replaceInPlace = procedure.createMachine({
  id: 'replaceRid',
  context: registers({
    device: 'int',
    domain: 'ref',
    old: 'ref',
    iommu: 'int',
    info: 'ref',
    directory: 'frame',
    errno: 'int',
  }),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('lockDevices', keep('iommu'))),
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'findInfo'),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'unlockUnknown'),
      to('lockIommu', keep('info')),
    ]),
    unlockUnknown: run('unlock', { family: 'deviceDomain', id: 1 }, 'attach'),
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'attachIommu'),
    attachIommu: run(
      'attachIommu',
      { domain: reg('domain'), iommu: reg('iommu') },
      'unlockIommu',
      to('unlockIommuFailed', keep('errno')),
    ),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'leave'),
    leave: run(
      'leaveDomainLocked',
      { device: reg('device'), iommu: reg('iommu'), info: reg('info') },
      'linkInfo',
    ),
    linkInfo: run('set', { field: 'info.domain', of: reg('info'), value: reg('domain') }, 'refresh'),
    refresh: run('refreshDeviceTlb', { domain: reg('domain') }, 'readTable'),
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
      to('unlockNoEntry', keep('errno')),
    ),
    unlockEntry: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlockDevices'),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'replaced'),
    // Cannot happen: the page of the entry was made with the table.
    unlockNoEntry: run('unlock', { family: 'iommu', id: reg('iommu') }, 'leaveNew'),
    leaveNew: run(
      'leaveDomainLocked',
      { device: reg('device'), iommu: reg('iommu'), info: reg('info') },
      'unlockDevicesFailed',
    ),
    unlockIommuFailed: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlockDevicesFailed'),
    unlockDevicesFailed: run('unlock', { family: 'deviceDomain', id: 1 }, 'failed'),
    attach: run(
      'attachRid',
      { device: reg('device'), domain: reg('domain') },
      'replaced',
      to('failed', keep('errno')),
    ),
    replaced: done,
    failed: fails(reg('errno')),
  },
});

/** By PASID: detach and attach, or mended by `attach-prepares-first` with everything that can fail done before the old entry goes. */
export const replacePasid = (mended: MendQuery) =>
  mended('attach-prepares-first') ? preparedReplace : plainReplace;

const REGISTERS = { device: 'int', pasid: 'int', domain: 'ref', old: 'ref', errno: 'int' } as const;

const plainReplace = procedure.createMachine({
  id: 'replacePasid',
  context: registers(REGISTERS),
  initial: 'isAttached',
  states: {
    isAttached: choose(when(is('old', 0), 'attach'), to('detach')),
    detach: run('detachPasid', { device: reg('device'), pasid: reg('pasid'), domain: reg('old') }, 'attach'),
    attach: run(
      'attachPasid',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
      'replaced',
      to('failed', keep('errno')),
    ),
    replaced: done,
    failed: fails(reg('errno')),
  },
});

const preparedReplace = procedure.createMachine({
  id: 'replacePasid',
  context: registers({
    ...REGISTERS,
    iommu: 'int',
    info: 'ref',
    directory: 'frame',
    oldLink: 'ref',
    link: 'ref',
  }),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('lockDevices', keep('iommu'))),
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'findLink'),
    findLink: run('pasidLink', { domain: reg('old'), device: reg('device'), pasid: reg('pasid') }, [
      when(result(0), 'unlockNone'),
      to('findInfo', keep('oldLink')),
    ]),
    // Nothing to be replaced.
    unlockNone: run('unlock', { family: 'deviceDomain', id: 1 }, 'attach'),
    attach: run(
      'attachPasid',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
      'replaced',
      to('failed', keep('errno')),
    ),

    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'unlockFailed', set('errno', ERRNO.EINVAL)),
      to('link', keep('info')),
    ]),
    link: run(
      'linkPasid',
      { domain: reg('domain'), device: reg('device'), pasid: reg('pasid') },
      to('lockIommu', keep('link')),
      to('unlockFailed', keep('errno')),
    ),
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'attachIommu'),
    attachIommu: run(
      'attachIommu',
      { domain: reg('domain'), iommu: reg('iommu') },
      'tearDown',
      to('unlockIommuFailed', keep('errno')),
    ),
    tearDown: run(
      'tearDownEntry',
      {
        device: reg('device'),
        iommu: reg('iommu'),
        pasid: reg('pasid'),
        info: reg('info'),
        domain: reg('old'),
      },
      'readTable',
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
      'detachIommu',
      to('detachNew', keep('errno')),
    ),
    detachIommu: run('detachIommu', { domain: reg('old'), iommu: reg('iommu') }, 'unlockIommu'),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlink'),
    unlink: run('unlinkPasid', { link: reg('oldLink') }, 'unlockDevices'),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'replaced'),
    replaced: done,

    // Cannot happen: the page of the entry is there.
    detachNew: run('detachIommu', { domain: reg('domain'), iommu: reg('iommu') }, 'unlockIommuFailed'),
    unlockIommuFailed: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlinkNew'),
    unlinkNew: run('unlinkPasid', { link: reg('link') }, 'unlockFailed'),
    unlockFailed: run('unlock', { family: 'deviceDomain', id: 1 }, 'failed'),
    failed: fails(reg('errno')),
  },
});
