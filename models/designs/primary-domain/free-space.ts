import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { done, fails, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/**
 * The last use of a container: unmap and unpin everything, then iommu_domain_free(), which looks at no attachment. `counts`
 * says which attachments a mended design counts as uses.
 */
export const freeSpace = (counts: number) =>
  procedure.createMachine({
    id: 'freeSpace',
    context: registers({ space: 'int', principal: 'int', handle: 'ref', domain: 'ref', mapping: 'ref' }),
    initial: 'close',
    states: {
      close: run(
        'closeSpace',
        { space: reg('space'), principal: reg('principal'), counts },
        [when(result(0), 'noSpace'), to('readDomain', keep('handle'))],
        'busy',
      ),
      readDomain: run('get', { field: 'space.domain', of: reg('handle') }, to('nextMapping', keep('domain'))),
      nextMapping: run('next', { kind: 'mapping', field: 'mapping.space', after: 0, value: reg('handle') }, [
        when(result(0), 'freeDomain'),
        to('removeMapping', keep('mapping')),
      ]),
      removeMapping: run(
        'removeMapping',
        { mapping: reg('mapping'), domain: reg('domain') },
        to('nextMapping', set('mapping', 0)),
        to('nextMapping', set('mapping', 0)),
      ),
      freeDomain: run('driver/freeDomain', { domain: reg('domain') }, 'destroy'),
      destroy: run('destroy', { kind: 'space', of: reg('handle') }, 'freed'),
      freed: done,
      busy: fails(ERRNO.EBUSY),
      noSpace: fails(ERRNO.EINVAL),
    },
  });
