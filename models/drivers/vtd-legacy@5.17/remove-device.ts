import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, is, keep, result, run, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';

/**
 * __dmar_remove_one_dev_info() in legacy mode: the attachment ends, and the device's info with it. Mended by `attach-prepares-first`
 * the info stays until the device goes.
 */
export const removeDevice = (mended: MendQuery) => {
  const keepsInfo = mended('attach-prepares-first');
  return procedure.createMachine({
    id: 'removeDevice',
    context: registers({ device: 'int', iommu: 'int', info: 'ref' }),
    initial: 'lockDevices',
    states: {
      lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'findInfo'),
      findInfo: run('infoOf', { device: reg('device') }, [
        when(result(0), 'unlockDevices'),
        to('findIommu', keep('info')),
      ]),
      findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('leave', keep('iommu'))),
      leave: run(
        'leaveDomain',
        { device: reg('device'), iommu: reg('iommu'), info: reg('info') },
        keepsInfo ? 'unlockDevices' : 'clearInfo',
      ),
      ...(keepsInfo
        ? {}
        : {
            clearInfo: run('clearInfo', { device: reg('device') }, 'freeInfo'),
            freeInfo: run('destroy', { kind: 'info', of: reg('info') }, 'unlockDevices'),
          }),
      unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'removed'),
      removed: done,
    },
  });
};

/** ATS off, the context entry cleared and flushed, the domain left. The caller holds the device lock. */
export const leaveDomain = procedure.createMachine({
  id: 'leaveDomain',
  context: registers({ device: 'int', iommu: 'int', info: 'ref', domain: 'ref' }),
  initial: 'readDomain',
  states: {
    readDomain: run('get', { field: 'info.domain', of: reg('info') }, to('isAttached', keep('domain'))),
    isAttached: choose(when(is('domain', 0), 'left'), to('disableAts')),
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
    unlinkInfo: run('clear', { field: 'info.domain', of: reg('info') }, 'lockIds'),
    lockIds: run('lock', { family: 'iommu', id: reg('iommu') }, 'detachIommu'),
    detachIommu: run('detachIommu', { domain: reg('domain'), iommu: reg('iommu') }, 'unlockIds'),
    unlockIds: run('unlock', { family: 'iommu', id: reg('iommu') }, 'left'),
    left: done,
  },
});
