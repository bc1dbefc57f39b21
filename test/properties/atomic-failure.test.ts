import { expect, test } from 'vitest';
import atomicFailure from '../../properties/atomic-failure.js';
import { story, type ToyWorldChoice } from '../world/toy-world.js';
import { VM1 } from './stories.js';

function mapFails(choice: ToyWorldChoice) {
  return story(atomicFailure, { ...choice, shape: { allocationFailures: 1 } })
    .call('allocFrame', VM1, 0)
    .call('createSpace', VM1, 0, 0)
    .callFailing(1, 'map', VM1, 0, 0, 0, 3, 0);
}

test('a map that failed keeps the frame pinned', () => {
  const { causes } = mapFails({ flaws: ['keeps the pin of a map that failed'] });
  expect(causes).toEqual([
    'atomic-failure:object states, identifiers or references:toy-design/map/unlockFailed',
  ]);
});

test('holds when it is unpinned', () => {
  const told = mapFails({});
  expect(told.causes).toEqual([]);
  expect(told.world.returned).toMatchObject({ operation: 'map', outcome: -12 });
  expect(told.world.premises[0]).toBeGreaterThan(0);
});
