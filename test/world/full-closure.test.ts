import { describe, expect, test } from 'vitest';
import { loadPair, worldBuilder } from '../../src/catalog/build-world.js';
import { loadCatalog } from '../../src/catalog/catalog.js';
import { randomShape, smallShape, tinyParts } from '../../src/world/scopes.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { differences, follow } from './follow.js';
import { randomOf, walk } from './random-walk.js';
import { PAIRS, type Pair, stepsOf, worldOf } from './worlds.js';
import { WildMachine } from './wild-machine.js';
import type { World } from '../../src/world/world.js';

const emulated = (shape: WorldShape): WorldShape => ({
  ...shape,
  iommus: [{ cachingMode: true, firstLevel: true }],
});

/** Walk a design with the full closure beside it. Returns how often a member was stale. */
function compare(
  pair: Pair,
  shape: WorldShape,
  steps: number,
  seed: string,
  without: readonly string[] = [],
): number {
  return beside(worldOf(pair, { shape, properties: [], without }), pair.name, steps, seed);
}

function beside(world: World, name: string, steps: number, seed: string): number {
  const closure = follow(world);
  expect(differences(world, closure)).toEqual([]);
  let stale = 0;
  walk(world, randomOf(name, seed), steps, () => {
    stale += closure.ledger.size;
    expect(differences(world, closure)).toEqual([]);
    return true;
  });
  return stale;
}

const { drivers } = await loadCatalog();

test.each([...drivers.keys()])('they agree after every step of iommufd on %s', async (driver) => {
  const pair = await loadPair({ name: 'iommufd' }, driver);
  const build = await worldBuilder({
    design: { name: 'iommufd' },
    driver,
    mends: [],
    without: [],
    properties: [],
    concrete: false,
  });
  const parts = tinyParts({ design: pair.design.value, driver: pair.driver.value });
  const stale = parts.map(({ name, shape }) => beside(build(shape), driver, 400, name));
  expect(Math.max(...stale)).toBeGreaterThan(30);
});

describe.each(PAIRS)('ledger and full closure agree after every step of $name', (pair) => {
  test('in a random world', () => {
    expect(compare(pair, randomShape(pair), 1500, 'random')).toBeGreaterThan(100);
  });
  test('on an emulated IOMMU with first-level tables', () => {
    expect(compare(pair, emulated(randomShape(pair)), 800, 'emulated')).toBeGreaterThan(0);
  });
  test('without a single flush', () => {
    const without = stepsOf(pair, 'flush');
    const shapes = [randomShape(pair), ...tinyParts(pair).map(({ shape }) => shape)];
    const stale = shapes.map((shape) => compare(pair, shape, 500, 'unflushed', without));
    expect(Math.max(...stale)).toBeGreaterThan(100);
  });
  test('in the parts of the tiny scope', () => {
    for (const { shape } of tinyParts(pair)) compare(pair, shape, 300, shape.name);
  });
});

test.each([false, true])(
  'they agree on a machine used with no rule at all, caching mode %s',
  (cachingMode) => {
    const [pair] = PAIRS;
    const base = smallShape(pair);
    const shape: WorldShape = {
      ...base,
      devices: base.devices.map((device) => ({ ...device, slots: 1, ats: true })),
      pages: [0, 1, 512],
      iommus: [{ cachingMode, firstLevel: false }],
    };
    const kinds = new Set<number>();
    let acts = 0;
    for (let seed = 0; seed < 12; seed++) {
      const world = worldOf(pair, { shape, properties: [] });
      const closure = follow(world);
      const wild = new WildMachine(world, randomOf('wild', seed, String(cachingMode)));
      // The ledger has room for what designs do, not for everything at once.
      for (let i = 0; i < 200 && closure.ledger.size < 90; i++) {
        wild.act();
        acts++;
        expect(differences(world, closure)).toEqual([]);
        for (const { row } of closure.ledger.values()) kinds.add(row[0]);
      }
    }
    expect(acts).toBeGreaterThan(800);
    expect(kinds.size).toBeGreaterThan(14);
  },
);
