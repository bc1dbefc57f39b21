import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  is,
  keep,
  result,
  run,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/** A slot is attached by the aux call, the whole device with its group. */
export const attach = procedure.createMachine({
  id: 'attach',
  context: registers({
    device: 'int',
    slot: 'int',
    space: 'int',
    principal: 'int',
    pasid: 'int',
    errno: 'int',
  }),
  output: output('pasid'),
  initial: 'which',
  states: {
    which: choose(when(is('slot', 0), 'whole'), to('aux')),
    whole: run(
      'attachGroup',
      { device: reg('device'), slot: 0, space: reg('space'), principal: reg('principal') },
      'attached',
      to('failed', keep('errno')),
    ),
    aux: run(
      'auxAttach',
      { device: reg('device'), slot: reg('slot'), space: reg('space'), principal: reg('principal') },
      to('attached', keep('pasid')),
      to('failed', keep('errno')),
    ),
    attached: done,
    failed: fails(reg('errno')),
  },
});

export const detach = procedure.createMachine({
  id: 'detach',
  context: registers({ device: 'int', slot: 'int', principal: 'int', errno: 'int' }),
  initial: 'which',
  states: {
    which: choose(when(is('slot', 0), 'whole'), to('aux')),
    whole: run(
      'detachGroup',
      { device: reg('device'), slot: 0, principal: reg('principal') },
      'detached',
      to('failed', keep('errno')),
    ),
    aux: run('auxDetach', { device: reg('device'), slot: reg('slot') }, 'detached'),
    detached: done,
    failed: fails(reg('errno')),
  },
});

/**
 * __iommu_attach_device() to a domain of the caller's: EPERM while the device's aux feature is on, whether anything is attached
 * by it or not. What the driver keeps of the device is made anew, and forgets that the feature was on.
 */
export const attachDevice = (mended: MendQuery) => wholeAttach('attachDevice', false, mended);

/** __iommu_attach_device() to the default domain, which the aux feature does not stop. */
export const attachDefault = (mended: MendQuery) => wholeAttach('attachDefault', true, mended);

function wholeAttach(id: string, toDefault: boolean, mended: MendQuery) {
  // The flag is a field of what the driver makes anew, so it is kept by the driver's mend.
  const remembers = mended('reattach-keeps-table');
  return procedure.createMachine({
    id,
    context: registers({ device: 'int', domain: 'ref', parent: 'int', errno: 'int' }),
    initial: 'handle',
    states: {
      handle: choose(to(toDefault ? 'findDefault' : 'isEnabled', copy('device', 'parent'), add('parent', 1))),
      ...(toDefault
        ? {
            findDefault: run('driver/defaultDomain', { device: reg('device') }, to('attach', keep('domain'))),
          }
        : {
            isEnabled: run('get', { field: 'parent.aux', of: reg('parent') }, [
              when(result(0), 'attach'),
              to('enabled'),
            ]),
            enabled: fails(ERRNO.EPERM),
          }),
      attach: run(
        'driver/attachRid',
        { device: reg('device'), domain: reg('domain') },
        remembers ? 'attached' : 'forget',
        to('failed', keep('errno')),
      ),
      ...(remembers ? {} : { forget: run('clear', { field: 'parent.aux', of: reg('parent') }, 'attached') }),
      attached: done,
      failed: fails(reg('errno')),
    },
  });
}

/** A parent of mediated devices is bound to its own driver: nobody opens it as a whole. */
export const mayJoin = procedure.createMachine({
  id: 'mayJoin',
  context: registers({ device: 'int', parent: 'int' }),
  initial: 'handle',
  states: {
    handle: choose(to('isEnabled', copy('device', 'parent'), add('parent', 1))),
    isEnabled: run('get', { field: 'parent.aux', of: reg('parent') }, [
      when(result(0), 'joined'),
      to('enabled'),
    ]),
    joined: done,
    enabled: fails(ERRNO.EPERM),
  },
});
