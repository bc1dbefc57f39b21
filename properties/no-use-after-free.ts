import { defineProperty } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'no-use-after-free',
  statement:
    'no step touches a freed object, table page, PASID or tag, or the result of a failed allocation; no identifier is given again while an entry still carries it',
  explanation:
    'What was freed may be somebody else\u2019s by now. Using it corrupts them, or hands them to the device.',
  citation: 'docs/semantics.md, section 4',
  on: ['misuse', 'given', 'released'],
  check(view, violate) {
    let premises = 0;
    for (const what of view.misuses) {
      premises++;
      violate(what, view.origin, [`${view.origin}: ${what}`]);
    }
    for (const { what, id } of view.given) {
      premises++;
      const kind = view.heldBy(what, id);
      if (kind !== '')
        violate(`${kind} of a ${what} given again`, view.origin, [
          `${what} ${id} is given again while a ${kind} carries it`,
        ]);
    }
    return premises + view.released.length;
  },
});
