import { expect, test } from 'vitest';
import hitlessReplace from '../../properties/hitless-replace.js';
import { story, type ToyWorldChoice } from '../world/toy-world.js';
import { mappedAndAttached, VM1 } from './stories.js';

function replaced(choice: ToyWorldChoice) {
  return mappedAndAttached(story(hitlessReplace, choice))
    .call('createSpace', VM1, 1, 0)
    .call('map', VM1, 1, 0, 0, 3, 0)
    .call('replace', VM1, 0, 0, 1);
}

test('a route cleared before it is replaced', () => {
  const { causes } = replaced({ driverFlaws: ['route cleared before it is replaced'] });
  expect(causes).toEqual(['hitless-replace:access blocked:toy@test/changeRoute/clear']);
});

test('holds when one store replaces the other', () => {
  const told = replaced({});
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});
