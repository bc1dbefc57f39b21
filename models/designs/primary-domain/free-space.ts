import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { done, fails, keep, result, run, set, to, when } from './states.js';

/** The last use of a container: unmap and unpin everything, then iommu_domain_free(), which looks at no attachment. */
export const freeSpace = procedure.createMachine({
  id: 'freeSpace',
  context: registers({
    space: 'int',
    handle: 'ref',
    domain: 'ref',
    mapping: 'ref',
    page: 'int',
    frame: 'int',
    size: 'int',
  }),
  initial: 'close',
  states: {
    close: run('closeSpace', { space: reg('space') }, [when(result(0), 'noSpace'), to('inUse', keep('handle'))]),
    inUse: run('spaceInUse', { handle: reg('handle') }, [when(result(0), 'readDomain'), to('reopen')]),
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
    reopen: run('clear', { field: 'space.closing', of: reg('handle') }, 'busy'),
    busy: fails(ERRNO.EBUSY),
    noSpace: fails(ERRNO.EINVAL),
  },
});

/** Whether the space must not be freed: nothing looks, unless mended. */
export const spaceInUse = (mended: MendQuery) =>
  procedure.createMachine({
    id: 'spaceInUse',
    context: registers({ handle: 'ref', found: 'int' }),
    output: output('found'),
    initial: mended('free-refuses-attached') ? 'findGroup' : 'answered',
    states: {
      ...(mended('free-refuses-attached')
        ? {
            findGroup: run('next', { kind: 'group', field: 'group.domain', after: 0, value: reg('handle') }, [
              when(result(0), 'answered'),
              to('answered', set('found', 1)),
            ]),
          }
        : {}),
      answered: done,
    },
  });
