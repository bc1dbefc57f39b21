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

/** The whole of a device is attached, by nobody who owns it, beside what is lent. */
function attachedBesideLent(who: number) {
  return story(exclusiveOwnership)
    .call('createSpace', VM1, 0, 0)
    .call('attach', VM1, 0, 1, 0)
    .call('createSpace', who, 1, 0)
    .call('attach', who, 0, 0, 1);
}

test('a whole device attached while a PASID of it is lent to another', () => {
  expect(attachedBesideLent(VM2).causes).toEqual([
    'exclusive-ownership:whole device attached beside another\u2019s PASID:toy-design/attach/unlock',
  ]);
});

test('holds when the PASID is of the same user', () => {
  expect(attachedBesideLent(VM1).causes).toEqual([]);
});
