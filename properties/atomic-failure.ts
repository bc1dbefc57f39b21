import { defineProperty } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'atomic-failure',
  statement:
    'after a failed call the translations of every route, object states, owners, identifiers and references are as before',
  explanation:
    'A caller told that a call failed goes on as if it had never been made. What the call left behind is a leak, or a device that is suddenly blocked.',
  citation: 'docs/semantics.md, section 4; Linux, iommu_replace_group_handle documents it',
  on: ['returned'],
  check(view, violate) {
    const { returned } = view;
    if (!returned || returned.outcome >= 0 || returned.overlapped) return 0;
    for (const what of returned.disturbed) {
      violate(what, returned.origin, [`${returned.operation} failed, but ${what} are not as before`]);
    }
    return 1;
  },
});
