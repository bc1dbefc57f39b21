/** An error put into a copy of `src/hardware`: what stands there, and what is put in its place. */
export interface PlantedFault {
  readonly hardware: string;
  readonly kind: 'permission' | 'reserved bit' | 'level' | 'tag' | 'address mask' | 'scope';
  /** Below `src/hardware`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** One of each kind for each architecture. All are found by comparison with QEMU: the pinned case shows each. */
export const FAULTS: readonly PlantedFault[] = [
  {
    hardware: 'vtd',
    kind: 'permission',
    file: 'vtd/walk-naive.ts',
    find: 'permission &= low & 3;',
    replace: 'permission &= low | 2;',
  },
  {
    hardware: 'vtd',
    kind: 'reserved bit',
    file: 'vtd/entries/second-level.ts',
    find: 'const RESERVED_HIGH = ABOVE_ADDRESS_52 | 0x40000000;',
    replace: 'const RESERVED_HIGH = ABOVE_ADDRESS_52;',
  },
  {
    hardware: 'vtd',
    kind: 'level',
    file: 'vtd/entries/second-level.ts',
    find: 'level === 1 || (level < 4 && (low & SECOND_LARGE) !== 0)',
    replace: 'level === 1 || (level < 3 && (low & SECOND_LARGE) !== 0)',
  },
  {
    hardware: 'vtd',
    kind: 'tag',
    file: 'vtd/entries/pasid.ts',
    find: 'return low1 & 0xffff;',
    replace: 'return low1 & 0xfffe;',
  },
  {
    hardware: 'vtd',
    kind: 'address mask',
    file: 'vtd/walk-naive.ts',
    find: 'this.frame = table - (table % span) + (page % span);',
    replace: 'this.frame = table - (table % span) + (page % 512);',
  },
  {
    hardware: 'vtd',
    kind: 'scope',
    file: 'vtd/invalidation.ts',
    find: "covers: cells(IOTLB, ['tag']),",
    replace: "covers: cells(FIRST_PAGES, ['tag']),",
  },
  {
    hardware: 'vtd-legacy',
    kind: 'permission',
    file: 'vtd-legacy/walk-naive.ts',
    find: 'allowed &= low & 3;',
    replace: 'allowed &= low | 2;',
  },
  {
    hardware: 'vtd-legacy',
    kind: 'reserved bit',
    file: 'vtd-legacy/entries.ts',
    find: '(low1 & 0xff000080) !== 0',
    replace: '(low1 & 0xfe000080) !== 0',
  },
  {
    hardware: 'vtd-legacy',
    kind: 'level',
    file: 'vtd-legacy/entries.ts',
    find: 'return (low1 & 7) + 2;',
    replace: 'return (low1 & 7) + 1;',
  },
  {
    hardware: 'vtd-legacy',
    kind: 'tag',
    file: 'vtd-legacy/entries.ts',
    find: 'return (low1 >>> 8) & 0xffff;',
    replace: 'return (low1 >>> 9) & 0xffff;',
  },
  {
    hardware: 'vtd-legacy',
    kind: 'address mask',
    file: 'vtd-legacy/walk-naive.ts',
    find: 'this.frame = table - (table % span) + (page % span);',
    replace: 'this.frame = table - (table % span) + (page % 512);',
  },
  {
    hardware: 'vtd-legacy',
    kind: 'scope',
    file: 'vtd/invalidation.ts',
    find: "covers: cells(IOTLB, ['tag']),",
    replace: "covers: cells(['second-structure'], ['tag']),",
  },
  {
    hardware: 'riscv',
    kind: 'permission',
    file: 'riscv/entries/page-table.ts',
    find: '(low & (PTE_WRITE | PTE_DIRTY)) === (PTE_WRITE | PTE_DIRTY)',
    replace: '(low & PTE_WRITE) !== 0',
  },
  {
    hardware: 'riscv',
    kind: 'reserved bit',
    file: 'riscv/entries/directory.ts',
    find: '(low & 0x3fe) !== 0',
    replace: '(low & 0x3fc) !== 0',
  },
  {
    hardware: 'riscv',
    kind: 'level',
    file: 'riscv/entries/device-context.ts',
    find: 'mode <= MODE.sv57 ? mode - 5 : -1',
    replace: 'mode <= MODE.sv57 ? mode - 6 : -1',
  },
  {
    hardware: 'riscv',
    kind: 'tag',
    file: 'riscv/entries/device-context.ts',
    find: 'return low >>> 12;',
    replace: 'return low >>> 13;',
  },
  {
    hardware: 'riscv',
    kind: 'address mask',
    file: 'riscv/walk-naive.ts',
    find: 'const frame = target + (page % 2 ** size);',
    replace: 'const frame = target + (page % 512);',
  },
  {
    hardware: 'riscv',
    kind: 'scope',
    file: 'riscv/invalidation.ts',
    find: "covers: cells([...FIRST_LEAVES, ...FIRST_TABLES], ['tag', 'pasid']),",
    replace: "covers: cells(FIRST_TABLES, ['tag', 'pasid']),",
  },
  {
    hardware: 'smmuv3',
    kind: 'permission',
    file: 'smmuv3/entries/table.ts',
    find: 'return (low & AP_READ_ONLY) !== 0 ? 1 : 3;',
    replace: 'return 3;',
  },
  {
    hardware: 'smmuv3',
    kind: 'reserved bit',
    file: 'smmuv3/entries/table.ts',
    find: 'return level === 2 || level === 3;',
    replace: 'return level !== 4;',
  },
  {
    hardware: 'smmuv3',
    kind: 'level',
    file: 'smmuv3/entries/stream.ts',
    find: 'return t0sz === 25 && sl0 === 1 ? 3 : 0;',
    replace: 'return t0sz === 25 && sl0 === 1 ? 2 : 0;',
  },
  {
    hardware: 'smmuv3',
    kind: 'tag',
    file: 'smmuv3/entries/stream.ts',
    find: 'return low2 & 0xffff;',
    replace: 'return low2 & 0xfffc;',
  },
  {
    hardware: 'smmuv3',
    kind: 'address mask',
    file: 'smmuv3/walk-naive.ts',
    find: 'this.frame = next + (page % 512 ** (level - 1));',
    replace: 'this.frame = next + (page % 512);',
  },
  {
    hardware: 'smmuv3',
    kind: 'scope',
    file: 'smmuv3/invalidation.ts',
    find: "covers: cells([...FIRST_LEAVES, ...FIRST_TABLES, ...SECOND, ...DIRECTORIES], ['tag']),",
    replace: "covers: cells([...FIRST_LEAVES, ...FIRST_TABLES], ['tag']),",
  },
];
