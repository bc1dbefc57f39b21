import { defineProperty, type ReturnedCall, type StaleRow, withArticle } from '../src/vocabulary/property.js';

/**
 * Whether a `guestInvalidate` answers for the guest's edit that made the entry stale: an edit of its space made before it began, and
 * of the page that it names. A guest that changes more has more to name.
 */
function answersFor({ operation, outcome, agent, args }: ReturnedCall, row: StaleRow): boolean {
  const [space, scope, page] = args;
  if (operation !== 'guestInvalidate' || outcome < 0 || row.blame !== -1) return false;
  if (row.space !== space || (row.exempt & (1 << agent)) !== 0) return false;
  return scope === 0 || row.size >= 31 || page >>> row.size === row.page >>> row.size;
}

export default defineProperty({
  name: 'no-stale-iotlb',
  statement:
    'when an operation has returned, hardware holds nothing that it made stale; when a frame, table page or tag is freed, nothing in a cache or in flight leads to it',
  explanation:
    'The caller gives memory back as soon as the call has returned. An entry that was not invalidated by then lets the device go on using it.',
  citation: 'docs/semantics.md, section 2; RISC-V IOMMU specification, chapter on caching',
  on: ['returned', 'released'],
  check(view, violate) {
    let premises = 0;
    const { returned } = view;
    if (returned) {
      premises++;
      view.forEachStale((row) => {
        if (row.blame !== returned.agent && !answersFor(returned, row)) return;
        violate(row.kind, row.origin, [
          `${returned.operation} has returned, and ${withArticle(row.kind)} that it made stale may still be held`,
          `device ${row.device}${row.pasid > 0 ? `, PASID ${row.pasid}` : ''}${row.tag > 0 ? `, domain id ${row.tag}` : ''}: page 0x${(row.page * 4096).toString(16)} to frame 0x${(row.frame * 4096).toString(16)}`,
        ]);
      });
    }
    for (const { what, id } of view.released) {
      premises++;
      const kind = view.heldBy(what, id);
      if (kind !== '')
        violate(`${kind} of a freed ${what}`, view.origin, [
          `a ${what} is freed while ${withArticle(kind)} leads to it`,
        ]);
    }
    return premises;
  },
});
