import { ABOVE_ADDRESS_64, frameOf, pointerHigh, pointerLow } from './address.js';

/**
 * Scalable-mode context entry (9.4): 256 bits, 128 of them in a table. Everything lies in the first 128-bit unit, so it is
 * never read torn; the second unit is reserved.
 *
 * qword 0: P 0, FPD 1, DTE 2, PASIDE 3, PRE 4, PDTS 11:9, PASIDDIRPTR 63:12; qword 1: RID_PASID 19:0, RID_PRIV 20.
 */
export const CONTEXT_PRESENT = 1 << 0;
export const CONTEXT_FAULT_DISABLE = 1 << 1;
/** Translation requests and translated requests (ATS) are allowed. */
export const CONTEXT_DEVICE_TLB = 1 << 2;
/** Requests with PASID are allowed. */
export const CONTEXT_PASID = 1 << 3;
/** Page requests are allowed. */
export const CONTEXT_PAGE_REQUEST = 1 << 4;
const PDTS_SHIFT = 9;
/** RID_PRIV, in the low word of qword 1: requests without PASID are privileged. */
export const CONTEXT_RID_PRIVILEGED = 1 << 20;
const RID_PASID = 0xfffff;

/** 64-bit entries a context entry takes. */
export const CONTEXT_QWORDS = 4;

/** Index of the entry's first qword in the context table of its half. */
export function contextIndex(rid: number): number {
  return (rid & 0x7f) * CONTEXT_QWORDS;
}

/** Qword 0. `directorySize`: the directory has 2^(directorySize+7) entries. */
export function makeContext0(
  directory: number,
  directorySize: number,
  flags: number,
): [low: number, high: number] {
  return [pointerLow(directory, (directorySize << PDTS_SHIFT) | flags), pointerHigh(directory)];
}

/** Qword 1. `flags`: 0 or {@link CONTEXT_RID_PRIVILEGED}. */
export function makeContext1(ridPasid: number, flags: number): [low: number, high: number] {
  return [ridPasid | flags, 0];
}

export function isContextPresent(low0: number): boolean {
  return (low0 & CONTEXT_PRESENT) !== 0;
}

export const contextDirectory = frameOf;

export function contextDirectorySize(low0: number): number {
  return (low0 >>> PDTS_SHIFT) & 7;
}

/** PASIDs below this have a place in the directory. */
export function pasidLimit(directorySize: number): number {
  return 1 << (directorySize + 13);
}

export function contextRidPasid(low1: number): number {
  return low1 & RID_PASID;
}

/** Bits 8:5 (no HPT, no PASID-translated requests), 63:39 of qword 0; bits 63:21 of qword 1; all of qwords 2 and 3. */
export function hasContextReserved(
  low0: number,
  high0: number,
  low1: number,
  high1: number,
  second: number,
): boolean {
  return (
    (low0 & 0x1e0) !== 0 ||
    (high0 & ABOVE_ADDRESS_64) !== 0 ||
    (low1 & 0xffe00000) !== 0 ||
    (high1 | second) !== 0
  );
}

/** SCT.4: page requests without ATS, or a RID_PASID that the directory has no place for. */
export function isContextInvalid(low0: number, low1: number): boolean {
  if ((low0 & (CONTEXT_PAGE_REQUEST | CONTEXT_DEVICE_TLB)) === CONTEXT_PAGE_REQUEST) return true;
  return contextRidPasid(low1) >= pasidLimit(contextDirectorySize(low0));
}
