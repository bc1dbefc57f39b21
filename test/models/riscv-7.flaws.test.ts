import { describe, expect, it } from 'vitest';
import iommufd from '../../models/designs/iommufd/index.js';
import riscv from '../../models/drivers/riscv@7/index.js';
import { worldBuilder } from '../../src/catalog/build-world.js';
import { sampleBatch } from '../../src/checker/sample.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { allMends } from '../../src/world/compiled-design.js';
import { FAULTS, NESTING, PLUGGING } from '../../src/world/operation-families.js';
import { randomShape } from '../../src/world/scopes.js';

const BATCH = 16;
const BATCHES = 40;
const WITHOUT = [...NESTING, ...FAULTS, ...PLUGGING];

/** Two devices in a group each, and two callers who attach them to the same spaces. */
function place(whole: WorldShape): WorldShape {
  return {
    ...whole,
    devices: whole.devices
      .slice(1)
      .map((device, group) => ({ ...device, group, slots: 0, ats: false, pri: false })),
    groups: 2,
    spaces: 2,
    frames: 3,
    pages: whole.pages.slice(0, 2),
    pageRequests: 0,
    spaceKinds: ['paging'],
    principals: whole.principals.slice(0, 2),
    without: WITHOUT,
  };
}

async function causesIn(mends: readonly string[], from: number, to: number): Promise<string[]> {
  const build = await worldBuilder({
    design: { name: 'iommufd' },
    driver: riscv.name,
    mends,
    without: [],
    concrete: true,
  });
  const world = await build(place(randomShape({ design: iommufd, driver: riscv })));
  for (let batch = from; batch < to; batch++) {
    const { failures } = sampleBatch([world], {
      seed: 1,
      operations: 60,
      from: batch * BATCH,
      to: (batch + 1) * BATCH,
    });
    if (failures.length > 0) return failures.map(({ violation }) => violation.cause);
  }
  return [];
}

describe.each(riscv.mends)('all mends but $name', ({ name, causes }) => {
  const all = allMends(iommufd, riscv);

  it('show that flaw and no other, and it is not shown with its mend', async () => {
    const others = all.filter((mend) => mend !== name);
    const found = await causesIn(others, 0, BATCHES);
    expect(found).not.toEqual([]);
    expect(causes).toEqual(expect.arrayContaining(found));
    expect(await causesIn(all, 12, 16)).toEqual([]);
  });
});
