import { describe, expect, it, vi } from 'vitest';
import design from '../../models/designs/ioasid/index.js';
import driver from '../../models/drivers/vtd@7/index.js';
import { buildWorld } from '../../src/catalog/build-world.js';
import { sampleBatch } from '../../src/checker/sample.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { allMends } from '../../src/world/compiled-design.js';
import { randomShape } from '../../src/world/scopes.js';

vi.setConfig({ testTimeout: 120_000 });

const NESTING = ['bindNested', 'unbindNested', 'guestWrite', 'guestInvalidate'];
const FAULTS = ['registerFaultHandler', 'unregisterFaultHandler', 'respond', 'pageRequest'];
const PLUGGING = ['probe', 'release', 'reset'];

const whole = randomShape(design);

/** One device with page requests, two spaces: what a flaw between few objects is found in. */
const few: Partial<WorldShape> = {
  devices: [{ ...whole.devices[1], group: 0 }],
  groups: 1,
  spaces: 2,
  frames: 3,
  pages: whole.pages.slice(0, 2),
};
const pagingOnly: Partial<WorldShape> = { ...few, spaceKinds: ['paging'] };

/** Where each flaw shows: the world, what is left out of it, and how many runs it takes at most. */
const places: Readonly<
  Record<string, { shape: Partial<WorldShape>; without: readonly string[]; runs: number }>
> = {
  'route-listed-first': { shape: few, without: [...PLUGGING, 'guestWrite', ...FAULTS], runs: 600 },
  'entry-cleared-before-delisting': {
    shape: pagingOnly,
    without: [...NESTING, ...FAULTS, ...PLUGGING, 'map', 'unmap'],
    runs: 1500,
  },
  'calls-hold-the-ioasid': { shape: few, without: [...PLUGGING, 'guestWrite', ...FAULTS], runs: 200 },
  'children-keep-parent': { shape: few, without: [...PLUGGING, 'guestWrite', ...FAULTS], runs: 600 },
  'one-ioasid-a-route': {
    shape: { ...few, callers: 1 },
    without: [...NESTING, ...FAULTS, ...PLUGGING],
    runs: 600,
  },
  'owner-checked-under-lock': { shape: few, without: [...NESTING, ...FAULTS, ...PLUGGING], runs: 300 },
  'claim-refuses-lent': { shape: few, without: [...NESTING, ...FAULTS, ...PLUGGING], runs: 300 },
  'attach-walks-group': { shape: {}, without: [...NESTING, ...FAULTS, ...PLUGGING], runs: 300 },
  'group-attach-unwinds': { shape: {}, without: [...NESTING, ...FAULTS, ...PLUGGING], runs: 900 },
  'detach-drains-requests': {
    shape: { ...pagingOnly, callers: 1 },
    without: [...NESTING, ...PLUGGING],
    runs: 300,
  },
  'unregister-waits-for-thread': { shape: pagingOnly, without: [...NESTING, ...PLUGGING], runs: 1500 },
  'reset-at-release': {
    shape: { ...pagingOnly, callers: 1, devices: [{ ...whole.devices[1], group: 0, slots: 0 }] },
    without: [...NESTING, ...FAULTS, ...PLUGGING, 'unmap', 'freeFrame', 'freeSpace'],
    runs: 600,
  },
};

const BATCH = 50;
/** Runs in which a mended design must not show the flaw. */
const HOLDS = 150;

/** Causes of the list that are found, up to the first batch with one. */
async function causesFound(mend: string, mends: readonly string[], causes: readonly string[], runs: number) {
  const { shape, without } = places[mend];
  const world = await buildWorld({
    design: { name: design.name },
    mends,
    without: [],
    shape: { ...whole, ...shape, without: [...(whole.without ?? []), ...without] },
    concrete: true,
  });
  for (let from = 0; from < runs; from += BATCH) {
    const { failures } = sampleBatch(world, { seed: 1, operations: 40, from, to: from + BATCH });
    const found = failures.map(({ violation }) => violation.cause).filter((cause) => causes.includes(cause));
    if (found.length > 0) return found;
  }
  return [];
}

describe.each(design.mends)('ioasid mended but $name', ({ name, causes }) => {
  const all = allMends(design, driver);
  const others = all.filter((mend) => mend !== name);

  it('shows the flaw', async () => {
    expect(await causesFound(name, others, causes, places[name].runs)).not.toEqual([]);
  });

  it('does not show it mended', async () => {
    expect(await causesFound(name, all, causes, HOLDS)).toEqual([]);
  });
});
