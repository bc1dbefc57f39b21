import { counted, lifecycle } from '../../src/statechart/lifecycle.js';

/**
 * An IOMMU domain: an address space in the kernel's hands. The count is how many routes are attached. It can be mapped and
 * unmapped with and without attachments, and freed without any. `freed` is also what an id is before its first CREATE.
 */
export default lifecycle.createMachine({
  id: 'domain',
  context: counted(),
  initial: 'freed',
  states: {
    freed: { tags: ['rest'], on: { CREATE: 'live' } },
    live: {
      on: {
        ATTACH: { target: 'live', reenter: true, actions: 'countUp' },
        DETACH: {
          guard: { type: 'countAbove', params: { value: 0 } },
          target: 'live',
          reenter: true,
          actions: 'countDown',
        },
        MAP: { target: 'live', reenter: true },
        UNMAP: { target: 'live', reenter: true },
        FREE: { guard: { type: 'countIs', params: { value: 0 } }, target: 'freed' },
      },
    },
  },
});
