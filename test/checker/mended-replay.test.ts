import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadPair, worldBuilder } from '../../src/catalog/build-world.js';
import { findingKey } from '../../src/checker/finding.js';
import { mendedReplay, MendedReplays } from '../../src/checker/mended-replay.js';
import { byRun, sampleBatch } from '../../src/checker/sample.js';
import { shrinkAll } from '../../src/checker/shrink.js';
import { randomShape } from '../../src/world/scopes.js';
import { VARIANTS } from '../../src/world/variants.js';

const { design, driver } = await loadPair({ name: 'aux-domain' });
const build = await worldBuilder({
  design: { name: 'aux-domain' },
  mends: [],
  without: [],
  concrete: true,
});
const shape = VARIANTS.routes(randomShape({ design: design.value, driver: driver.value }, 2));
const RUNS = { seed: 1, from: 0, to: 40, operations: 60 };
const groups = byRun(sampleBatch([build(shape)], RUNS).failures);

test('attempts that go on from what they have in common are those from the start', () => {
  const [shared, fresh] = [build(shape), build(shape)];
  let failing = 0;
  for (const { trace, violation } of groups.map(([first]) => first).slice(0, 6)) {
    const key = findingKey(violation);
    const attempts = new MendedReplays(shared, trace.finished, key);
    let kept = trace.records;
    const cuts = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 40 }), fc.boolean()), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(cuts, (list) => {
        for (const [where, length, keeps] of list) {
          const from = where % kept.length;
          const records = kept.filter((_, at) => at < from || at >= from + length);
          const found = attempts.attempt(records);
          expect(found).toEqual(mendedReplay(fresh, records, trace.finished, key));
          if (found === undefined || !keeps) continue;
          failing++;
          kept = found.records;
          attempts.keep(kept);
        }
      }),
      { seed: 1, numRuns: 6 },
    );
  }
  expect(failing).toBeGreaterThan(20);
});

test('what one run violates is shrunk one from the other, each to a trace of its own', () => {
  const world = build(shape);
  const several = groups.find((group) => group.length > 1)!;
  const violations = several.map(({ violation }) => violation);
  const results = shrinkAll(world, several[0].trace, violations);
  expect(results.map(({ violation }) => findingKey(violation))).toEqual(violations.map(findingKey));
  results.forEach(({ trace, minimal }, i) => {
    expect(minimal).toBe(true);
    expect(mendedReplay(world, trace.records, trace.finished, findingKey(violations[i]))).toBeDefined();
  });
  const [first, second] = results;
  expect(second.replays).toBeLessThan(first.replays);
});
