import { counted, lifecycle } from '../../src/statechart/lifecycle.js';

/**
 * A hardware page table of iommufd: an object of the user's that devices are attached to and nested tables are made on. The
 * count is its users of both sorts; it can be destroyed when there are none. `destroyed` is also what an id is before its
 * first ALLOCATE.
 */
export default lifecycle.createMachine({
  id: 'hwpt',
  context: counted(),
  initial: 'destroyed',
  states: {
    destroyed: { tags: ['rest'], on: { ALLOCATE: 'allocated' } },
    allocated: {
      on: {
        ATTACH: { target: 'allocated', reenter: true, actions: 'countUp' },
        DETACH: {
          guard: { type: 'countAbove', params: { value: 0 } },
          target: 'allocated',
          reenter: true,
          actions: 'countDown',
        },
        NEST: { target: 'allocated', reenter: true, actions: 'countUp' },
        UNNEST: {
          guard: { type: 'countAbove', params: { value: 0 } },
          target: 'allocated',
          reenter: true,
          actions: 'countDown',
        },
        DESTROY: { guard: { type: 'countIs', params: { value: 0 } }, target: 'destroyed' },
      },
    },
  },
});
