import { counted, lifecycle } from '../../src/statechart/lifecycle.js';

/**
 * An invalidation command: handed to the hardware, effective in the caches, and then reported complete. A completion that is
 * seen before the command took effect is what lets freed memory be reached.
 */
export default lifecycle.createMachine({
  id: 'invalidation',
  context: counted(),
  initial: 'idle',
  states: {
    idle: { tags: ['rest'], on: { SUBMITTED: 'submitted' } },
    submitted: { on: { EFFECTIVE: 'effective' } },
    effective: { on: { COMPLETED: 'idle' } },
  },
});
