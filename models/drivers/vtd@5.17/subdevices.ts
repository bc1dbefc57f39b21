import type { MendQuery } from '../../../src/vocabulary/design.js';
import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
import { done, fails, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/**
 * auxiliary_link_device(): subdevices of one parent on one domain share a link and are counted. The allocation is used without
 * a look at its result. The caller holds the device lock.
 */
export const linkSubdevice = (mended: MendQuery) => {
  const checked = mended('aux-link-allocation-checked');
  const refreshes = mended('device-tlb-flag-follows-links');
  return procedure.createMachine({
    id: 'linkSubdevice',
    context: registers({ domain: 'ref', device: 'int', link: 'ref', users: 'int' }),
    output: output('users'),
    initial: 'findInfo',
    states: {
      findInfo: run('infoOf', { device: reg('device') }, [when(result(0), 'noInfo'), to('find')]),
      find: run(
        'find',
        {
          kind: 'link',
          firstField: 'link.domain',
          secondField: 'link.device',
          first: reg('domain'),
          second: reg('device'),
        },
        [when(result(0), 'create'), to('count', keep('link'))],
      ),
      create: run(
        'create',
        { kind: 'link' },
        to('storeDomain', keep('link')),
        checked ? 'noMemory' : to('storeDomain', set('link', 0)),
      ),
      storeDomain: run('set', { field: 'link.domain', of: reg('link'), value: reg('domain') }, 'storeDevice'),
      storeDevice: run(
        'set',
        { field: 'link.device', of: reg('link'), value: reg('device') },
        refreshes ? 'refresh' : 'count',
      ),
      refresh: run('refreshDeviceTlb', { domain: reg('domain') }, 'count'),
      count: run('increment', { field: 'link.users', of: reg('link') }, to('linked', keep('users'))),
      linked: done,
      noInfo: fails(ERRNO.EINVAL),
      noMemory: fails(ERRNO.ENOMEM),
    },
  });
};

/**
 * auxiliary_unlink_device(): how many subdevices still use the link; one that is not there counts as still in use. The flag of
 * the domain stays: an unmap that reads it while the entry is still up must wait for the device lock.
 */
export const unlinkSubdevice = procedure.createMachine({
  id: 'unlinkSubdevice',
  context: registers({ domain: 'ref', device: 'int', link: 'ref', users: 'int' }),
  output: output('users'),
  initial: 'find',
  states: {
    find: run(
      'find',
      {
        kind: 'link',
        firstField: 'link.domain',
        secondField: 'link.device',
        first: reg('domain'),
        second: reg('device'),
      },
      [when(result(0), 'unlinked', set('users', 1)), to('count', keep('link'))],
    ),
    count: run('decrement', { field: 'link.users', of: reg('link') }, [
      when(result(0), 'clearDomain'),
      to('unlinked', keep('users')),
    ]),
    clearDomain: run('clear', { field: 'link.domain', of: reg('link') }, 'destroy'),
    destroy: run('destroy', { kind: 'link', of: reg('link') }, 'unlinked'),
    unlinked: done,
  },
});
