import { expect, test } from 'vitest';
import { showFlaws } from '../../bench/flaws.js';

test('a flaw shows by causes of its own when everything else is mended', async () => {
  const shown = [];
  const only = { mends: ['default-pasid-reset', 'no such flaw'], runs: 45, workers: 1 };
  for await (const flaw of showFlaws('aux-domain', only)) shown.push(flaw);
  expect(shown).toMatchObject([
    { design: 'aux-domain', driver: 'vtd@5.17', mend: 'default-pasid-reset', unlisted: [] },
  ]);
  expect(shown[0].listed.length).toBeGreaterThan(0);
});
