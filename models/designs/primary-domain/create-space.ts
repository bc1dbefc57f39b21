import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, run, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/** iommu_domain_alloc(): an unmanaged domain; the call has no way to ask for another kind. */
export const createSpace = procedure.createMachine({
  id: 'createSpace',
  context: registers({ kind: 'int', principal: 'int', handle: 'ref', domain: 'ref', errno: 'int' }),
  output: output('handle'),
  initial: 'isPaging',
  states: {
    isPaging: choose(when(is('kind', 0), 'create'), to('unsupported')),
    create: run('create', { kind: 'space' }, to('allocDomain', keep('handle')), 'noMemory'),
    allocDomain: run(
      'driver/allocDomain',
      { kind: 0, parent: 0 },
      to('store', keep('domain')),
      to('destroy', keep('errno')),
    ),
    store: run('set', { field: 'space.domain', of: reg('handle'), value: reg('domain') }, 'storeOwner'),
    storeOwner: run('set', { field: 'space.owner', of: reg('handle'), value: reg('principal') }, 'created'),
    created: done,
    destroy: run('destroy', { kind: 'space', of: reg('handle') }, 'failed'),
    failed: fails(reg('errno')),
    noMemory: fails(ERRNO.ENOMEM),
    unsupported: fails(ERRNO.EINVAL),
  },
});
