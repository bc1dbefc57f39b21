import { expect, test } from 'vitest';
import { explore, run } from '../../src/index.js';

const design = 'primary-domain';

test.each([
  [{ runs: -1 }, 'runs must be a whole number from 1'],
  [{ runs: Number.NaN }, 'runs must be'],
  [{ operations: 0 }, 'operations must be'],
  [{ callers: 9 }, 'callers must be a whole number from 1 to 3'],
  [{ seed: -1 }, 'seed must be'],
  [{ workers: 0 }, 'workers must be'],
  [{ without: ['nope'] }, "unknown step 'nope'"],
  [{ swaps: [['a', 'b']] as const }, "unknown step 'a'"],
  [{ mends: { only: ['nope'] } }, "unknown mend 'nope'"],
  [{ mends: { allBut: ['detach-cannot-fial'] } }, 'did you mean detach-cannot-fail'],
])('a run with %o is refused', async (options, says) => {
  await expect(run({ design, ...options })).rejects.toThrow(says);
});

test.each([
  [{ scope: 'nope' as 'tiny' }, "unknown scope 'nope': there are tiny"],
  [{ depth: 0 }, 'depth must be'],
  [{ switches: 0.5 }, 'switches must be'],
  [{ states: 0 }, 'states must be'],
])('a search with %o is refused', async (options, says) => {
  await expect(explore({ design, ...options })).rejects.toThrow(says);
});
