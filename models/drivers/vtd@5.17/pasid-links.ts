import type { MendQuery } from '../../../src/vocabulary/design.js';
import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
import { done, fails, keep, run, to } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/**
 * The link by which flushes of the domain reach the device of a PASID that is attached by number; it is never shared. The caller
 * holds the device lock.
 */
export const linkPasid = (mended: MendQuery) => {
  const refreshes = mended('device-tlb-flag-follows-links');
  return procedure.createMachine({
    id: 'linkPasid',
    context: registers({ domain: 'ref', device: 'int', pasid: 'int', link: 'ref' }),
    output: output('link'),
    initial: 'create',
    states: {
      create: run('create', { kind: 'link' }, to('storeDevice', keep('link')), 'noMemory'),
      storeDevice: run('set', { field: 'link.device', of: reg('link'), value: reg('device') }, 'storePasid'),
      storePasid: run('set', { field: 'link.pasid', of: reg('link'), value: reg('pasid') }, 'storeDomain'),
      storeDomain: run(
        'set',
        { field: 'link.domain', of: reg('link'), value: reg('domain') },
        refreshes ? 'refresh' : 'linked',
      ),
      ...(refreshes ? { refresh: run('refreshDeviceTlb', { domain: reg('domain') }, 'linked') } : {}),
      linked: done,
      noMemory: fails(ERRNO.ENOMEM),
    },
  });
};

/** As with subdevices, the flag of the domain stays. The caller holds the device lock. */
export const unlinkPasid = procedure.createMachine({
  id: 'unlinkPasid',
  context: registers({ link: 'ref' }),
  initial: 'clearDomain',
  states: {
    clearDomain: run('clear', { field: 'link.domain', of: reg('link') }, 'destroy'),
    destroy: run('destroy', { kind: 'link', of: reg('link') }, 'unlinked'),
    unlinked: done,
  },
});
