import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
import { choose, done, is, isNot, keep, result, run, to, when } from '../vtd@5.17/states.js';

/** Calls that designs after 5.17 have for a driver, answered with what this one does for its own. */

/** Whether the driver has ATS on: a reset of the device switches it off behind the driver's back. */
export const hasAts = procedure.createMachine({
  id: 'hasAts',
  context: registers({ device: 'int', ats: 'int' }),
  output: output('ats'),
  initial: 'read',
  states: {
    read: run('infoAts', { device: reg('device') }, to('found', keep('ats'))),
    found: done,
  },
});

/** A domain in which nothing is mapped stands in for the blocking domain that this driver does not have. */
export const blockingDomain = procedure.createMachine({
  id: 'blockingDomain',
  context: registers({ domain: 'ref' }),
  output: output('domain'),
  initial: 'get',
  states: {
    get: run('get', { field: 'defaults.translated', of: 1 }, to('found', keep('domain'))),
    found: done,
  },
});

/** A reset or an unplug. No page request is ever open that would have to be forgotten. */
export const dropDevice = procedure.createMachine({
  id: 'dropDevice',
  context: registers({ device: 'int', unplugs: 'int' }),
  initial: 'isUnplug',
  states: {
    isUnplug: choose(when(isNot('unplugs', 0), 'unplug'), to('reset')),
    unplug: run('plugDevice', { device: reg('device'), present: 0 }, 'dropped'),
    reset: run('resetDevice', { device: reg('device') }, 'dropped'),
    dropped: done,
  },
});

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
