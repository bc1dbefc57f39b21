/**
 * Process context (2.2.2, 2.2.3): 16 bytes, 256 in a page. qword 0, ta: V 0, ENS 1, SUM 2, PSCID 31:12; qword 1, fsc: iosatp as
 * in a device context.
 */
export const PC_VALID = 1 << 0;
/** Requests of supervisor privilege are allowed. */
export const PC_SUPERVISOR = 1 << 1;
/** Supervisor requests may use user pages. */
export const PC_SUM = 1 << 2;

/** 64-bit entries a process context takes. */
export const PC_QWORDS = 2;

export function makeProcessAttributes(pscid: number, flags: number): [low: number, high: number] {
  return [(pscid << 12) | flags, 0];
}

export function isProcessValid(ta: number): boolean {
  return (ta & PC_VALID) !== 0;
}

/** ta: bits 11:3 and 63:32. */
export function hasProcessReserved(low: number, high: number): boolean {
  return (low & 0xff8) !== 0 || high !== 0;
}
