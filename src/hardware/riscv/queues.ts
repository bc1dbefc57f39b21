/** Records of the fault queue (3.2) and the page-request queue (3.3), as 32-bit words. */

/** A fault record of 32 bytes. */
export interface FaultRecord {
  readonly cause: number;
  /** Process id, or -1. */
  readonly pid: number;
  readonly rid: number;
  /** Of the IOVA (iotval). */
  readonly page: number;
  /** Bits 63:2 of iotval2: the guest-physical page of a guest page fault. */
  readonly guestPage: number;
}

/** Words of a fault record. */
export const FAULT_WORDS = 8;
/** PV, in the high word of the header. */
const PV = 1 << 0;

export function decodeFault(words: ArrayLike<number>, at = 0): FaultRecord {
  const low = words[at];
  const high = words[at + 1];
  return {
    cause: low & 0xfff,
    pid: (high & PV) !== 0 ? low >>> 12 : -1,
    rid: high >>> 8,
    page: pageOf(words, at + 4),
    guestPage: pageOf(words, at + 6),
  };
}

/** A page request of 16 bytes. */
export interface PageRequest {
  readonly rid: number;
  readonly pid: number;
  readonly page: number;
  /** Page-request group index. */
  readonly group: number;
  readonly last: boolean;
  readonly permission: number;
}

const LAST = 1 << 2;

export function encodePageRequest(request: PageRequest, out: Int32Array): void {
  const { rid, pid, page, group, last, permission } = request;
  out[0] = pid >= 0 ? pid << 12 : 0;
  out[1] = (pid >= 0 ? PV : 0) | (rid << 8);
  out[2] = ((page % 2 ** 20) << 12) | (group << 3) | (last ? LAST : 0) | permission;
  out[3] = Math.floor(page / 2 ** 20);
}

export function decodePageRequest(words: ArrayLike<number>): PageRequest {
  return {
    rid: words[1] >>> 8,
    pid: (words[1] & PV) !== 0 ? words[0] >>> 12 : -1,
    page: (words[2] >>> 12) + (words[3] >>> 0) * 2 ** 20,
    group: (words[2] >>> 3) & 0x1ff,
    last: (words[2] & LAST) !== 0,
    permission: words[2] & 3,
  };
}

function pageOf(words: ArrayLike<number>, at: number): number {
  return (words[at] >>> 12) + (words[at + 1] >>> 0) * 2 ** 20;
}
