import { ABOVE_ADDRESS_52, pointerHigh, pointerLow } from './address.js';

/**
 * Second-stage paging entry (9.8): R 0, W 1, PS 7 (levels 3 and 2), A 8, D 9 (leaf), SNP 11 (leaf), ADDR 51:12. There is no
 * present bit: an entry is present when it permits a read or a write.
 */
export const SECOND_READ = 1 << 0;
export const SECOND_WRITE = 1 << 1;
export const SECOND_LARGE = 1 << 7;
export const SECOND_ACCESSED = 1 << 8;
export const SECOND_DIRTY = 1 << 9;
export const SECOND_SNOOP = 1 << 11;
/** IW, bit 62, reserved without intermediate permissions; as a bit of the high word. */
const RESERVED_HIGH = ABOVE_ADDRESS_52 | 0x40000000;

/** `flags`: bits 11:0. */
export function makeSecondLevel(frame: number, flags: number): [low: number, high: number] {
  return [pointerLow(frame, flags), pointerHigh(frame)];
}

export function isSecondPresent(low: number): boolean {
  return (low & (SECOND_READ | SECOND_WRITE)) !== 0;
}

/** Whether the entry maps a page rather than pointing to a table. */
export function isSecondLeaf(low: number, level: number): boolean {
  return level === 1 || (level < 4 && (low & SECOND_LARGE) !== 0);
}

/** Reserved bits of a present entry: 51:39 and 62 in all; PS in a PML4E; SNP where there is no leaf; the address below a large page. */
export function hasSecondReserved(low: number, high: number, level: number): boolean {
  if ((high & RESERVED_HIGH) !== 0) return true;
  if (level === 1) return false;
  if (level === 4) return (low & (SECOND_LARGE | SECOND_SNOOP)) !== 0;
  if ((low & SECOND_LARGE) === 0) return (low & SECOND_SNOOP) !== 0;
  return (low & (level === 3 ? 0x3ffff000 : 0x001ff000)) !== 0;
}
