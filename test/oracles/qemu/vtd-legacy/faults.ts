import type { PlantedFault } from '../plant.js';

/** One of each kind, found by comparison with QEMU: the pinned case shows each. */
export const FAULTS: readonly PlantedFault[] = [
  {
    kind: 'permission',
    file: 'vtd-legacy/walk-naive.ts',
    find: 'allowed &= low & 3;',
    replace: 'allowed &= low | 2;',
  },
  {
    kind: 'reserved bit',
    file: 'vtd-legacy/entries.ts',
    find: '(low1 & 0xff000080) !== 0',
    replace: '(low1 & 0xfe000080) !== 0',
  },
  {
    kind: 'level',
    file: 'vtd-legacy/entries.ts',
    find: 'return (low1 & 7) + 2;',
    replace: 'return (low1 & 7) + 1;',
  },
  {
    kind: 'tag',
    file: 'vtd-legacy/entries.ts',
    find: 'return (low1 >>> 8) & 0xffff;',
    replace: 'return (low1 >>> 9) & 0xffff;',
  },
  {
    kind: 'address mask',
    file: 'vtd-legacy/walk-naive.ts',
    find: 'this.frame = table - (table % span) + (page % span);',
    replace: 'this.frame = table - (table % span) + (page % 512);',
  },
  {
    kind: 'scope',
    file: 'vtd/invalidation.ts',
    find: "covers: cells(IOTLB, ['tag']),",
    replace: "covers: cells(['second-structure'], ['tag']),",
  },
];
