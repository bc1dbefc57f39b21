import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, result, run, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { detachRid as plainDetach, preparingProbe, probeDevice as plainProbe } from './devices.js';

/** Mended by `reattach-keeps-table` the RID's entry goes alone. */
export const detachRid = (mended: MendQuery) =>
  mended('reattach-keeps-table') ? keepingDetach : plainDetach;

const keepingDetach = procedure.createMachine({
  id: 'detachRid',
  context: registers({ device: 'int', domain: 'ref', iommu: 'int', info: 'ref' }),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('findInfo', keep('iommu'))),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'detached'),
      to('leave', keep('info')),
    ]),
    leave: run('leaveDomain', { device: reg('device'), iommu: reg('iommu'), info: reg('info') }, 'detached'),
    detached: done,
  },
});

/** Mended by `reattach-keeps-table` a blocked device has a context entry and a table for PASIDs. */
export const probeDevice = (mended: MendQuery) =>
  mended('reattach-keeps-table') ? preparingProbe : plainProbe;

/** What a device needs that is on no domain and may have PASIDs: info, PASID table, context entry. */
export const prepareBlocked = procedure.createMachine({
  id: 'prepareBlocked',
  context: registers({ device: 'int', iommu: 'int', info: 'ref', directory: 'frame' }),
  initial: 'createInfo',
  states: {
    createInfo: run('create', { kind: 'info' }, to('storeDevice', keep('info')), 'noMemory'),
    storeDevice: run('set', { field: 'info.device', of: reg('info'), value: reg('device') }, 'allocateTable'),
    allocateTable: run('allocateTable', {}, to('getPage', keep('directory')), 'freeInfo'),
    getPage: run('entryPage', { directory: reg('directory'), pasid: 0 }, 'storeTable', 'freeDirectory'),
    storeTable: run(
      'set',
      { field: 'info.directory', of: reg('info'), value: reg('directory') },
      'findIommu',
    ),
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('setInfo', keep('iommu'))),
    setInfo: run('setInfo', { device: reg('device'), info: reg('info') }, 'setContext'),
    setContext: run(
      'setContext',
      {
        device: reg('device'),
        iommu: reg('iommu'),
        info: reg('info'),
        domain: 0,
        directory: reg('directory'),
      },
      'prepared',
      'undo',
    ),
    prepared: done,
    undo: run('removeDevice', { device: reg('device') }, 'noMemory'),
    freeDirectory: run('freeDirectory', { directory: reg('directory') }, 'freeInfo'),
    freeInfo: run('destroy', { kind: 'info', of: reg('info') }, 'noMemory'),
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/** Stop a route's translation and keep all that its attachment holds: for the time of a reset. */
export const pauseRoute = procedure.createMachine({
  id: 'pauseRoute',
  context: registers({ device: 'int', pasid: 'int', iommu: 'int', info: 'ref', domain: 'ref' }),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('lockDevices', keep('iommu'))),
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'findInfo'),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'unlockDevices'),
      to('byRoute', keep('info')),
    ]),
    byRoute: choose(when(is('pasid', 0), 'readDomain'), to('findDomain')),
    readDomain: run('get', { field: 'info.domain', of: reg('info') }, [
      when(result(0), 'unlockDevices'),
      to('lockIommu', keep('domain')),
    ]),
    findDomain: run('pasidDomain', { device: reg('device'), pasid: reg('pasid') }, [
      when(result(0), 'unlockDevices'),
      to('lockIommu', keep('domain')),
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
      'unlockIommu',
    ),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlockDevices'),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'paused'),
    paused: done,
  },
});

/** Set the entry of a route again that is still attached. The page that holds it is there, so that nothing can fail. */
export const resumeRoute = procedure.createMachine({
  id: 'resumeRoute',
  context: registers({
    device: 'int',
    pasid: 'int',
    domain: 'ref',
    iommu: 'int',
    info: 'ref',
    directory: 'frame',
  }),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('lockDevices', keep('iommu'))),
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'findInfo'),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'unlockDevices'),
      to('byRoute', keep('info')),
    ]),
    byRoute: choose(when(is('pasid', 0), 'readDomain'), to('findDomain')),
    readDomain: run('get', { field: 'info.domain', of: reg('info') }, [
      when(result(0), 'unlockDevices'),
      to('readTable', keep('domain')),
    ]),
    findDomain: run('pasidDomain', { device: reg('device'), pasid: reg('pasid') }, [
      when(result(0), 'unlockDevices'),
      to('readTable', keep('domain')),
    ]),
    readTable: run('get', { field: 'info.directory', of: reg('info') }, to('lockIommu', keep('directory'))),
    lockIommu: run('lock', { family: 'iommu', id: reg('iommu') }, 'setEntry'),
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
      'unlockIommu',
    ),
    unlockIommu: run('unlock', { family: 'iommu', id: reg('iommu') }, 'unlockDevices'),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'resumed'),
    resumed: done,
  },
});
