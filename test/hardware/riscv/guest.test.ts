import { expect, test } from 'vitest';
import * as table from '../../../src/hardware/riscv/entries/page-table.js';
import { guest } from '../../../src/hardware/riscv/guest.js';

test('what a guest writes is used at every level; what it writes wrongly is reserved at every level', () => {
  for (const level of [1, 2, 3, 4, 5]) {
    const [low, high] = level === 1 ? guest.leaf(0x401, 3) : guest.pointer(0x401, 3);
    expect(table.isPteValid(low)).toBe(true);
    expect(table.isPteLeaf(low)).toBe(level === 1);
    expect(table.isPteMalformed(low, high, level)).toBe(false);
    expect(table.pteFrame(low, high)).toBe(0x401);
    const [badLow, badHigh] = guest.malformed(0x401);
    expect(table.isPteValid(badLow)).toBe(true);
    expect(table.isPteMalformed(badLow, badHigh, level)).toBe(true);
  }
  expect([1, 3].map((permission) => table.ptePermission(guest.leaf(0x401, permission)[0]))).toEqual([1, 3]);
});
