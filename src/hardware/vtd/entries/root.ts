import { ABOVE_ADDRESS_64, frameOf, pointerHigh, pointerLow } from './address.js';

/**
 * Scalable-mode root entry (9.2): 128 bits, indexed by bus; the low half points to the context table of device functions
 * 0x00–0x7f, the high half to that of 0x80–0xff. Each half has its own present bit and is read as 64 bits.
 */
export const ROOT_PRESENT = 1;

/** Index, in 64-bit entries, of the half that serves a requester id (bus 15:8, device 7:3, function 2:0). */
export function rootIndex(rid: number): number {
  return (rid >>> 8) * 2 + ((rid >>> 7) & 1);
}

export function makeRootHalf(contextTable: number): [low: number, high: number] {
  return [pointerLow(contextTable, ROOT_PRESENT), pointerHigh(contextTable)];
}

export function isRootPresent(low: number): boolean {
  return (low & ROOT_PRESENT) !== 0;
}

/** Bits 11:1 and above the address width; of a present half only. */
export function hasRootReserved(low: number, high: number): boolean {
  return (low & 0xffe) !== 0 || (high & ABOVE_ADDRESS_64) !== 0;
}

export const rootContextTable = frameOf;
