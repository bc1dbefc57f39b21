import { expect, test } from 'vitest';
import { loadPair, worldBuilder } from '../../src/catalog/build-world.js';
import { readCoverage } from '../../src/checker/coverage.js';
import { sampleBatch } from '../../src/checker/sample.js';
import { allMends } from '../../src/world/compiled-design.js';
import { sampledShapes } from '../../src/world/sampled-shapes.js';

const { design, driver } = await loadPair({ name: 'iommufd' });
const pair = { design: design.value, driver: driver.value };
const mends = allMends(pair.design, pair.driver);
const build = await worldBuilder({ design: { name: 'iommufd' }, mends, without: [], concrete: true });

/** How often runs of the world took the transitions of a machine that begin so. */
function taken(world: string, runs: number, ...transitions: readonly string[]): number[] {
  const shape = sampledShapes(pair, 2).find(({ name }) => name.endsWith(`/${world}`));
  if (!shape) throw new Error(`no world is called '${world}'`);
  const made = build(shape);
  expect(sampleBatch([made], { seed: 1, operations: 100, from: 0, to: runs }).failures).toEqual([]);
  const { names, hits } = readCoverage(made.coverage).transitions;
  return transitions.map((begins) =>
    names.reduce((sum, name, i) => sum + (name.startsWith(begins) ? hits[i] : 0), 0),
  );
}

test('answers meet requests, and the end of those that have just been found', () => {
  const [answered, gone] = taken(
    'answers',
    100,
    'iommufd/respond: answer --done',
    'iommufd/respond: isStillWaiting --done[0]',
  );
  expect(answered).toBeGreaterThan(100);
  expect(gone).toBeGreaterThan(0);
});

test('making a queue for a guest’s table fails where the parent is in use already', () => {
  const [unnested, made] = taken('guestFaults', 60, 'iommufd/openQueue: unnest', 'iommufd/openQueue: nest');
  expect(unnested).toBeGreaterThan(0);
  expect(made).toBeGreaterThan(unnested);
});
