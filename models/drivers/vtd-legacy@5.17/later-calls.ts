import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, is, keep, result, run, to, when } from '../../../src/statechart/states.js';

/** Calls that designs after 5.17 have for a driver, answered with what this one does for its own. */

/** Stop the device's translation and keep all that its attachment holds: for the time of a reset. */
export const pauseRoute = procedure.createMachine({
  id: 'pauseRoute',
  context: registers({ device: 'int', pasid: 'int', iommu: 'int', info: 'ref', domain: 'ref' }),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('lockDevices', keep('iommu'))),
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'findInfo'),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'unlockDevices'),
      to('readDomain', keep('info')),
    ]),
    readDomain: run('get', { field: 'info.domain', of: reg('info') }, to('isAttached', keep('domain'))),
    isAttached: choose(when(is('domain', 0), 'unlockDevices'), to('clearContext')),
    clearContext: run(
      'clearContext',
      { device: reg('device'), iommu: reg('iommu'), domain: reg('domain') },
      'unlockDevices',
    ),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'paused'),
    paused: done,
  },
});

/** Set the context entry again. The table that holds it is there, so that nothing can fail. */
export const resumeRoute = procedure.createMachine({
  id: 'resumeRoute',
  context: registers({ device: 'int', pasid: 'int', domain: 'ref', iommu: 'int', info: 'ref' }),
  initial: 'findIommu',
  states: {
    findIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('findInfo', keep('iommu'))),
    findInfo: run('infoOf', { device: reg('device') }, [
      when(result(0), 'resumed'),
      to('setContext', keep('info')),
    ]),
    setContext: run(
      'setContext',
      { device: reg('device'), iommu: reg('iommu'), info: reg('info'), domain: reg('domain') },
      'resumed',
      'resumed',
    ),
    resumed: done,
  },
});
