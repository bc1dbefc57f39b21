import { defineProperty } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'progress',
  statement: 'no deadlock, no call that can never return, no lock held at return',
  explanation:
    'A lock kept at return, or a wait that nothing ends, hangs the next caller for good. Livelock is not checked.',
  citation: 'docs/semantics.md, section 4',
  on: ['returned', 'stuck'],
  check(view, violate) {
    const { returned } = view;
    for (const family of returned?.heldLocks ?? []) {
      violate(`lock ${family}`, returned?.origin ?? '', [
        `${returned?.operation} returns with lock ${family} held`,
      ]);
    }
    if (view.isStuck) {
      for (const { at, text } of view.stuckAgents) violate('deadlock', at, [text]);
    }
    return returned ? 1 : 0;
  },
});
