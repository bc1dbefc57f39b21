import { procedure, reg, registers } from '../../src/statechart/procedure.js';
import { done, keep, result, run, to, when } from '../../src/statechart/states.js';

/**
 * How the page request thread of an IOMMU begins, as VT-d's prq_event_thread() does: it takes the lock that says it is at work, looks at the
 * oldest request of the queue and says whose it is. Goes on at `next` with `request`, `device` and `pasid`; without a request, at
 * `unlockThread`.
 */
export const lookAtOldest = (next: string) => ({
  waitRequest: run('waitRequest', { iommu: reg('index') }, 'lockThread'),
  lockThread: run('lock', { family: 'pageRequests', id: reg('index') }, 'oldest'),
  oldest: run('oldestRequest', { iommu: reg('index') }, [
    when(result(0), 'unlockThread'),
    to('whichDevice', keep('request')),
  ]),
  whichDevice: run('requestDevice', { request: reg('request') }, to('whichPasid', keep('device'))),
  whichPasid: run('requestPasid', { request: reg('request') }, to('arrives', keep('pasid'))),
  arrives: run('event', { machine: 'page-request', event: 'QUEUED', id: reg('request') }, next),
});

/** How it ends. */
export const leaveThread = {
  unlockThread: run('unlock', { family: 'pageRequests', id: reg('index') }, 'handled'),
  handled: done,
};

/** Wait until the page request thread is done with whatever it has looked up (iopf_queue_flush_dev()). */
export const flushThread = procedure.createMachine({
  id: 'flushThread',
  context: registers({ device: 'int', iommu: 'int' }),
  initial: 'whichIommu',
  states: {
    whichIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('lockThread', keep('iommu'))),
    lockThread: run('lock', { family: 'pageRequests', id: reg('iommu') }, 'unlockThread'),
    unlockThread: run('unlock', { family: 'pageRequests', id: reg('iommu') }, 'flushed'),
    flushed: done,
  },
});
