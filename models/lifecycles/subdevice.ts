import { counted, lifecycle } from '../../src/statechart/lifecycle.js';

/**
 * A part of a device that is handed out by itself: an mdev, a work queue. It is attached to one address space at a time, and cannot be
 * removed while attached.
 */
export default lifecycle.createMachine({
  id: 'subdevice',
  context: counted(),
  initial: 'none',
  states: {
    none: { tags: ['rest'], on: { CREATE: 'created' } },
    created: { on: { ATTACH: 'attached', REMOVE: 'none' } },
    attached: { on: { DETACH: 'created' } },
  },
});
