import { expect, test } from 'vitest';
import { explore } from '../../src/checker/explore.js';
import { foldBatches, sampleBatch } from '../../src/checker/sample.js';
import { randomShape, scopeParts } from '../../src/world/scopes.js';
import type { World } from '../../src/world/world.js';
import { PAIRS, worldOf } from './worlds.js';

const [, , , , , mended] = PAIRS;
const RUNS = 8;
const ENTRIES = 6;
const OPTIONS = { seed: 3, operations: 50 };

/** A world whose ledger holds so few entries that some runs outgrow it, in the middle of a step. */
function small(world: World, entries: number): World {
  Object.assign(world.ledger, { maxStale: entries });
  return world;
}

const sampled = () => small(worldOf(mended, { concrete: true, shape: randomShape(mended) }), ENTRIES);

test('runs that outgrow the ledger leave nothing behind for the next', () => {
  const whole = sampleBatch([sampled()], { ...OPTIONS, from: 0, to: RUNS });
  const limited = whole.limited.reduce((sum, { count }) => sum + count, 0);
  expect(whole.limited.map(({ limit }) => limit)).toEqual([`the ledger has more than ${ENTRIES} entries`]);
  expect(limited).toBeGreaterThan(1);
  expect(limited).toBeLessThan(RUNS);
  const apart = Array.from({ length: RUNS }, (_, run) =>
    sampleBatch([sampled()], { ...OPTIONS, from: run, to: run + 1 }),
  );
  expect(apart.reduce(foldBatches)).toEqual(whole);
});

test('a search goes on beside states that outgrow the ledger', () => {
  const [{ shape }] = scopeParts('tiny', mended);
  const limits = { reduce: true, maxOperations: 4 };
  const whole = explore(worldOf(mended, { shape }), limits);
  const cut = explore(small(worldOf(mended, { shape }), 4), limits);
  expect(cut).toMatchObject({
    verdict: 'bounded',
    limits: ['operations', 'capacity'],
    outgrown: [{ limit: 'the ledger has more than 4 entries' }],
    violations: [],
  });
  expect(cut.states).toBeGreaterThan(100);
  expect(cut.states).toBeLessThan(whole.states);
});
