import { describe, expect, it } from 'vitest';
import { buildWorld, loadPair } from '../../src/catalog/build-world.js';
import { mendsOf } from '../../src/catalog/mend-choice.js';
import { sampleBatch } from '../../src/checker/sample.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { randomShape } from '../../src/world/scopes.js';

const DRIVER = 'vtd-legacy@5.17';
/** Runs in which a choice of mends must not show what it should not, and within how many a flaw must show. */
const HOLDS = 20;
const SHOWS = 480;
const OPERATIONS = 50;
const CALLERS = 2;

const same = (shape: WorldShape): WorldShape => shape;
const emulated = (shape: WorldShape): WorldShape => ({
  ...shape,
  iommus: [{ cachingMode: true, firstLevel: false }],
});
const shallow = (shape: WorldShape): WorldShape => ({
  ...shape,
  iommus: [{ cachingMode: false, firstLevel: false, tableLevels: 3 }],
});
const apart = (shape: WorldShape): WorldShape => ({
  ...shape,
  devices: shape.devices.map((device, i) => ({ ...device, group: i, iommu: i % 2 })),
  iommus: [shape.iommus[0], shape.iommus[0]],
  groups: shape.devices.length,
});
const translated = (shape: WorldShape): WorldShape => ({
  ...shape,
  kernelDefault: 'translated',
  allocationFailures: 0,
});
/** Two devices that one domain meets, and nothing but attaching and mapping. */
const joined = (shape: WorldShape): WorldShape => ({
  ...shape,
  devices: shape.devices.slice(0, 2),
  principals: ['kernel', 'vm1'],
  spaces: 1,
  frames: 1,
  pages: shape.pages.slice(0, 1),
  largestSize: 0,
  allocationFailures: 0,
  badCalls: false,
  without: [...(shape.without ?? []), 'probe', 'release', 'reset', 'prefetch'],
});
const worlds = { same, emulated, shallow, apart, translated };

/** Where a flaw is soonest met. */
const WHERE: Readonly<Record<string, (shape: WorldShape) => WorldShape>> = {
  'attach-prepares-first': same,
  'device-tlb-flag-before-ats': joined,
  'superpage-flushes-before-free': same,
};

/** What the first runs find, batch by batch, up to the first batch that finds anything. */
async function causesFound(
  design: string,
  mends: readonly string[],
  within = HOLDS,
  world = same,
): Promise<string[]> {
  const pair = await loadPair({ name: design }, DRIVER);
  const built = await buildWorld({
    design: { name: design },
    driver: DRIVER,
    mends,
    without: [],
    shape: world(randomShape({ design: pair.design.value, driver: pair.driver.value }, CALLERS)),
    concrete: true,
  });
  for (let from = 0; from < within; from += HOLDS) {
    const { failures } = sampleBatch([built], { seed: 1, from, to: from + HOLDS, operations: OPERATIONS });
    if (failures.length > 0) return failures.map(({ violation }) => violation.cause);
  }
  return [];
}

describe.each(['primary-domain', 'ioasid', 'iommufd'])('random runs of %s', async (name) => {
  const { design, driver } = await loadPair({ name }, DRIVER);
  const all = mendsOf(design.value, driver.value).map((mend) => mend.name);

  it.each(Object.entries(worlds))('hold with every mend in the world %s', async (_, world) => {
    expect(await causesFound(name, all, HOLDS, world)).toEqual([]);
  });

  it.each(driver.value.mends)('mended but $name show that flaw alone', async (mend) => {
    const others = all.filter((other) => other !== mend.name);
    const world = WHERE[mend.name];
    // Large pages are mapped by one design, and what is rare is looked for in that alone.
    const isShown = name === 'primary-domain' || mend.name === 'attach-prepares-first';
    const found = await causesFound(name, others, isShown ? SHOWS : HOLDS, world);
    expect(mend.causes).toEqual(expect.arrayContaining(found));
    expect(found.length > 0 || !isShown).toBe(true);
  });
});

it('has no flaw twice under one cause', async () => {
  const { driver } = await loadPair({ name: 'primary-domain' }, DRIVER);
  const causes = driver.value.mends.flatMap((mend) => mend.causes);
  expect(new Set(causes).size).toBe(causes.length);
});
