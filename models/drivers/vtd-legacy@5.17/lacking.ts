import { procedure, registers, result } from '../../../src/statechart/procedure.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { done, fails } from '../vtd@5.17/states.js';

/**
 * Calls for PASIDs, which legacy mode has none of: intel_iommu_enable_auxd() refuses, and nothing is ever attached by one. Nor is
 * there a page request that could be handled or answered.
 */

export const attachPasid = procedure.createMachine({
  id: 'attachPasid',
  context: registers({ device: 'int', pasid: 'int', domain: 'ref' }),
  initial: 'unsupported',
  states: { unsupported: fails(ERRNO.EINVAL) },
});

export const replacePasid = procedure.createMachine({
  id: 'replacePasid',
  context: registers({ device: 'int', pasid: 'int', domain: 'ref', old: 'ref' }),
  initial: 'unsupported',
  states: { unsupported: fails(ERRNO.EINVAL) },
});

export const detachPasid = procedure.createMachine({
  id: 'detachPasid',
  context: registers({ device: 'int', pasid: 'int', domain: 'ref' }),
  initial: 'detached',
  states: { detached: done },
});

export const linkSubdevice = procedure.createMachine({
  id: 'linkSubdevice',
  context: registers({ domain: 'ref', device: 'int', users: 'int' }),
  output: result('users'),
  initial: 'unsupported',
  states: { unsupported: fails(ERRNO.EINVAL) },
});

export const unlinkSubdevice = procedure.createMachine({
  id: 'unlinkSubdevice',
  context: registers({ domain: 'ref', device: 'int', users: 'int' }),
  output: result('users'),
  initial: 'unlinked',
  states: { unlinked: done },
});

/** A guest's invalidation: nothing is nested. */
export const invalidateNested = procedure.createMachine({
  id: 'invalidateNested',
  context: registers({ domain: 'ref', scope: 'int', page: 'int' }),
  initial: 'invalidated',
  states: { invalidated: done },
});

export const handleFaults = procedure.createMachine({
  id: 'handleFaults',
  context: registers({ domain: 'ref' }),
  initial: 'unsupported',
  states: { unsupported: fails(ERRNO.ENODEV) },
});

export const answerGroup = procedure.createMachine({
  id: 'answerGroup',
  context: registers({ group: 'ref', code: 'int' }),
  initial: 'answered',
  states: { answered: done },
});
