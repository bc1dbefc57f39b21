import { ABOVE_ADDRESS_52, pointerHigh, pointerLow } from './address.js';

/**
 * First-stage paging entry (9.7), the x86-64 format: P 0, R/W 1, U/S 2, A 5, D 6 (leaf), PS 7 (levels 3 and 2), ADDR 51:12.
 * Levels are 4 (PML4E) to 1 (PTE). Bits 63:52 are ignored. The address is guest-physical when nested.
 */
export const FIRST_PRESENT = 1 << 0;
export const FIRST_WRITE = 1 << 1;
export const FIRST_USER = 1 << 2;
export const FIRST_ACCESSED = 1 << 5;
export const FIRST_DIRTY = 1 << 6;
export const FIRST_LARGE = 1 << 7;

/** `flags`: bits 11:0. */
export function makeFirstLevel(frame: number, flags: number): [low: number, high: number] {
  return [pointerLow(frame, flags), pointerHigh(frame)];
}

export function isFirstPresent(low: number): boolean {
  return (low & FIRST_PRESENT) !== 0;
}

/** Whether the entry maps a page rather than pointing to a table. */
export function isFirstLeaf(low: number, level: number): boolean {
  return level === 1 || (level < 4 && (low & FIRST_LARGE) !== 0);
}

/** Reserved bits of a present entry: 51:39 in all; PS in a PML4E; the address below a large page, its PAT bit 12 apart. */
export function hasFirstReserved(low: number, high: number, level: number): boolean {
  if ((high & ABOVE_ADDRESS_52) !== 0) return true;
  if (level === 4) return (low & FIRST_LARGE) !== 0;
  if (level === 1 || (low & FIRST_LARGE) === 0) return false;
  return (low & (level === 3 ? 0x3fffe000 : 0x001fe000)) !== 0;
}
