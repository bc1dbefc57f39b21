import { procedure, registers } from '../../../src/statechart/procedure.js';
import { done, fails } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/** Calls of later eras that this driver answers and does not carry out. */

export const invalidateNested = procedure.createMachine({
  id: 'invalidateNested',
  context: registers({ domain: 'ref', scope: 'int', page: 'int' }),
  initial: 'unsupported',
  states: { unsupported: fails(ERRNO.EOPNOTSUPP) },
});

export const enableFaults = procedure.createMachine({
  id: 'enableFaults',
  context: registers({ device: 'int' }),
  initial: 'unsupported',
  states: { unsupported: fails(ERRNO.ENODEV) },
});

export const disableFaults = procedure.createMachine({
  id: 'disableFaults',
  context: registers({ device: 'int' }),
  initial: 'disabled',
  states: { disabled: done },
});

export const drainRequests = procedure.createMachine({
  id: 'drainRequests',
  context: registers({ device: 'int', pasid: 'int' }),
  initial: 'drained',
  states: { drained: done },
});

export const handleFaults = procedure.createMachine({
  id: 'handleFaults',
  context: registers({ domain: 'ref' }),
  initial: 'unsupported',
  states: { unsupported: fails(ERRNO.ENODEV) },
});

/** Nothing is ever delivered that could be answered. */
export const answerGroup = procedure.createMachine({
  id: 'answerGroup',
  context: registers({ group: 'ref', code: 'int' }),
  initial: 'answered',
  states: { answered: done },
});
