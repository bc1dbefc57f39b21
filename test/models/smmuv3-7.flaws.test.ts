import { describe, expect, it } from 'vitest';
import iommufd from '../../models/designs/iommufd/index.js';
import driver from '../../models/drivers/smmuv3@7/index.js';
import { worldBuilder } from '../../src/catalog/build-world.js';
import { sampleBatch } from '../../src/checker/sample.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { allMends } from '../../src/world/compiled-design.js';
import { MEMORY, NESTING, PLUGGING } from '../../src/world/operation-families.js';
import { randomShape } from '../../src/world/scopes.js';

const BATCH = 20;
const BATCHES = 40;
const OPERATIONS = 60;
const CALLERS = 2;
/** One with which every flaw shows in a few batches. */
const SEED = 4;

/** One device and two principals, without what has nothing to do with attachments. */
function few(whole: WorldShape, over: Partial<WorldShape>): WorldShape {
  return {
    ...whole,
    devices: [{ ...whole.devices[1], group: 0, slots: 0 }],
    groups: 1,
    principals: whole.principals.slice(0, 2),
    without: [...(whole.without ?? []), ...PLUGGING],
    ...over,
  };
}

/** One device that stalls, and nothing but attachments, handlers and answers. */
const stalling = (whole: WorldShape): WorldShape => ({
  ...few(whole, {
    spaces: 2,
    frames: 1,
    pages: whole.pages.slice(0, 1),
    spaceKinds: ['paging'],
    badCalls: false,
    allocationFailures: 0,
  }),
  without: [...(whole.without ?? []), ...PLUGGING, ...MEMORY, ...NESTING],
});

/** Where each flaw shows soon. */
const PLACES: Readonly<Record<string, (whole: WorldShape) => WorldShape>> = {
  'tag-flushed-first': (whole) =>
    few(whole, {
      devices: [{ ...whole.devices[0], slots: 0 }],
      spaces: 1,
      frames: 1,
      pages: whole.pages.slice(0, 1),
      spaceKinds: ['paging'],
      badCalls: false,
      allocationFailures: 0,
      largestSize: 0,
    }),
  'descriptor-cleared-first': (whole) =>
    few(whole, {
      devices: [{ ...whole.devices[1], group: 0, slots: 1 }],
      spaces: 2,
      frames: 2,
      pages: whole.pages.slice(0, 1),
      spaceKinds: ['paging'],
    }),
  'guest-entries-flushed': (whole) =>
    few(whole, {
      spaces: 3,
      frames: 3,
      pages: whole.pages.slice(0, 2),
      spaceKinds: ['nestParent', 'nested'],
    }),
  'faults-off-keeps-groups': stalling,
  'events-drained': stalling,
};

/** An unmap has to fall between two steps of a detach: so few runs need not come to it. */
const RARE: ReadonlySet<string> = new Set(['tag-flushed-first']);

const all = allMends(iommufd, driver);

async function causesIn(name: string, mends: readonly string[], batches: number): Promise<string[]> {
  const design = { name: iommufd.name };
  const build = await worldBuilder({ design, driver: driver.name, mends, without: [], concrete: true });
  const world = build(PLACES[name](randomShape({ design: iommufd, driver }, CALLERS)));
  for (let from = 0; from < batches * BATCH; from += BATCH) {
    const { failures } = sampleBatch([world], { seed: SEED, operations: OPERATIONS, from, to: from + BATCH });
    if (failures.length > 0) return failures.map(({ violation }) => violation.cause);
  }
  return [];
}

it('has a place for every flaw', () => {
  expect(Object.keys(PLACES).sort()).toEqual(driver.mends.map(({ name }) => name).sort());
});

describe.each(driver.mends)('all mends but $name', ({ name, causes }) => {
  it('show that flaw and no other, and it is not shown with its mend', async () => {
    const others = all.filter((mend) => mend !== name);
    const found = await causesIn(name, others, RARE.has(name) ? 2 : BATCHES);
    if (!RARE.has(name)) expect(found).not.toEqual([]);
    expect(causes).toEqual(expect.arrayContaining(found));
    expect(await causesIn(name, all, 2)).toEqual([]);
  });
});
