import { expect, test } from 'vitest';
import * as table from '../../../src/hardware/smmuv3/entries/table.js';
import { guest } from '../../../src/hardware/smmuv3/guest.js';

test('what a guest writes is used at every level; what it writes wrongly is reserved where no block can be', () => {
  for (const level of [1, 2, 3, 4]) {
    const [low, high] = level === 1 ? guest.leaf(0x401, 3) : guest.pointer(0x401, 3);
    expect(table.isDescriptor(low, level)).toBe(true);
    expect(table.isDescriptorLeaf(low, level)).toBe(level === 1);
    expect(table.descriptorFrame(low, high, level, level === 1)).toBe(0x401);
  }
  const [bad] = guest.malformed(0x401);
  expect(bad & table.DESCRIPTOR_VALID).not.toBe(0);
  expect([1, 4].map((level) => table.isDescriptor(bad, level))).toEqual([false, false]);
  expect([1, 3].map((permission) => table.firstPermission(guest.leaf(0x401, permission)[0]))).toEqual([1, 3]);
  expect([1, 3].map((permission) => guest.pointer(0x401, permission)[1])).toEqual([table.TABLE_READ_ONLY, 0]);
});
