import { counted, lifecycle } from '../../src/statechart/lifecycle.js';

/**
 * A PASID: an identifier that is handed out, programmed into entries, and handed back. The count is how many routes have an
 * entry for it. Handed back with an entry still set, the next holder would inherit the reach of the last.
 */
export default lifecycle.createMachine({
  id: 'pasid',
  context: counted(),
  initial: 'free',
  states: {
    free: { tags: ['rest'], on: { ALLOC: 'allocated' } },
    allocated: {
      on: {
        SET: { target: 'allocated', reenter: true, actions: 'countUp' },
        CLEAR: {
          guard: { type: 'countAbove', params: { value: 0 } },
          target: 'allocated',
          reenter: true,
          actions: 'countDown',
        },
        PUT: { guard: { type: 'countIs', params: { value: 0 } }, target: 'free' },
      },
    },
  },
});
