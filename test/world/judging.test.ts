import { describe, expect, test } from 'vitest';
import ioasid from '../../models/designs/ioasid/index.js';
import iommufd from '../../models/designs/iommufd/index.js';
import vtd7 from '../../models/drivers/vtd@7/index.js';
import { loadCatalog } from '../../src/catalog/catalog.js';
import { explore } from '../../src/checker/explore.js';
import type { DesignDefinition, DriverDefinition } from '../../src/vocabulary/design.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { MEMORY } from '../../src/world/operation-families.js';
import { tinyParts } from '../../src/world/scopes.js';
import type { World } from '../../src/world/world.js';
import { mendedBuilder } from './mended-builder.js';
import { enabledOf, encodingOf, isSame, randomOf } from './random-walk.js';
import { PAIRS, worldOf } from './worlds.js';

const { drivers } = await loadCatalog();
const pairs = [iommufd, ioasid].flatMap((design) =>
  [...drivers.values()].map(({ value: driver }) => ({
    name: `${design.name} on ${driver.name}`,
    design,
    driver,
  })),
);

/** The parts of `tiny` in which a device asks for pages. */
function askingParts(pair: { design: DesignDefinition; driver: DriverDefinition }): WorldShape[] {
  return tinyParts(pair)
    .map(({ shape }) => shape)
    .filter(({ pageRequests }) => pageRequests > 0);
}

function isOthers(world: World, agent: number): boolean {
  return agent !== 0 && (agent < world.firstHardware || agent >= world.firstDevice);
}

/** The encodings of what two actions lead to in either order; undefined where one takes the other away. */
function bothOrders(world: World, one: number, other: number): [Uint8Array, Uint8Array] | undefined {
  const after = (first: number, second: number): Uint8Array | undefined => {
    const mark = world.mark();
    world.apply(first);
    const isLeft = enabledOf(world).includes(second);
    if (isLeft) world.apply(second);
    const encoding = isLeft ? encodingOf(world).slice() : undefined;
    world.rollback(mark);
    return encoding;
  };
  const [a, b] = [after(one, other), after(other, one)];
  return a && b && [a, b];
}

/**
 * A random walk; in each state, a step that may go first is tried before and after whatever agents and devices can do (what hardware may
 * carry out is no news: reduction.test.ts). How often, and what differs.
 */
function walk(world: World, seed: string, steps: number): { tried: number; different: string[] } {
  const random = randomOf('judging', seed);
  const { judging } = world;
  if (judging === undefined) throw new Error(`${world.name}: nobody is awake`);
  const different: string[] = [];
  const enough = new Int32Array(1 << 16);
  let tried = 0;
  judging.begin();
  for (let step = 0; step < steps; step++) {
    const actions = [...enabledOf(world)];
    if (actions.length === 0 || world.violations.length > 0) {
      world.reset();
      continue;
    }
    const own = actions.filter((action) => world.agentOf(action) === 0);
    const few = [...enough.subarray(0, world.enough(enough))];
    if (few.length < actions.length && few.every((action) => world.agentOf(action) === 0)) {
      for (const other of actions.filter((action) => isOthers(world, world.agentOf(action)))) {
        tried++;
        const at = world.position(0);
        const orders = bothOrders(world, own[0], other);
        // It was relied on, and what has just been learnt says that it ought not to have been.
        if (judging.isWrong) judging.begin();
        else if (orders === undefined || !isSame(...orders))
          different.push(`${at} and ${world.describe(other)}`);
      }
    }
    // The caller's own step half of the time: else it never gets anywhere.
    const mine = own.length > 0 && random.below(2) === 0 ? own : actions;
    world.apply(mine[random.below(mine.length)]);
  }
  judging.end();
  return { tried, different };
}

describe('a step that goes first while a search judges', () => {
  const asking = pairs.filter((pair) => askingParts(pair).length > 0);
  test.each(asking)('does the same after whatever else can happen: $name', async (pair) => {
    const build = await mendedBuilder(pair.design, pair.driver);
    let tried = 0;
    for (const shape of askingParts(pair)) {
      const found = walk(build(shape), shape.name, 700);
      expect(found.different, shape.name).toEqual([]);
      tried += found.tried;
    }
    expect(tried).toBeGreaterThan(100);
  });

  test('is not one that touches what the agent touches', async () => {
    const pair = { design: iommufd, driver: vtd7 };
    const [shape] = askingParts(pair);
    const world = (await mendedBuilder(pair.design, pair.driver))(shape);
    walk(world, 'learn', 6000);
    const { judging, points } = world;
    judging?.begin();
    const first = points.filter((_, point) => judging?.goesFirst(point)).map(({ name }) => name);
    expect(first).toContain('vtd@7/assignTag/fill');
    expect(first).toContain('iommufd/attachTo/store');
    const shared = [
      'iommufd/respond/take',
      'vtd@7/drainRequests/waitDrained',
      'iommufd/flushThread/lockThread',
    ];
    expect(points.map(({ name }) => name)).toEqual(expect.arrayContaining(shared));
    expect(first.filter((name) => shared.includes(name))).toEqual([]);
  });
});

describe('what a search judges first', () => {
  /** A user, a space, a page request by the RID, and nothing that fails. */
  const [pair] = PAIRS.filter(({ name }) => name === 'iommufd mended');
  const [faults] = askingParts(pair);
  const shape = {
    ...faults,
    allocationFailures: 0,
    without: [...(faults.without ?? []), ...MEMORY, 'replace', 'probe', 'release', 'reset'],
  };

  function verdict(without: readonly string[], isJudged: boolean) {
    const world = worldOf(pair, { shape, without });
    const bounds = isJudged ? {} : { maxOperations: 99 };
    return explore(world, { reduce: true, firstOnly: without.length > 0, ...bounds });
  }

  test('is far less, where nothing violates', () => {
    const [judged, whole] = [verdict([], true), verdict([], false)];
    expect([judged.verdict, whole.verdict]).toEqual(['exhaustive', 'exhaustive']);
    expect([judged.states, whole.states]).toEqual([3432, 12_439]);
  });

  /** Some are missed only where the thread of page requests comes in between. */
  const steps = [
    'vtd@7/drainRequests/waitDrained',
    'iommufd/flushThread/lockThread',
    'iommufd/pageRequestThread/unlockThread',
    'iommufd/respond/lockWrite',
    'iommufd/attach/lockSet',
    'vtd@7/tearDownEntry/flushPasidCache',
  ];
  test.each(steps)('finds something where something violates, without %s', (step) => {
    const verdicts = [true, false].map((isJudged) => verdict([step], isJudged).verdict);
    expect(verdicts).toEqual(['violated', 'violated']);
  });
});
