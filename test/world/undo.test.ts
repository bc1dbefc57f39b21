import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { pairShape, randomShape, tinyParts } from '../../src/world/scopes.js';
import type { World } from '../../src/world/world.js';
import { drawAny, encodingOf, enabledOf, randomOf, walk } from './random-walk.js';
import { PAIRS, worldOf } from './worlds.js';

/** All that can be asked of a state: its words, its encoding, what is enabled, where agents stand, who can move. */
function snapshotOf(world: World) {
  const agents = Array.from({ length: world.agents }, (_, agent) => agent);
  return {
    words: digest(world.words),
    encoding: digest(encodingOf(world)),
    enabled: digest(enabledOf(world)),
    positions: agents.map((agent) => world.position(agent)),
    movable: agents.map((agent) => world.canMove(agent)),
    quiescent: world.quiescent(),
    stale: world.ledger.staleCount,
    found: world.check().map(({ cause }) => cause.split(':').slice(0, 2).join(':')),
  };
}

/** What an action led to. The names that operations have in a trace are no part of it. */
function outcomeOf(world: World) {
  return { encoding: digest(encodingOf(world)), causes: world.violations.map(({ cause }) => cause) };
}

function digest(data: NodeJS.ArrayBufferView): string {
  return createHash('sha1').update(data).digest('hex');
}

describe.each(PAIRS)('going back in $name', (pair) => {
  const shapes = [
    { shape: randomShape(pair), concrete: true },
    { shape: pairShape(pair), concrete: false },
    ...tinyParts(pair).map(({ shape }) => ({ shape, concrete: false })),
  ];
  test.each(shapes)('in $shape.name is exact, and marks nest', ({ shape, concrete }) => {
    const world = worldOf(pair, { shape, concrete });
    const random = randomOf('undo', pair.name, shape.name);
    for (let round = 0; round < 4; round++) {
      walk(world, random, 25, () => world.violations.length === 0);
      const outer = world.mark();
      const before = snapshotOf(world);
      walk(world, random, 12, () => true);
      const inner = world.mark();
      const between = snapshotOf(world);
      walk(world, random, 20, () => true);
      world.rollback(inner);
      expect(snapshotOf(world)).toEqual(between);
      world.rollback(outer);
      expect(snapshotOf(world)).toEqual(before);
    }
  });

  test('does what was undone once more, with the same outcome', () => {
    const world = worldOf(pair, { shape: pairShape(pair) });
    const random = randomOf('again', pair.name);
    for (let step = 0; step < 200; step++) {
      const action = drawAny(world, random);
      if (action < 0) break;
      const mark = world.mark();
      world.apply(action);
      const first = outcomeOf(world);
      world.rollback(mark);
      world.apply(action);
      expect(outcomeOf(world)).toEqual(first);
      if (first.causes.length > 0) world.reset();
    }
  });
});
