import { counted, lifecycle } from '../../src/statechart/lifecycle.js';

/**
 * A page request of a device, from the hardware queue to its answer. It is answered exactly once: by the handler it was
 * DELIVERED to, by the driver without delivery, or by the hardware itself when the queue overflows (AUTO_ANSWERED). DROPPED is
 * the end without an answer, for want of a device to receive it. `closed` is also what a request is before it is made.
 */
export default lifecycle.createMachine({
  id: 'page-request',
  context: counted(),
  initial: 'closed',
  states: {
    closed: { tags: ['rest'], on: { QUEUED: 'queued', AUTO_ANSWERED: { target: 'closed', reenter: true } } },
    queued: { on: { DELIVERED: 'delivered', ANSWERED: 'closed', DROPPED: 'closed' } },
    delivered: { on: { ANSWERED: 'closed', DROPPED: 'closed' } },
  },
});
