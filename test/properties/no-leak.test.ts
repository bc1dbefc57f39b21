import { expect, test } from 'vitest';
import noLeak from '../../properties/no-leak.js';
import { story, type ToyWorldChoice } from '../world/toy-world.js';
import { mappedAndAttached, VM1 } from './stories.js';

function tornDown(choice: ToyWorldChoice) {
  return mappedAndAttached(story(noLeak, choice))
    .call('unmap', VM1, 0, 0, 0)
    .call('detach', VM1, 0, 0)
    .call('releaseOwner', VM1, 0)
    .call('freeSpace', VM1, 0)
    .call('freeFrame', VM1, 0)
    .finally();
}

test('an identifier that is not put', () => {
  expect(tornDown({ driverFlaws: ['identifier kept'] }).causes).toEqual([
    'no-leak:did id is left over:teardown',
  ]);
});

test('holds when everything is given back', () => {
  const told = tornDown({});
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});
