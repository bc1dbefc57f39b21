import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadPair } from '../../src/catalog/build-world.js';
import { explore } from '../../src/checker/explore.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { tinyParts } from '../../src/world/scopes.js';
import { mendedBuilder } from './mended-builder.js';

interface Counts {
  /** States and transitions, with the reduction and without. */
  readonly reduced: readonly [number, number];
  readonly whole: readonly [number, number];
  readonly depth: number;
}

/** A file for each driver, named for it, with the counts of the designs on it. */
const folder = new URL('../models/counts/', import.meta.url);
const pinned = readdirSync(folder).flatMap((file) => {
  const counts = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Record<string, Counts>;
  const driver = file.slice(0, -'.json'.length);
  return Object.entries(counts).map(([design, each]) => ({ design, driver, ...each }));
});

// One user, one space, one frame, no allocation failure, good calls alone: small enough to search without the reduction too.
test.each(pinned)(
  '$design on $driver, mended, is clean in the smallest world: exact counts',
  async (expected) => {
    const { reduced, whole, depth } = expected;
    const pair = await loadPair({ name: expected.design }, expected.driver);
    const [design, driver] = [pair.design.value, pair.driver.value];
    const build = await mendedBuilder(design, driver);
    const { shape } = tinyParts({ design, driver })[0];
    const smallest: WorldShape = {
      ...shape,
      badCalls: false,
      allocationFailures: 0,
      principals: ['kernel', 'vm1'],
      spaces: 1,
      frames: 1,
    };
    const search = (reduce: boolean) => explore(build(smallest), { reduce });
    for (const [result, counts] of [
      [search(true), reduced],
      [search(false), whole],
    ] as const) {
      expect(result.violations.map(({ violation }) => violation.cause)).toEqual([]);
      expect(result.verdict).toBe('exhaustive');
      expect([result.states, result.transitions]).toEqual(counts);
      expect(result.depth).toBe(depth);
    }
  },
);
