import { expect, test } from 'vitest';
import isolation from '../../properties/isolation.js';
import { story } from '../world/toy-world.js';
import { mappedAndAttached, READ, VM1, VM2 } from './stories.js';

test('a page mapped writable for a caller who asked to read it', () => {
  const { causes } = mappedAndAttached(story(isolation, { flaws: ['maps everything writable'] }), READ);
  expect(causes).toContain('isolation:access in flight:toy@test/mapPage/store');
});

test('holds when it is mapped as asked', () => {
  const told = mappedAndAttached(story(isolation), READ);
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});

test('a page unmapped and still in a device-TLB is another\u2019s to reach', () => {
  const { causes } = mappedAndAttached(story(isolation, { mended: false })).call('unmap', VM1, 0, 0, 0);
  expect(causes).toContain('isolation:device-TLB entry:toy@test/unmapPage/clear');
});

/** What a former owner programmed the device to do goes on under the next one. */
function handedOver(flaws: readonly 'does not reset what is given back'[]) {
  return mappedAndAttached(story(isolation, { flaws }))
    .call('unmap', VM1, 0, 0, 0)
    .call('detach', VM1, 0, 0)
    .call('releaseOwner', VM1, 0)
    .call('allocFrame', VM2, 1)
    .call('createSpace', VM2, 1, 0)
    .call('claimOwner', VM2, 0)
    .call('attach', VM2, 0, 0, 1)
    .call('map', VM2, 1, 0, 1, 3, 0);
}

test('a device handed over without a reset', () => {
  expect(handedOver(['does not reset what is given back']).causes.join()).toContain(
    'programmed by a former owner',
  );
});

test('holds when it is reset', () => {
  expect(handedOver([]).causes).toEqual([]);
});
