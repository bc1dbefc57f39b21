import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import { done, fails, keep, run, to } from '../../../src/statechart/states.js';

/**
 * The procedure under VFIO's lock of the device's set: devices that are reset together, taken to be the group's. Opening,
 * closing and attaching a device all happen under it.
 */
export function underDeviceSet(id: string, inner: string, inputs: readonly string[]) {
  const given = Object.fromEntries(inputs.map((name) => [name, reg(name)]));
  const types = Object.fromEntries(inputs.map((name) => [name, 'int' as const]));
  return procedure.createMachine({
    id,
    context: registers({ ...types, group: 'int', outcome: 'int', errno: 'int' }),
    output: returns('outcome'),
    initial: 'whichGroup',
    states: {
      whichGroup: run('groupHandle', { device: reg('device') }, to('lockSet', keep('group'))),
      lockSet: run('lock', { family: 'deviceSet', id: reg('group') }, 'work'),
      work: run(inner, given, to('unlockSet', keep('outcome')), to('unlockFailed', keep('errno'))),
      unlockSet: run('unlock', { family: 'deviceSet', id: reg('group') }, 'returned'),
      returned: done,
      unlockFailed: run('unlock', { family: 'deviceSet', id: reg('group') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
}
