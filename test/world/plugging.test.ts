import { expect, test } from 'vitest';
import { OPERATION_CODE } from '../../src/world/authority.js';
import { randomShape } from '../../src/world/scopes.js';
import { Story } from './toy-world.js';
import { PAIRS, worldOf } from './worlds.js';

const KERNEL = 0;

test.each(PAIRS)('one device is plugged in or out at a time: $name', (pair) => {
  const whole = randomShape(pair);
  const story = new Story(worldOf(pair, { shape: { ...whole, without: [] } }));
  const { generator } = story.world;
  const isSayable = (name: 'release' | 'probe' | 'reset', device: number) =>
    generator.isSayable(OPERATION_CODE[name], KERNEL, Int32Array.of(device, 0, 0, 0, 0));
  expect([isSayable('release', 0), isSayable('release', 1)]).toEqual([true, true]);
  story.begin(0, 'release', KERNEL, 0).step(0);
  expect([isSayable('release', 1), isSayable('reset', 1)]).toEqual([false, true]);
  story.finish(0);
  expect([isSayable('release', 1), isSayable('probe', 0)]).toEqual([true, true]);
});
