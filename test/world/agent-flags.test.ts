import { expect, test } from 'vitest';
import {
  BESIDE,
  EXHAUSTED,
  hadRequest,
  HOPELESS,
  INJECTED,
  OVERLAPPED,
} from '../../src/world/agent-states.js';
import { TRESPASSED, UNPLUGGED } from '../../src/world/agent-states.js';

test('each page request that is watched has a flag of its own, beside those of the call', () => {
  const flags = Array.from({ length: 22 }, (_, i) => hadRequest(i + 1));
  const others = INJECTED | OVERLAPPED | HOPELESS | TRESPASSED | BESIDE | UNPLUGGED | EXHAUSTED;
  let seen = others;
  for (const flag of flags) {
    expect(flag).not.toBe(0);
    expect(seen & flag).toBe(0);
    seen |= flag;
  }
});

test('those for which a word has no bit are not watched, instead of being taken for others', () => {
  for (const request of [23, 24, 33, 64]) expect(hadRequest(request)).toBe(0);
});
