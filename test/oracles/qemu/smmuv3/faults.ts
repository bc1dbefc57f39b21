import type { PlantedFault } from '../plant.js';

/** One of each kind, found by comparison with QEMU: the pinned case shows each. */
export const FAULTS: readonly PlantedFault[] = [
  {
    kind: 'permission',
    file: 'smmuv3/entries/table.ts',
    find: 'return (low & AP_READ_ONLY) !== 0 ? 1 : 3;',
    replace: 'return 3;',
  },
  {
    kind: 'reserved bit',
    file: 'smmuv3/entries/table.ts',
    find: 'return level === 2 || level === 3;',
    replace: 'return level !== 4;',
  },
  {
    kind: 'level',
    file: 'smmuv3/entries/stream.ts',
    find: 'return t0sz === 25 && sl0 === 1 ? 3 : 0;',
    replace: 'return t0sz === 25 && sl0 === 1 ? 2 : 0;',
  },
  {
    kind: 'tag',
    file: 'smmuv3/entries/stream.ts',
    find: 'return low2 & 0xffff;',
    replace: 'return low2 & 0xfffc;',
  },
  {
    kind: 'address mask',
    file: 'smmuv3/walk-naive.ts',
    find: 'this.frame = next + (page % 512 ** (level - 1));',
    replace: 'this.frame = next + (page % 512);',
  },
  {
    kind: 'scope',
    file: 'smmuv3/invalidation.ts',
    find: "...cells([...FIRST_LEAVES, ...FIRST_TABLES, ...SECOND], ['tag']),",
    replace: "...cells([...FIRST_LEAVES, ...FIRST_TABLES], ['tag']),",
  },
];
