import { defineProperty } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'no-leak',
  statement: 'after a full teardown, frames, identifiers and references are as at the start',
  explanation: 'What is not given back is lost until reboot; identifiers run out first.',
  citation: 'docs/semantics.md, section 4',
  on: ['tornDown'],
  check(view, violate) {
    for (const leak of view.leaks) violate(leak.replace(/ \d+/g, ''), 'teardown', [leak]);
    return 1;
  },
});
