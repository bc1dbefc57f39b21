import { expect, test } from 'vitest';
import progress from '../../properties/progress.js';
import { story } from '../world/toy-world.js';
import { VM1 } from './stories.js';

test('a call that keeps its lock', () => {
  const { causes } = story(progress, { flaws: ['keeps its lock'] }).call('createSpace', VM1, 0, 0);
  expect(causes).toEqual(['progress:lock api:toy-design/createSpace/unlock']);
});

test('a call that waits for itself', () => {
  const told = story(progress, { flaws: ['takes its lock twice'] }).call('createSpace', VM1, 0, 0);
  expect(told.causes).toEqual([]);
  expect(told.world.finish().map(({ cause }) => cause)).toEqual([
    'progress:deadlock:toy-design/createSpace/again',
  ]);
});

test('holds when the lock is given back', () => {
  const told = story(progress).call('createSpace', VM1, 0, 0).finally();
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});
