import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
import { choose, done, isNot, keep, run, to, when } from '../../../src/statechart/states.js';

/** Calls that designs after 5.17 have for a driver, answered with what this one does for its own, in scalable and in legacy mode. */

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
