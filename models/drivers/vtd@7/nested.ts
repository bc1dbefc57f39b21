import { EVERY_PAGE } from '../../../src/hardware/vtd/steps/index.js';
import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, is, run, set, to, when } from '../../../src/statechart/states.js';

/** intel_nested_cache_invalidate_user: the guest's own tags, of the page it names or of everything. */
const invalidateNested = procedure.createMachine({
  id: 'invalidateNested',
  context: registers({ domain: 'ref', scope: 'int', page: 'int', span: 'int' }),
  initial: 'byScope',
  states: {
    byScope: choose(when(is('scope', 0), 'flush', set('page', 0), set('span', EVERY_PAGE)), to('flush')),
    flush: run('flushTags', { domain: reg('domain'), page: reg('page'), span: reg('span') }, 'invalidated'),
    invalidated: done,
  },
});

export const nestedProcedures = [invalidateNested];
