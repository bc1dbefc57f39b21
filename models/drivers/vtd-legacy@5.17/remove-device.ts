import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { done, keep, result, run, to, when } from '../vtd@5.17/states.js';

/** __dmar_remove_one_dev_info() in legacy mode: ATS off, the context entry cleared and flushed, the domain left. */
export const removeDevice = procedure.createMachine({
  id: 'removeDevice',
  context: registers({ device: 'int', iommu: 'int', info: 'ref', domain: 'ref' }),
  initial: 'lockDevices',
  states: {
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'findInfo'),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'unlockDevices'),
      to('findIommu', keep('info')),
    ]),
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('readDomain', keep('iommu'))),
    readDomain: run('get', { field: 'info.domain', of: reg('info') }, to('disableAts', keep('domain'))),
    disableAts: run(
      'disableAts',
      { device: reg('device'), info: reg('info'), domain: reg('domain') },
      'clearContext',
    ),
    clearContext: run(
      'clearContext',
      { device: reg('device'), iommu: reg('iommu'), domain: reg('domain') },
      'unlinkInfo',
    ),
    unlinkInfo: run('clear', { field: 'info.domain', of: reg('info') }, 'clearInfo'),
    clearInfo: run('clearInfo', { device: reg('device') }, 'lockIds'),
    lockIds: run('lock', { family: 'iommu', id: reg('iommu') }, 'detachIommu'),
    detachIommu: run('detachIommu', { domain: reg('domain'), iommu: reg('iommu') }, 'unlockIds'),
    unlockIds: run('unlock', { family: 'iommu', id: reg('iommu') }, 'freeInfo'),
    freeInfo: run('destroy', { kind: 'info', of: reg('info') }, 'unlockDevices'),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'removed'),
    removed: done,
  },
});
