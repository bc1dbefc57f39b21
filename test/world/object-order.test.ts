import { describe, expect, test } from 'vitest';
import iommufd from '../../models/designs/iommufd/index.js';
import vtd7 from '../../models/drivers/vtd@7/index.js';
import { worldBuilder } from '../../src/catalog/build-world.js';
import { loadCatalog } from '../../src/catalog/catalog.js';
import type { ObjectKind } from '../../src/vocabulary/design.js';
import type { ObjectTable } from '../../src/world/objects.js';
import { randomShape } from '../../src/world/scopes.js';
import type { World } from '../../src/world/world.js';
import { drawAny, encodingOf, isSame, randomOf } from './random-walk.js';
import { type Pair, worldOf } from './worlds.js';

/** Put the objects into another order, as far as their kind says that no step can tell. */
function turnOrder(world: World): void {
  for (const table of world.tables.values()) {
    if (table.isStatic) continue;
    const places = livePlaces(table);
    const lists = [...new Set(places.map((place) => table.listOf(place)))].reverse();
    const listed = lists.map((list) => {
      const members = places.filter((place) => table.listOf(place) === list);
      const oldestFirst = members.sort((a, b) => (table.isOlder(a, b) ? -1 : 1));
      return table.isOrdered ? oldestFirst : oldestFirst.reverse();
    });
    for (const [i, place] of listed.flat().entries()) table.restoreRank(place, i + 1);
  }
  world.state.forget();
}

function livePlaces(table: ObjectTable): number[] {
  const places = Array.from({ length: table.capacity }, (_, i) => i + 1);
  return places.filter((place) => table.isPlaceLive(place));
}

/** Take the same random actions in two equal worlds, one of which is put into another order after each; whether they stay the same. */
function staysSame(world: World, turned: World, seed: string, steps: number): boolean {
  const random = randomOf('object order', seed);
  for (let step = 0; step < steps; step++) {
    const action = drawAny(world, random);
    if (action < 0) continue;
    world.apply(action);
    turned.apply(action);
    turnOrder(turned);
    if (!isSame(encodingOf(turned), encodingOf(world))) return false;
    if (world.violations.length === 0) continue;
    world.reset();
    turned.reset();
  }
  return true;
}

const { designs, drivers } = await loadCatalog();
/** Each design on the driver it was written for, and the one with the most lists on each driver. */
const pairs = [...designs.values()].flatMap(({ value: design }) =>
  [...drivers.values()]
    .filter(({ value: { name } }) => design.driver === name || design.name === 'iommufd')
    .map(({ value: driver }) => ({ name: `${design.name} on ${driver.name}`, design, driver })),
);

describe('an order of which a kind says that no step can tell it', () => {
  test.each(pairs)('is told by none of $name', async ({ name, design, driver }) => {
    const shape = randomShape({ design, driver });
    const choice = {
      design: { name: design.name },
      driver: driver.name,
      mends: [],
      without: [],
      concrete: false,
    };
    const build = await worldBuilder(choice);
    expect(staysSame(build(shape), build(shape), name, 1000)).toBe(true);
  });

  const withOrder = (kind: string, order: ObjectKind['order']): Pair => ({
    name: `iommufd with ${kind} ${JSON.stringify(order)}`,
    design: {
      ...iommufd,
      objects: iommufd.objects.map((each) => (each.name === kind ? { ...each, order } : each)),
    },
    driver: vtd7,
    mended: true,
  });
  test.each([
    ['hwpt', 'any'],
    ['hwpt', { within: 'domain' }],
    ['area', 'any'],
  ] as const)('is told where that is wrong: %s, %j', (kind, order) => {
    const pair = withOrder(kind, order);
    const shape = randomShape(pair);
    expect(staysSame(worldOf(pair, { shape }), worldOf(pair, { shape }), kind, 20_000)).toBe(false);
  });
});
