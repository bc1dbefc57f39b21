import { defineProperty } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'one-order',
  statement: 'one order of the overlapping calls explains all returns',
  explanation:
    'Callers see calls take effect one after the other. Outcomes that no order explains mean that one call saw half of another.',
  citation: 'docs/semantics.md, section 3',
  on: ['returned'],
  check(view, violate) {
    const { returned } = view;
    if (!returned) return 0;
    if (!returned.explained) {
      const { operation, refusedFor, mayRefuse, inUseBy } = returned;
      // Orders that refuse the call for different reasons have none in common.
      const reasons = refusedFor.length === 0 ? mayRefuse.join(' or ') : refusedFor.join(', ');
      const users = inUseBy.length === 0 ? '' : `: ${inUseBy.join(', ')}`;
      const kind = reasons === '' ? operation : `${operation} (${reasons}${users})`;
      violate(kind, returned.origin, [
        `no order of the overlapping calls explains what ${returned.operation} returned`,
      ]);
    }
    return returned.overlapped ? 1 : 0;
  },
});
