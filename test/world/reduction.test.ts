import { describe, expect, test } from 'vitest';
import { explore } from '../../src/checker/explore.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { tinyParts } from '../../src/world/scopes.js';
import { PAIRS, type Pair, stepsOf, worldOf } from './worlds.js';

/** One user, one space, one frame: small enough to search without the reduction too. */
function smallest(pair: Pair): WorldShape {
  const [{ shape }] = tinyParts(pair);
  return {
    ...shape,
    badCalls: false,
    allocationFailures: 0,
    principals: ['kernel', 'vm1'],
    spaces: 1,
    frames: 1,
  };
}

/** Calls of a trace: enough to set up and tear down, few enough where every round of them leaks something. */
const MOST_CALLS = 7;

/** Every cause with what its shortest trace costs. */
function found(pair: Pair, without: readonly string[], reduce: boolean): string[] {
  const world = worldOf(pair, { shape: smallest(pair), without });
  const { violations } = explore(world, { reduce, maxOperations: MOST_CALLS });
  return violations.map(
    ({ violation, operations, switches, steps }) => `${violation.cause} ${operations} ${switches} ${steps}`,
  );
}

/** One of the steps, in each world from another place. */
function someOf(steps: readonly string[], pair: Pair): string[] {
  return steps.slice(Math.floor((steps.length * PAIRS.indexOf(pair)) / PAIRS.length)).slice(0, 1);
}

describe.each(PAIRS)('the reduction loses nothing: $name', (pair) => {
  const kinds = ['flush', 'wait', 'clear', 'release'] as const;
  test.each(kinds)('whatever step of kind %s is left out', (kind) => {
    for (const step of someOf(stepsOf(pair, kind), pair))
      expect(found(pair, [step], true), step).toEqual(found(pair, [step], false));
  });
});
