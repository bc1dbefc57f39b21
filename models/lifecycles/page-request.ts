import { counted, lifecycle } from '../../src/statechart/lifecycle.js';

/**
 * A page request of a device, from the hardware queue to its answer. It is answered exactly once: by the handler it was
 * DELIVERED to, or by the driver without delivery. DROPPED is the end without an answer, for want of a device to receive it.
 * `closed` is also what a request is before software has seen it: what hardware answers itself, its queue being full, never is.
 */
export default lifecycle.createMachine({
  id: 'page-request',
  context: counted(),
  initial: 'closed',
  states: {
    closed: { tags: ['rest'], on: { QUEUED: 'queued' } },
    queued: { on: { DELIVERED: 'delivered', ANSWERED: 'closed', DROPPED: 'closed' } },
    delivered: { on: { ANSWERED: 'closed', DROPPED: 'closed' } },
  },
});
