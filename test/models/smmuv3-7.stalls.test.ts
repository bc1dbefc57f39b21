import { describe, expect, test } from 'vitest';
import ioasid from '../../models/designs/ioasid/index.js';
import iommufd from '../../models/designs/iommufd/index.js';
import driver from '../../models/drivers/smmuv3@7/index.js';
import { explore } from '../../src/checker/explore.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { tinyParts } from '../../src/world/scopes.js';
import { mendedBuilder } from '../world/mended-builder.js';

/** One user, one space, one device that stalls: its RID is attached and detached, handlers come and go, stalls are answered. */
function smallest(design: typeof iommufd): WorldShape {
  const { shape } = tinyParts({ design, driver }).find(({ name }) => name === 'faults-bad-calls')!;
  return {
    ...shape,
    name: 'stalls',
    badCalls: false,
    devices: shape.devices.map((device) => ({ ...device, slots: 0 })),
  };
}

async function search(design: typeof iommufd, without?: string) {
  const build = await mendedBuilder(design, driver, without);
  return explore(build(smallest(design)), { reduce: true, firstOnly: without !== undefined });
}

test.each([
  { design: ioasid, counts: [3196, 27_352], depth: 10 },
  { design: iommufd, counts: [8360, 98_069], depth: 15 },
])('stalls on $design.name, mended, are all answered: exact counts', async ({ design, counts, depth }) => {
  const result = await search(design);
  expect(result.violations.map(({ violation }) => violation.cause)).toEqual([]);
  expect(result.verdict).toBe('exhaustive');
  expect([result.states, result.transitions, result.depth]).toEqual([...counts, depth]);
});

describe.each(['events-drained', 'faults-off-keeps-groups'])('all mends but %s', (name) => {
  test('show that flaw, and its trace runs from the start', async () => {
    const { causes } = driver.mends.find((mend) => mend.name === name)!;
    const result = await search(iommufd, name);
    const found = result.violations.map(({ violation }) => violation.cause);
    expect(found).not.toEqual([]);
    // One space: what only a replace shows is for the random runs.
    expect(causes).toEqual(expect.arrayContaining(found));
  });
});
