import { expect, test } from 'vitest';
import noUseAfterFree from '../../properties/no-use-after-free.js';
import { story } from '../world/toy-world.js';
import { mappedAndAttached, VM1 } from './stories.js';

test('a domain looked at after it was freed', () => {
  const { causes } = story(noUseAfterFree, { flaws: ['looks at the domain after it is freed'] })
    .call('createSpace', VM1, 0, 0)
    .call('freeSpace', VM1, 0);
  expect(causes).toEqual(['no-use-after-free:freed domain used:toy-design/freeSpace/readAgain']);
});

test('holds when it is left alone', () => {
  const told = story(noUseAfterFree).call('createSpace', VM1, 0, 0).call('freeSpace', VM1, 0);
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});

test('an identifier given again while an entry still carries it', () => {
  const { causes } = mappedAndAttached(story(noUseAfterFree, { driverFlaws: ['no flush after detach'] }))
    .call('detach', VM1, 0, 0)
    .call('unmap', VM1, 0, 0, 0)
    .call('freeSpace', VM1, 0)
    .call('createSpace', VM1, 0, 0);
  expect(causes.join()).toContain('of a tag given again:toy@test/allocDomain/number');
});
