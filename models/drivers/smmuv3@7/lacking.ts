import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, fails, isNot, run, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/**
 * Page requests: Linux does not switch PRI on behind an SMMUv3, and denies a request that comes all the same (arm_smmu_handle_ppr);
 * faults are stalls there, which this driver does not take yet: README.md.
 */
const enableFaults = procedure.createMachine({
  id: 'enableFaults',
  context: registers({ device: 'int' }),
  initial: 'unable',
  states: { unable: fails(ERRNO.ENODEV) },
});

const disableFaults = procedure.createMachine({
  id: 'disableFaults',
  context: registers({ device: 'int' }),
  initial: 'disabled',
  states: { disabled: done },
});

const drainRequests = procedure.createMachine({
  id: 'drainRequests',
  context: registers({ device: 'int', pasid: 'int' }),
  initial: 'drained',
  states: { drained: done },
});

/** No request is ever taken, so there is none to answer. */
const answerGroup = procedure.createMachine({
  id: 'answerGroup',
  context: registers({ group: 'ref', code: 'int' }),
  initial: 'answered',
  states: { answered: done },
});

const handleFaults = procedure.createMachine({
  id: 'handleFaults',
  context: registers({ domain: 'ref' }),
  initial: 'unable',
  states: { unable: fails(ERRNO.ENODEV) },
});

/** A reset or an unplug. */
const dropDevice = procedure.createMachine({
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

export const lackingProcedures = [
  enableFaults,
  disableFaults,
  drainRequests,
  answerGroup,
  handleFaults,
  dropDevice,
];
