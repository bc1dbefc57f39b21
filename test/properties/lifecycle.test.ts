import { expect, test } from 'vitest';
import lifecycle from '../../properties/lifecycle.js';
import { story } from '../world/toy-world.js';
import { mappedAndAttached, VM1 } from './stories.js';

test('a domain freed while it is attached', () => {
  const { causes } = mappedAndAttached(story(lifecycle, { flaws: ['frees what is attached'] })).call(
    'freeSpace',
    VM1,
    0,
  );
  expect(causes).toEqual([
    'lifecycle:domain FREE while live in a call to refuse:toy@test/freeDomain/putNumber',
  ]);
});

test('holds when it is detached before', () => {
  const told = mappedAndAttached(story(lifecycle)).call('freeSpace', VM1, 0);
  told.call('detach', VM1, 0, 0).call('freeSpace', VM1, 0);
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});
