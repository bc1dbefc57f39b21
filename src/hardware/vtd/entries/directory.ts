import { ABOVE_ADDRESS_64, frameOf, pointerHigh, pointerLow } from './address.js';

/** PASID directory entry (9.5): 64 bits, indexed by PASID 19:6, pointing to a table of 64 PASID entries. P 0, FPD 1, SMPTBLPTR 63:12. */
export const DIRECTORY_PRESENT = 1;

/** Which directory entry serves the PASID. */
export function directoryIndex(pasid: number): number {
  return pasid >>> 6;
}

export function makeDirectoryEntry(table: number): [low: number, high: number] {
  return [pointerLow(table, DIRECTORY_PRESENT), pointerHigh(table)];
}

export function isDirectoryPresent(low: number): boolean {
  return (low & DIRECTORY_PRESENT) !== 0;
}

/** Bits 11:2 and 63:39. */
export function hasDirectoryReserved(low: number, high: number): boolean {
  return (low & 0xffc) !== 0 || (high & ABOVE_ADDRESS_64) !== 0;
}

export const directoryTable = frameOf;
