import { expect, test } from 'vitest';
import * as first from '../../../src/hardware/vtd/entries/first-level.js';
import { frameOf } from '../../../src/hardware/vtd/entries/address.js';
import { guest } from '../../../src/hardware/vtd/guest.js';

test('what a guest writes is used at every level; what it writes wrongly is reserved at every level', () => {
  for (const level of [1, 2, 3, 4]) {
    const [low, high] = level === 1 ? guest.leaf(0x401, 3) : guest.pointer(0x401, 3);
    expect(first.isFirstPresent(low)).toBe(true);
    expect(first.isFirstLeaf(low, level)).toBe(level === 1);
    expect(first.hasFirstReserved(low, high, level)).toBe(false);
    expect(frameOf(low, high)).toBe(0x401);
    const [badLow, badHigh] = guest.malformed(0x401);
    expect(first.isFirstPresent(badLow)).toBe(true);
    expect(first.hasFirstReserved(badLow, badHigh, level)).toBe(true);
  }
  expect(guest.leaf(0x401, 1)[0] & first.FIRST_WRITE).toBe(0);
});
