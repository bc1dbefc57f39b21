import { defineProperty, withArticle } from '../src/vocabulary/property.js';

/** Pages are named in hexadecimal, as in the traces. */
const hex = (page: number) => `0x${(page * 4096).toString(16)}`;

export default defineProperty({
  name: 'isolation',
  statement: 'at every step, what every route can reach is inside what it may reach',
  explanation:
    'A device that reaches memory its owner was not given reads and writes the secrets of somebody else. Hardware may use any translation it still holds, so every one of them counts.',
  citation: 'docs/semantics.md, sections 2-4',
  on: ['reach', 'authority', 'returned'],
  check(view, violate) {
    let premises = 0;
    const { returned } = view;
    if (returned?.trespassed) {
      violate(`${returned.operation} before its refusal`, returned.origin, [
        `${returned.operation} is refused, but hardware could reach for a while what it asked for`,
      ]);
    }
    view.forEachReach((row) => {
      premises++;
      const { device, slot, page, frame, permission, size } = row;
      const route = slot === 0 ? `RID of device ${device}` : `slot ${slot} of device ${device}`;
      if (frame === -2) {
        if (view.mayReachAll(device, slot)) return;
        violate(row.kind, row.origin, [`the ${route} passes through to all memory, which it may not`]);
        return;
      }
      const owner = view.ownerOf(frame);
      const programmers = view.programmers(device);
      if (slot === 0 && owner > 0 && (programmers & ~(1 << owner)) > 1) {
        violate(`${row.kind} programmed by a former owner`, row.origin, [
          `accesses that a former owner programmed into the ${route} reach frame ${hex(frame)} of ${view.shape.principals[owner]}`,
          'the device was not reset in between',
        ]);
        return;
      }
      // A large page reaches a whole run of frames; its first page and each page that has a name stand for it.
      for (const named of view.shape.pages) {
        if (size > 0 && (named < page || named >= page + 2 ** size)) continue;
        const at = size > 0 ? named : page;
        const physical = frame + (at - page);
        if (!view.mayReach(device, slot, at, physical, permission)) {
          violate(row.kind, row.origin, [
            `the ${route} can reach frame ${hex(physical)} at ${hex(at)} through ${row.stale ? `a stale ${row.kind}` : withArticle(row.kind)}`,
            owner >= 0
              ? `the frame belongs to ${view.shape.principals[owner]}`
              : 'the frame is nobody\u2019s data',
          ]);
          return;
        }
        if (size === 0) return;
      }
    });
    return premises;
  },
});
