/**
 * Physical page numbers inside entries. The modelled machine has physical addresses of 43 bits (capabilities.PAS), so that a
 * frame number is a positive 32-bit integer; frames beyond are access faults.
 */
export const FRAME_LIMIT = 2 ** 31;

/** PPN at bits 53:10: directory entries and page-table entries. A number beyond {@link FRAME_LIMIT} is of no frame. */
export function framePte(low: number, high: number): number {
  return (low >>> 10) + (high & 0x3fffff) * 2 ** 22;
}

/** The two words of an entry with the PPN at bits 53:10. */
export function pointerPte(frame: number, flags: number): [low: number, high: number] {
  return [(frame << 10) | flags, frame >>> 22];
}

/** PPN at bits 43:0: iohgatp, iosatp, pdtp. */
export function frameAtp(low: number, high: number): number {
  return (low >>> 0) + (high & 0xfff) * 2 ** 32;
}

/** MODE at bits 63:60. */
export function modeAtp(high: number): number {
  return high >>> 28;
}

/**
 * Where a qword of a driver's tables names a table: a pointer, of which nothing but V is set below its PPN, or an address with a
 * mode; -1 when it names none. That a process context's ta is not taken for a pointer is up to ENS, which drivers set in it.
 */
export function tableAt(low: number, high: number): number {
  if (modeAtp(high) !== 0) return 0;
  return (low & 0x3ff) === 1 && high === 0 ? 10 : -1;
}
