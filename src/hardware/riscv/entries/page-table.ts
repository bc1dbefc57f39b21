import { framePte, pointerPte } from './pointer.js';

/**
 * Page-table entry of Sv39, Sv48, Sv57 and their x4 forms (privileged architecture 12.3.1, 12.4, 12.5, 18.5): V 0, R 1, W 2, X 3,
 * U 4, G 5, A 6, D 7, RSW 9:8, PPN 53:10; 60:54 reserved, and 63:61 without Svnapot and Svpbmt.
 */
export const PTE_VALID = 1 << 0;
export const PTE_READ = 1 << 1;
export const PTE_WRITE = 1 << 2;
export const PTE_EXECUTE = 1 << 3;
export const PTE_USER = 1 << 4;
export const PTE_GLOBAL = 1 << 5;
export const PTE_ACCESSED = 1 << 6;
export const PTE_DIRTY = 1 << 7;
/** Reserved in entries that point to a table. */
const LEAF_FLAGS = PTE_USER | PTE_ACCESSED | PTE_DIRTY;

export function makePte(frame: number, flags: number): [low: number, high: number] {
  return pointerPte(frame, flags);
}

export function isPteValid(low: number): boolean {
  return (low & PTE_VALID) !== 0;
}

/** Whether the entry maps a page rather than pointing to a table. */
export function isPteLeaf(low: number): boolean {
  return (low & (PTE_READ | PTE_WRITE | PTE_EXECUTE)) !== 0;
}

/** Reserved bits and encodings of a valid entry at a level: 63:54; W without R; A, D, U of a pointer; a misaligned large page. */
export function isPteMalformed(low: number, high: number, level: number): boolean {
  if (high >>> 22 !== 0) return true;
  if ((low & (PTE_READ | PTE_WRITE)) === PTE_WRITE) return true;
  if (!isPteLeaf(low)) return level === 1 || (low & LEAF_FLAGS) !== 0;
  return framePte(low, high) % 512 ** (level - 1) !== 0;
}

/** What a leaf permits as it stands: 1 read, 2 write. A clear A or D bit takes the right away where hardware does not set it. */
export function ptePermission(low: number): number {
  if ((low & PTE_ACCESSED) === 0 || (low & PTE_READ) === 0) return 0;
  return (low & (PTE_WRITE | PTE_DIRTY)) === (PTE_WRITE | PTE_DIRTY) ? 3 : 1;
}

export const pteFrame = framePte;
