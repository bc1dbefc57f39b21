import { ABOVE_ADDRESS_64, frameOf, pointerHigh, pointerLow } from './address.js';

/**
 * PASID table entry (9.6): 512 bits, 64 in a table. Hardware reads it in aligned 128-bit units, so a change that spans units
 * can be seen half done:
 *
 * unit 0, qword 0: P 0, FPD 1, AW 4:2, PGTT 8:6, SSADE 9, SSPTPTR 63:12; qword 1: DID 15:0, PWSNP 23, PGSNP 24.
 * unit 1, qword 2: SRE 0, FSPM 3:2, WPE 4, FSPTPTR 63:12; qword 3 reserved.
 * units 2 and 3: reserved on a machine without host permission tables.
 */
export const PASID_PRESENT = 1 << 0;
export const PASID_FAULT_DISABLE = 1 << 1;
const AW_SHIFT = 2;
/** AW of a 48-bit second stage of 4 levels, the one the modelled machine has (CAP.SAGAW bit 2). */
export const WIDTH_48 = 2;
const PGTT_SHIFT = 6;
/** SSADE: hardware keeps accessed and dirty bits in second-stage entries. */
export const PASID_SECOND_ACCESSED = 1 << 9;

/** PGTT, the kind of translation. */
export const FIRST_LEVEL = 1;
export const SECOND_LEVEL = 2;
export const NESTED = 3;
export const PASS_THROUGH = 4;

/** Qword 2: privileged requests are allowed. */
export const PASID_SUPERVISOR = 1 << 0;
/** Qword 2: privileged writes need write permission. */
export const PASID_WRITE_PROTECT = 1 << 4;

/** 64-bit entries a PASID entry takes. */
export const PASID_QWORDS = 8;

/** Index of the entry's first qword in its table. */
export function pasidIndex(pasid: number): number {
  return (pasid & 63) * PASID_QWORDS;
}

/** Qword 0. `secondTable` is ignored by hardware for first-level and pass-through. */
export function makePasid0(
  type: number,
  secondTable: number,
  flags = PASID_PRESENT,
): [low: number, high: number] {
  return [
    pointerLow(secondTable, flags | (WIDTH_48 << AW_SHIFT) | (type << PGTT_SHIFT)),
    pointerHigh(secondTable),
  ];
}

/** Qword 1. */
export function makePasid1(domain: number): [low: number, high: number] {
  return [domain & 0xffff, 0];
}

/** Qword 2. For nested translation the pointer is a guest-physical address. */
export function makePasid2(firstTable: number, flags = 0): [low: number, high: number] {
  return [pointerLow(firstTable, flags), pointerHigh(firstTable)];
}

export function isPasidPresent(low0: number): boolean {
  return (low0 & PASID_PRESENT) !== 0;
}

export function pasidType(low0: number): number {
  return (low0 >>> PGTT_SHIFT) & 7;
}

export function pasidWidth(low0: number): number {
  return (low0 >>> AW_SHIFT) & 7;
}

export function pasidDomain(low1: number): number {
  return low1 & 0xffff;
}

/** SSPTPTR of qword 0, FSPTPTR of qword 2. */
export const pasidTable = frameOf;

/** Unit 0: bits 5, 11:10, 63:39 of qword 0; bits 22:16 and 63:25 (no memory types) of qword 1. */
export function hasUnit0Reserved(low0: number, high0: number, low1: number, high1: number): boolean {
  return (low0 & 0xc20) !== 0 || (high0 & ABOVE_ADDRESS_64) !== 0 || (low1 & 0xfe7f0000) !== 0 || high1 !== 0;
}

/** Unit 1: bits 1, 7 (no extended accessed flag), 11:8, 63:39 of qword 2; all of qword 3. */
export function hasUnit1Reserved(low2: number, high2: number, qword3: number): boolean {
  return (low2 & 0xf82) !== 0 || (high2 & ABOVE_ADDRESS_64) !== 0 || qword3 !== 0;
}

/** SPT.4 on unit 0: a reserved type, or a second stage of a width the machine does not have. */
export function isUnit0Invalid(low0: number): boolean {
  const type = pasidType(low0);
  if (type < FIRST_LEVEL || type > PASS_THROUGH) return true;
  return (type === SECOND_LEVEL || type === NESTED) && pasidWidth(low0) !== WIDTH_48;
}

/** SPT.4 on unit 1: a first stage of 5 levels, or a reserved FSPM. */
export function isUnit1Invalid(low2: number): boolean {
  return (low2 & 0xc) !== 0;
}

/** Whether the type reads the first-level fields of unit 1; otherwise hardware ignores them. */
export function usesFirstLevel(type: number): boolean {
  return type === FIRST_LEVEL || type === NESTED;
}
