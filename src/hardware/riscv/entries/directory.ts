import { framePte, pointerPte } from './pointer.js';

/**
 * Non-leaf entries of the device directory (2.1.1) and of the process directory (2.2.1): V 0, PPN 53:10, all else reserved.
 * Both are radix trees of 512 entries a page above their leaves.
 */
export const DIRECTORY_VALID = 1;

export function makeDirectory(table: number): [low: number, high: number] {
  return pointerPte(table, DIRECTORY_VALID);
}

export function isDirectoryValid(low: number): boolean {
  return (low & DIRECTORY_VALID) !== 0;
}

/** Bits 9:1 and 63:54. */
export function hasDirectoryReserved(low: number, high: number): boolean {
  return (low & 0x3fe) !== 0 || high >>> 22 !== 0;
}

export const directoryTable = framePte;

/** Device ids have 6, 15 or 24 bits by the number of levels, with device contexts of 64 bytes (2.1). */
export function deviceIdBits(levels: number): number {
  return levels * 9 - 3;
}

/** Index into the device directory's table of a level: 3 (root of three) to 1 (device contexts). */
export function deviceIndex(rid: number, level: number): number {
  return level === 1 ? rid & 0x3f : (rid >>> (9 * level - 12)) & 0x1ff;
}

/** Process ids have 8, 17 or 20 bits by pdtp.MODE (2.1.3.5). */
export function processIdBits(levels: number): number {
  return levels === 3 ? 20 : levels * 9 - 1;
}

/** Index into the process directory's table of a level: 3 to 1 (process contexts). */
export function processIndex(pid: number, level: number): number {
  return level === 1 ? pid & 0xff : (pid >>> (9 * level - 10)) & 0x1ff;
}
