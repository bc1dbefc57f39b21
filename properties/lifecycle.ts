import { defineProperty } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'lifecycle',
  statement: 'no object receives an event that its lifecycle does not accept',
  explanation:
    'A domain freed while attached, a PASID put while an entry is set: each object has an order of events that its users rely on.',
  citation: 'models/lifecycles',
  on: ['refused', 'returned'],
  check(view, violate) {
    for (const { machine, state, event } of view.refusedEvents) {
      const what = `${machine} ${event} while ${state}`;
      violate(view.isFreeingUnused ? `${what}, out of use` : what, view.origin, [
        `${machine}: ${event} while ${state}`,
      ]);
    }
    return 1;
  },
});
