import type { PlantedFault } from '../plant.js';

/** One of each kind, found by comparison with QEMU: the pinned case shows each. */
export const FAULTS: readonly PlantedFault[] = [
  {
    kind: 'permission',
    file: 'vtd/walk-naive.ts',
    find: 'permission &= low & 3;',
    replace: 'permission &= low | 2;',
  },
  {
    kind: 'reserved bit',
    file: 'vtd/entries/second-level.ts',
    find: 'const RESERVED_HIGH = ABOVE_ADDRESS_52 | 0x40000000;',
    replace: 'const RESERVED_HIGH = ABOVE_ADDRESS_52;',
  },
  {
    kind: 'level',
    file: 'vtd/entries/second-level.ts',
    find: 'level === 1 || (level < 4 && (low & SECOND_LARGE) !== 0)',
    replace: 'level === 1 || (level < 3 && (low & SECOND_LARGE) !== 0)',
  },
  {
    kind: 'tag',
    file: 'vtd/entries/pasid.ts',
    find: 'return low1 & 0xffff;',
    replace: 'return low1 & 0xfffe;',
  },
  {
    kind: 'address mask',
    file: 'vtd/walk-naive.ts',
    find: 'this.frame = table - (table % span) + (page % span);',
    replace: 'this.frame = table - (table % span) + (page % 512);',
  },
  {
    kind: 'scope',
    file: 'vtd/invalidation.ts',
    find: "covers: cells(IOTLB, ['tag']),",
    replace: "covers: cells(FIRST_PAGES, ['tag']),",
  },
];
