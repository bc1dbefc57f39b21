import { procedure, registers, result } from '../../../src/statechart/procedure.js';
import { done, fails } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/**
 * Calls for PASIDs, which legacy mode has none of: intel_iommu_enable_auxd() refuses, and nothing is ever attached by one.
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
