import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { done, result, run, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import {
  answerGroup,
  disableFaults,
  dropDevice,
  enableFaults,
  handleFaults,
} from '../../core/page-faults.js';

/** master->iopf_refcount. */
const COUNT = { field: 'master.faults' } as const;

/**
 * arm_smmu_enable_iopf for an attachment to come, `node`. A device that is not stalled has no need of the queue: the attachment is
 * made all the same.
 */
const takeFaults = procedure.createMachine({
  id: 'takeFaults',
  context: registers({ domain: 'ref', device: 'int', node: 'ref' }),
  initial: 'hasHandler',
  states: {
    hasHandler: run('get', { field: 'domain.faults', of: reg('domain') }, [
      when(result(0), 'taken'),
      to('enable'),
    ]),
    enable: run('enableFaults', { device: reg('device') }, 'note', 'taken'),
    note: run('set', { field: 'masterDomain.faults', of: reg('node'), value: 1 }, 'taken'),
    taken: done,
  },
});

/**
 * Until no event of the route stands in the queue or is being handled. Events come one at a time and are answered whatever their route is
 * attached to by then, so that the wait ends.
 */
const drainEvents = procedure.createMachine({
  id: 'drainEvents',
  context: registers({ device: 'int', pasid: 'int' }),
  initial: 'canStall',
  states: {
    canStall: run('deviceFact', { what: 'pri', device: reg('device') }, [
      when(result(0), 'drained'),
      to('waitDrained'),
    ]),
    waitDrained: run('waitRequestsDrained', { device: reg('device'), pasid: reg('pasid') }, 'drained'),
    drained: done,
  },
});

export const faultProcedures = (mended: MendQuery) => [
  enableFaults(COUNT),
  disableFaults({ ...COUNT, keepsGroups: mended('faults-off-keeps-groups') }),
  takeFaults,
  ...(mended('events-drained') ? [drainEvents] : []),
  answerGroup,
  handleFaults,
  dropDevice,
];
