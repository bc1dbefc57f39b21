import type { PlantedFault } from '../plant.js';

/** One of each kind, found by comparison with QEMU: the pinned case shows each. */
export const FAULTS: readonly PlantedFault[] = [
  {
    kind: 'permission',
    file: 'riscv/entries/page-table.ts',
    find: '(low & (PTE_WRITE | PTE_DIRTY)) === (PTE_WRITE | PTE_DIRTY)',
    replace: '(low & PTE_WRITE) !== 0',
  },
  {
    kind: 'reserved bit',
    file: 'riscv/entries/directory.ts',
    find: '(low & 0x3fe) !== 0',
    replace: '(low & 0x3fc) !== 0',
  },
  {
    kind: 'level',
    file: 'riscv/entries/device-context.ts',
    find: 'mode <= MODE.sv57 ? mode - 5 : -1',
    replace: 'mode <= MODE.sv57 ? mode - 6 : -1',
  },
  {
    kind: 'tag',
    file: 'riscv/entries/device-context.ts',
    find: 'return low >>> 12;',
    replace: 'return low >>> 13;',
  },
  {
    kind: 'address mask',
    file: 'riscv/walk-naive.ts',
    find: 'const frame = target + (page % 2 ** size);',
    replace: 'const frame = target + (page % 512);',
  },
  {
    kind: 'scope',
    file: 'riscv/invalidation.ts',
    find: "covers: cells([...FIRST_LEAVES, ...FIRST_TABLES], ['tag', 'pasid']),",
    replace: "covers: cells(FIRST_TABLES, ['tag', 'pasid']),",
  },
];
