import { defineProperty } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'nested-containment',
  statement:
    'a nested route reaches only frames that its parent maps, at every step of an unmap of the parent and of a guest\u2019s edit',
  explanation: 'The guest writes its own table; only the parent keeps it inside its memory.',
  citation: 'Intel VT-d specification 3.8; docs/semantics.md, section 2',
  on: ['reach', 'authority'],
  check(view, violate) {
    let premises = 0;
    view.forEachReach((row) => {
      if (row.frame < 0 || !view.isNested(row.device, row.slot)) return;
      premises++;
      if (!view.mayBeContained(row.device, row.slot, row.frame, row.permission)) {
        violate(row.kind, row.origin, [
          `a nested route of device ${row.device} can reach frame 0x${(row.frame * 4096).toString(16)}, which its parent does not map`,
        ]);
      }
    });
    return premises;
  },
});
