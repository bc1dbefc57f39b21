import { expect, test } from 'vitest';
import oneOrder from '../../properties/one-order.js';
import { story, type ToyWorldChoice } from '../world/toy-world.js';
import { VM1 } from './stories.js';

/** Two callers free one space at the same time. */
function freedTwice(choice: ToyWorldChoice) {
  return story(oneOrder, { ...choice, shape: { callers: 2 } })
    .call('createSpace', VM1, 0, 0)
    .begin(0, 'freeSpace', VM1, 0)
    .begin(1, 'freeSpace', VM1, 0)
    .step(0)
    .step(1)
    .finish(0)
    .finish(1);
}

test('both are told that they freed it', () => {
  expect(freedTwice({ flaws: ['frees what is freed'] }).causes).toEqual([
    'one-order:freeSpace:toy-design/freeSpace/unlock',
  ]);
});

test('holds when one of them is', () => {
  const told = freedTwice({});
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});
