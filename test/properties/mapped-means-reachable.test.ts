import { expect, test } from 'vitest';
import mappedMeansReachable from '../../properties/mapped-means-reachable.js';
import { story, type ToyWorldChoice } from '../world/toy-world.js';
import { mappedAndAttached } from './stories.js';

test('a map that stores nothing', () => {
  const { causes } = mappedAndAttached(story(mappedMeansReachable, { driverFlaws: ['page never stored'] }));
  expect(causes).toEqual(['mapped-means-reachable:translation:toy-design/map/unlock']);
});

test('holds when the page is there', () => {
  const told = mappedAndAttached(story(mappedMeansReachable));
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});

/** Only the access is judged, not the state that it finds. */
function accessed(choice: ToyWorldChoice) {
  const told = story(mappedMeansReachable, { ...choice, concrete: true });
  told.world.setChecking(false);
  mappedAndAttached(told);
  told.world.setChecking(true);
  return told.device(0, 'dma', 0, 0, 3, 0);
}

test('an access that faults', () => {
  expect(accessed({ driverFlaws: ['page never stored'] }).causes).toContain(
    'mapped-means-reachable:access:map',
  );
});

test('holds when it goes through', () => {
  expect(accessed({}).causes).toEqual([]);
});
