import { describe, expect, test } from 'vitest';
import type { Violation } from '../../src/vocabulary/violation.js';
import { randomShape, tinyParts } from '../../src/world/scopes.js';
import { properties } from './properties.js';
import { randomOf, walk } from './random-walk.js';
import { PAIRS, stepsOf, worldOf } from './worlds.js';

/** Properties of a state, which a look at the whole of it decides; the others are of a step. */
const OF_STATES = properties.filter(({ on }) => on.includes('reach') || on.includes('authority'));
const NAMES = new Set(OF_STATES.map(({ name }) => name));

/** Property and kind of what was found. Who is at fault is known only to the step that did it. */
function found(violations: readonly Violation[]): string[] {
  const ofStates = violations.filter(({ property }) => NAMES.has(property));
  return [...new Set(ofStates.map(({ cause }) => cause.split(':').slice(0, 2).join(':')))].sort();
}

describe.each(PAIRS)('what is found step by step is what a look at everything finds: $name', (pair) => {
  const flushes = stepsOf(pair, 'flush');
  const clears = stepsOf(pair, 'clear');
  const shapes = [randomShape(pair), ...tinyParts(pair).map(({ shape }) => shape)];
  test.each([
    { name: 'as it is', without: [], violates: false },
    { name: 'without a single flush', without: flushes, violates: true },
    { name: 'without a single clear', without: clears, violates: true },
  ])('$name', ({ without, violates }) => {
    const seen = new Set<string>();
    for (const shape of shapes) {
      const world = worldOf(pair, {
        shape,
        without,
        concrete: shape.name === 'random',
        properties: OF_STATES,
      });
      for (let run = 0; run < 12; run++) {
        world.reset();
        walk(world, randomOf(pair.name, shape.name, run), 250, () => {
          const incremental = found([...world.violations]);
          const whole = found(world.check());
          // An assertion at every step would take longer than what it is about.
          if (whole.join() !== incremental.join()) expect(whole).toEqual(incremental);
          for (const cause of incremental) seen.add(cause);
          return incremental.length === 0;
        });
      }
    }
    if (violates) expect(seen.size).toBeGreaterThan(0);
  });
});
