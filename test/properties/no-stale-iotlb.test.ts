import { expect, test } from 'vitest';
import noStale from '../../properties/no-stale-iotlb.js';
import { story } from '../world/toy-world.js';
import { mappedAndAttached, VM1 } from './stories.js';

test('an unmap that leaves the device-TLB as it is', () => {
  const { causes } = mappedAndAttached(story(noStale, { mended: false })).call('unmap', VM1, 0, 0, 0);
  expect(causes).toContain('no-stale-iotlb:device-TLB entry:toy@test/unmapPage/clear');
});

test('holds when it is flushed', () => {
  const told = mappedAndAttached(story(noStale)).call('unmap', VM1, 0, 0, 0);
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});

test('a detach that flushes nothing', () => {
  const { causes } = mappedAndAttached(story(noStale, { driverFlaws: ['no flush after detach'] })).call(
    'detach',
    VM1,
    0,
    0,
  );
  expect(causes).toContain('no-stale-iotlb:route-cache entry:toy@test/endRoute/clear');
});

/** A flush of translations may take effect before that of the routes they fill again from. */
test('flushes with no wait between them, in the order in which they harm', () => {
  const told = mappedAndAttached(story(noStale, { driverFlaws: ['flushes out of order'] })).begin(
    0,
    'detach',
    VM1,
    0,
    0,
  );
  const { world } = told;
  while (world.canMove(0)) told.step(0);
  const youngest = world.machine.readyCount(0) - 1;
  expect(youngest).toBeGreaterThan(0);
  world.apply((world.firstHardware << 27) | youngest);
  told.finish(0);
  expect(told.causes.join()).toContain('no-stale-iotlb:');
});

test('a table freed while a stale entry leads to it', () => {
  const told = mappedAndAttached(story(noStale, { flaws: ['frees what is attached'] })).call(
    'freeSpace',
    VM1,
    0,
  );
  expect(told.causes.join()).toContain('of a freed frame');
});
