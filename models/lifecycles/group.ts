import { counted, lifecycle } from '../../src/statechart/lifecycle.js';

/**
 * An isolation group: whose DMA it is, and how many attachments of its members the owner has made. CLAIM_* is the first claim
 * of an owner and RELEASE the end of the last one; what lies between belongs to one owner. An attachment that outlives the
 * ownership would let the old owner's memory be reached by the next, so RELEASE needs a count of 0.
 */
export default lifecycle.createMachine({
  id: 'group',
  context: counted(),
  initial: 'unowned',
  states: {
    unowned: { tags: ['rest'], on: { CLAIM_KERNEL: 'kernel', CLAIM_USER: 'user' } },
    kernel: {
      on: {
        ATTACH: { target: 'kernel', reenter: true, actions: 'countUp' },
        DETACH: {
          guard: { type: 'countAbove', params: { value: 0 } },
          target: 'kernel',
          reenter: true,
          actions: 'countDown',
        },
        RELEASE: { guard: { type: 'countIs', params: { value: 0 } }, target: 'unowned' },
      },
    },
    user: {
      on: {
        ATTACH: { target: 'user', reenter: true, actions: 'countUp' },
        DETACH: {
          guard: { type: 'countAbove', params: { value: 0 } },
          target: 'user',
          reenter: true,
          actions: 'countDown',
        },
        RELEASE: { guard: { type: 'countIs', params: { value: 0 } }, target: 'unowned' },
      },
    },
  },
});
