import { defineProperty, withArticle } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'no-use-after-free',
  statement:
    'no step touches a freed object, table page, PASID or tag, or the result of a failed allocation; no identifier is given again while an entry still carries it',
  explanation:
    'What was freed may be somebody else\u2019s by now. Using it corrupts them, or hands them to the device.',
  citation: 'docs/semantics.md, section 4',
  on: ['misuse', 'given', 'released'],
  anyCall: true,
  check(view, violate) {
    let premises = 0;
    const told = new Set<string>();
    for (const { what, how } of view.misuses) {
      premises++;
      // One step may read several fields of what it holds.
      if (!told.has(what)) violate(what, view.origin, [`${view.origin}: ${what}${how ? `: ${how}` : ''}`]);
      told.add(what);
    }
    for (const { what, id } of view.given) {
      premises++;
      const kind = view.heldBy(what, id);
      if (kind !== '')
        violate(`${kind} of a ${what} given again`, view.origin, [
          `${what} ${id} is given again while ${withArticle(kind)} carries it`,
        ]);
    }
    return premises + view.released.length;
  },
});
