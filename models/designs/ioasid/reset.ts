import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { done, keep, result, run, to, when } from '../../../src/statechart/states.js';

/** A function-level reset asked for by the kernel. */
export const reset = procedure.createMachine({
  id: 'reset',
  context: registers({ device: 'int', group: 'int' }),
  initial: 'findGroup',
  states: {
    findGroup: run('groupHandle', { device: reg('device') }, to('lockDevice', keep('group'))),
    lockDevice: run('lock', { family: 'device', id: reg('group') }, 'isPresent'),
    isPresent: run('isPresent', { device: reg('device') }, [when(result(0), 'unlockDevice'), to('reset')]),
    reset: run('resetFunction', { device: reg('device') }, 'unlockDevice'),
    unlockDevice: run('unlock', { family: 'device', id: reg('group') }, 'wasReset'),
    wasReset: done,
  },
});

/** The reset itself, with the capabilities put back as they were: attachments are entries, which it does not touch. */
export const resetFunction = procedure.createMachine({
  id: 'resetFunction',
  context: registers({ device: 'int' }),
  initial: 'drop',
  states: {
    drop: run('driver/dropDevice', { device: reg('device'), unplugs: 0 }, 'hasPasid'),
    hasPasid: run('deviceFact', { what: 'slots', device: reg('device') }, [
      when(result(0), 'hadAts'),
      to('enablePasid'),
    ]),
    enablePasid: run('setControl', { control: 'pasid', device: reg('device'), on: 1 }, 'hadAts'),
    hadAts: run('driver/hasAts', { device: reg('device') }, [when(result(0), 'wasReset'), to('enableAts')]),
    enableAts: run('setControl', { control: 'ats', device: reg('device'), on: 1 }, 'hasRequests'),
    hasRequests: run('deviceFact', { what: 'pri', device: reg('device') }, [
      when(result(0), 'wasReset'),
      to('enableRequests'),
    ]),
    enableRequests: run('setControl', { control: 'pri', device: reg('device'), on: 1 }, 'wasReset'),
    wasReset: done,
  },
});
