import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MutantWorlds, pinHolds, type PinnedMutant } from '../../bench/mutants.js';

const file = new URL('../mutants/pinned.json', import.meta.url);
const pinned = JSON.parse(readFileSync(file, 'utf8')) as PinnedMutant[];

// The machine comes up by procedures that operations go by too.
test('a pinned trace replays the same in a world that was made while another step was out', async () => {
  const others = pinned.filter(({ step }) =>
    /^smmuv3@7\/(writeContext|writeStream|syncContext)\//.test(step),
  );
  const pins = pinned.filter(({ step }) => /^smmuv3@7\/syncContext\/(wait|sync)$/.test(step));
  expect([others.length > 0, pins.length]).toEqual([true, 2]);
  for (const { step } of others) {
    const after = new MutantWorlds();
    for (const pin of pins) {
      // The first world of a design compiles it, and the second is made with the step out.
      await after.of({ ...pin, step }, 'few', true);
      await after.of({ ...pin, step }, pin.world, true);
      expect(await pinHolds(after, pin), `${pin.step} after ${step}`).toBe(true);
    }
  }
});
