import { expect, test } from 'vitest';
import nestedContainment from '../../properties/nested-containment.js';
import { story, type ToyWorldChoice } from '../world/toy-world.js';
import { READ, VM1 } from './stories.js';

/** A page of the parent is unmapped under a nested route. */
function unmappedUnderneath(choice: ToyWorldChoice) {
  const shape = { spaceKinds: ['nestParent', 'nested'] };
  return story(nestedContainment, { ...choice, shape, nests: true })
    .call('allocFrame', VM1, 0)
    .call('createSpace', VM1, 0, 2)
    .call('map', VM1, 0, 0, 0, 3, 0)
    .call('createSpace', VM1, 1, 1, 0)
    .call('claimOwner', VM1, 0)
    .call('bindNested', VM1, 0, 0, 1)
    .call('unmap', VM1, 0, 0, 0);
}

test('a nested route keeps what its parent no longer maps', () => {
  const { causes } = unmappedUnderneath({ mended: false });
  expect(causes).toContain('nested-containment:device-TLB entry:toy@test/unmapPage/clear');
});

test('holds when the device-TLB is flushed', () => {
  const told = unmappedUnderneath({});
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});

/** A guest reads what its parent maps read-only. */
function readOnlyUnderneath(choice: ToyWorldChoice) {
  return story(nestedContainment, { ...choice, shape: { spaceKinds: ['nestParent', 'nested'] }, nests: true })
    .call('allocFrame', VM1, 0)
    .call('createSpace', VM1, 0, 2)
    .call('map', VM1, 0, 0, 0, READ, 0)
    .call('createSpace', VM1, 1, 1, 0)
    .call('claimOwner', VM1, 0)
    .call('bindNested', VM1, 0, 0, 1);
}

test('a nested route that may write what its parent maps to be read', () => {
  const { causes } = readOnlyUnderneath({ flaws: ['maps everything writable'] });
  expect(causes.join()).toMatch(/^nested-containment:/);
});

test('holds when it may only read it', () => {
  expect(readOnlyUnderneath({}).causes).toEqual([]);
});
