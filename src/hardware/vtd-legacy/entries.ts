import { ABOVE_ADDRESS_64, frameOf, pointerHigh, pointerLow } from '../vtd/entries/address.js';

/**
 * Legacy mode's root and context entries. Both are 128 bits and read at once. Paging entries are those of the second stage (9.8).
 *
 * Root entry (9.1), indexed by bus: P 0, CTP 63:12, all else reserved. Context entry (9.3), indexed by device and function,
 * qword 0: P 0, FPD 1, TT 3:2, SSPTPTR 63:12; qword 1: AW 2:0, DID 23:8; bits 6:3 are ignored.
 */
export const PRESENT = 1;
/** TT: without and with device-TLB, and pass-through. */
export const TYPE = { untranslated: 0, deviceTlb: 1, passThrough: 2 } as const;
const TT_SHIFT = 2;
/** 64-bit entries that either takes. */
const QWORDS = 2;

export function rootIndex(rid: number): number {
  return (rid >>> 8) * QWORDS;
}

export function contextIndex(rid: number): number {
  return (rid & 0xff) * QWORDS;
}

export function makeRoot(contexts: number): [low: number, high: number] {
  return [pointerLow(contexts, PRESENT), pointerHigh(contexts)];
}

/** Qword 0. */
export function makeContext0(
  type: number,
  table: number,
  flags: number = PRESENT,
): [low: number, high: number] {
  return [pointerLow(table, flags | (type << TT_SHIFT)), pointerHigh(table)];
}

/** Qword 1. `levels`: 3 (39-bit input) or 4 (48-bit). */
export function makeContext1(levels: number, domain: number): [low: number, high: number] {
  return [(levels - 2) | (domain << 8), 0];
}

export function isPresent(low: number): boolean {
  return (low & PRESENT) !== 0;
}

export const tableOf = frameOf;

export function typeOf(low0: number): number {
  return (low0 >>> TT_SHIFT) & 3;
}

export function levelsOf(low1: number): number {
  return (low1 & 7) + 2;
}

export function domainOf(low1: number): number {
  return (low1 >>> 8) & 0xffff;
}

/** Bits 11:1 and above the address width of the first qword; all of the second. */
export function hasRootReserved(low: number, high: number, second: number): boolean {
  return (low & 0xffe) !== 0 || (high & ABOVE_ADDRESS_64) !== 0 || second !== 0;
}

/** Bits 11:4 and above the address width of qword 0; 7 and 63:24 of qword 1. */
export function hasContextReserved(low0: number, high0: number, low1: number, high1: number): boolean {
  return (low0 & 0xff0) !== 0 || (high0 & ABOVE_ADDRESS_64) !== 0 || (low1 & 0xff000080) !== 0 || high1 !== 0;
}

/** LCT.4: a reserved type, or a width that the machine does not have (CAP.SAGAW: 39 and 48 bits). */
export function isContextInvalid(low0: number, low1: number): boolean {
  const levels = levelsOf(low1);
  return typeOf(low0) > TYPE.passThrough || levels < 3 || levels > 4;
}
