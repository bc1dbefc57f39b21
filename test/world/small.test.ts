import { expect, test } from 'vitest';
import { loadPair, worldBuilder } from '../../src/catalog/build-world.js';
import { explore } from '../../src/checker/explore.js';
import { allMends } from '../../src/world/compiled-design.js';
import { scopeParts } from '../../src/world/scopes.js';

const FLAW = 'device-tlb-flag-follows-links';
const { design, driver } = await loadPair({ name: 'aux-domain' });
const pair = { design: design.value, driver: driver.value };

async function search(left: readonly string[]) {
  const build = await worldBuilder({
    design: { name: 'aux-domain' },
    mends: allMends(pair.design, pair.driver).filter((mend) => !left.includes(mend)),
    without: [],
    concrete: false,
  });
  const { shape } = scopeParts('small', pair).find(({ name }) => name === 'one-space')!;
  return explore(build(shape), { reduce: true });
}

test('two devices on one space show what one device cannot: a device-TLB that is never flushed', async () => {
  const { verdict, violations } = await search([FLAW]);
  const { causes } = pair.driver.mends.find(({ name }) => name === FLAW)!;
  expect(verdict).toBe('violated');
  const found = violations.map(({ violation }) => violation.cause);
  expect(found.length).toBe(4);
  expect(causes).toEqual(expect.arrayContaining(found));
  expect(violations.map(({ operations }) => operations)).toEqual([9, 9, 9, 9]);
});

test('mended, that world is clean: exact counts', async () => {
  const { verdict, states, transitions, depth } = await search([]);
  expect({ verdict, states, transitions, depth }).toEqual({
    verdict: 'exhaustive',
    states: 1848,
    transitions: 340722,
    depth: 20,
  });
});
