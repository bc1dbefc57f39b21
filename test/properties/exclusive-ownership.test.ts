import { expect, test } from 'vitest';
import exclusiveOwnership from '../../properties/exclusive-ownership.js';
import { story, type ToyWorldChoice } from '../world/toy-world.js';
import { VM1, VM2 } from './stories.js';

function claimedWhileLent(choice: ToyWorldChoice) {
  return story(exclusiveOwnership, choice)
    .call('createSpace', VM1, 0, 0)
    .call('attach', VM1, 0, 1, 0)
    .call('claimOwner', VM2, 0);
}

test('a device claimed while a PASID of it is lent to another', () => {
  const { causes } = claimedWhileLent({ flaws: ['claims a device that is lent'] });
  expect(causes).toEqual([
    'exclusive-ownership:PASID of another under an owned RID in a call to refuse:toy-design/claimOwner/unlock',
  ]);
});

test('holds when the claim is refused', () => {
  const told = claimedWhileLent({});
  expect(told.causes).toEqual([]);
  expect(told.world.returned).toMatchObject({ operation: 'claimOwner', outcome: -16 });
  expect(told.world.premises[0]).toBeGreaterThan(0);
});
