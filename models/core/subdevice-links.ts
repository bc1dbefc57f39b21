import { procedure, reg, registers, result as returns } from '../../src/statechart/procedure.js';
import { done, fails, keep, result, run, set, to, when } from '../../src/statechart/states.js';
import { ERRNO } from '../../src/vocabulary/errno.js';
import { fillObject, firstObject, read, step } from '../../src/vocabulary/make-step.js';
import type { ObjectKind } from '../../src/vocabulary/design.js';
import type { StepSet } from '../../src/vocabulary/step.js';

/** How many subdevices of a device share an attachment to a domain. */
export const subdeviceLink: ObjectKind = {
  name: 'subdeviceLink',
  fields: { domain: 'ref', device: 'int', users: 'int' },
  capacity: ({ slots, callers }) => slots + callers,
};

export const subdeviceSteps: StepSet = {
  listSubdeviceLink: step(
    'store',
    'put the device on the list of the domain',
    ['of', 'domain', 'device'],
    (world, of, domain, device) => fillObject(world, 'subdeviceLink', of, { domain, device, users: 1 }),
  ),
  subdeviceLinkOf: read(
    'look for the device on the list of the domain',
    ['domain', 'device'],
    (world, domain, device) =>
      firstObject(world, 'subdeviceLink', (get) => get('domain') === domain && get('device') === device),
  ),
};

/** Count one more subdevice of the device on the domain. Returns how many there are now. */
export const linkSubdevice = procedure.createMachine({
  id: 'linkSubdevice',
  context: registers({ domain: 'ref', device: 'int', link: 'ref', users: 'int' }),
  output: returns('users'),
  initial: 'look',
  states: {
    look: run('subdeviceLinkOf', { domain: reg('domain'), device: reg('device') }, [
      when(result(0), 'allocate'),
      to('share', keep('link')),
    ]),
    share: run('increment', { field: 'subdeviceLink.users', of: reg('link') }, to('linked', keep('users'))),
    allocate: run('create', { kind: 'subdeviceLink' }, to('list', keep('link'), set('users', 1)), 'noMemory'),
    list: run(
      'listSubdeviceLink',
      { of: reg('link'), domain: reg('domain'), device: reg('device') },
      'linked',
    ),
    linked: done,
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/** Count one less. Returns how many are left. */
export const unlinkSubdevice = procedure.createMachine({
  id: 'unlinkSubdevice',
  context: registers({ domain: 'ref', device: 'int', link: 'ref', users: 'int' }),
  output: returns('users'),
  initial: 'look',
  states: {
    look: run('subdeviceLinkOf', { domain: reg('domain'), device: reg('device') }, [
      when(result(0), 'unlinked'),
      to('drop', keep('link')),
    ]),
    drop: run('decrement', { field: 'subdeviceLink.users', of: reg('link') }, [
      when(result(0), 'free'),
      to('unlinked', keep('users')),
    ]),
    free: run('destroy', { kind: 'subdeviceLink', of: reg('link') }, 'unlinked'),
    unlinked: done,
  },
});
