import { defineProperty } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'errno-contract',
  statement: 'refused calls return the documented error, and good calls are not refused',
  explanation:
    'Callers branch on the error: a wrong one sends them down the wrong path, and a bad call that is accepted is worse.',
  citation: 'the errnos that each design declares, with their sources',
  on: ['returned'],
  anyCall: true,
  check(view, violate) {
    const { returned } = view;
    if (!returned) return 0;
    if (returned.contract !== '')
      violate(returned.contract.replace(/\d+/g, ''), returned.origin, [returned.contract]);
    return returned.mayRefuse.length > 0 || returned.outcome < 0 ? 1 : 0;
  },
});
