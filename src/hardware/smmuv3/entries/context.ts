import { frameOf, pointer } from './address.js';

/**
 * Context descriptor (5.4): 512 bits, 64 in a page, by SubstreamID; with two levels, a level 1 descriptor (5.3) of 64 bits, V 0,
 * L2Ptr 51:12, for each 64.
 *
 * dword 0: T0SZ 5:0, TG0 7:6, EPD0 14, ENDI 15, EPD1 30, V 31, IPS 34:32, AFFD 35, AA64 41, HD 42, HA 43, S 44, R 45, A 46,
 * ASET 47, ASID 63:48; dword 1: NSCFG0 0, HAD0 1, TTB0 51:4.
 */
export const CD_VALID = 1 << 31;
const EPD0 = 1 << 14;
const ENDI = 1 << 15;
const EPD1 = 1 << 30;
/** In the high word of dword 0. */
export const CD_AFFD = 1 << 3;
const AA64 = 1 << 9;
const HD_HA = (1 << 10) | (1 << 11);
/** S, in the high word of dword 0: what faults is held until software says what becomes of it (5.5). */
export const CD_STALL = 1 << 12;
export const CD_RECORD = 1 << 13;
const ABORT = 1 << 14;
/** IPS of the modelled output addresses. */
const IPS_42 = 3;

/** 64-bit entries a context descriptor takes, and descriptors a page holds. */
export const CD_QWORDS = 8;
export const CDS = 64;

export function contextDirectoryIndex(substream: number): number {
  return substream >>> 6;
}

export function contextIndex(substream: number): number {
  return (substream & (CDS - 1)) * CD_QWORDS;
}

export function makeContextDirectory(table: number): [low: number, high: number] {
  return pointer(table, 1);
}

export function isContextDirectoryValid(low: number): boolean {
  return (low & 1) !== 0;
}

export const contextDirectoryTable = frameOf;

/** Dword 0 of tables with 4 KiB granules: `levels` 4 (48-bit input) or 3 (39-bit). TTB1 is not used. */
export function makeContext0(asid: number, levels: number, flags = 0): [low: number, high: number] {
  const t0sz = levels === 4 ? 16 : 25;
  return [t0sz | EPD1 | CD_VALID, IPS_42 | AA64 | CD_RECORD | ABORT | (asid << 16) | flags];
}

/** Dword 1. */
export function makeContext1(table: number): [low: number, high: number] {
  return pointer(table, 0);
}

export function isContextValid(low0: number): boolean {
  return (low0 & CD_VALID) !== 0;
}

export function contextAsid(high0: number): number {
  return high0 >>> 16;
}

/** Levels of the table, 0 for another size. */
export function contextLevels(low0: number): number {
  const t0sz = low0 & 0x3f;
  if (t0sz === 16) return 4;
  return t0sz === 25 ? 3 : 0;
}

/** Bits of an input address of so many levels. */
export function firstInputBits(levels: number): number {
  return levels === 4 ? 48 : 39;
}

export const contextTable = frameOf;

/**
 * C_BAD_CD (5.4): of another kind of table, with TTB1 or hardware updates, which this machine has not, or with stalls where the stream
 * must not have them (5.5).
 */
export function isContextInvalid(low0: number, high0: number, mayStall = false): boolean {
  if ((low0 & (EPD0 | ENDI | EPD1 | 0xc0)) !== EPD1) return true;
  if ((high0 & (AA64 | HD_HA | ABORT)) !== (AA64 | ABORT)) return true;
  if ((high0 & CD_STALL) !== 0 && !mayStall) return true;
  return contextLevels(low0) === 0 || (high0 & 7) !== IPS_42;
}
