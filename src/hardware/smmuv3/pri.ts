import { type Answer, RESPONSE } from './answers.js';

/** A page request of a device with ATS as the PRI queue holds it (chapter 8). */
export interface PageRequest {
  readonly rid: number;
  /** PASID, or -1. */
  readonly substream: number;
  readonly page: number;
  /** PRGIndex. */
  readonly group: number;
  /** Last of its group. */
  readonly last: boolean;
  /** 1 read, 2 write. */
  readonly permission: number;
}

/** In the second word; SubstreamID 19:0. */
const READ_SHIFT = 28;
const LAST = 1 << 30;
const WITH_SUBSTREAM = 1 << 31;

export function encodePageRequest(request: PageRequest, out: Int32Array): void {
  const { rid, substream, page, group, last, permission } = request;
  out[0] = rid;
  out[1] = (permission << READ_SHIFT) | (last ? LAST : 0) | (substream >= 0 ? WITH_SUBSTREAM | substream : 0);
  out[2] = ((page % 2 ** 20) << 12) | group;
  out[3] = Math.floor(page / 2 ** 20);
}

export function decodePageRequest(words: ArrayLike<number>): PageRequest {
  return {
    rid: words[0] >>> 0,
    substream: (words[1] & WITH_SUBSTREAM) !== 0 ? words[1] & 0xfffff : -1,
    page: (words[2] >>> 12) + (words[3] >>> 0) * 2 ** 20,
    group: words[2] & 0x1ff,
    last: (words[1] & LAST) !== 0,
    permission: (words[1] >>> READ_SHIFT) & 3,
  };
}

/** Response codes that reach the device (8.3). */
export const CODE = { success: 0, invalid: 1, failure: 15 } as const;

/** A response to a page request group. */
export interface GroupResponse {
  readonly rid: number;
  readonly substream: number;
  readonly group: number;
  readonly code: number;
}

/** A request with a PASID that asks for nothing: the device is done with the PASID. Nobody answers it. */
export function isStopMarker({ substream, last, permission }: PageRequest): boolean {
  return substream >= 0 && last && permission === 0;
}

/**
 * The PRI queue. What finds no place in it the SMMU answers by itself, so that a device never waits for nothing: "failure" while the
 * queue is off (8.2), "success" while it has overflowed, whereupon the device asks again (8.1). It stays overflowed until software
 * says that it knows. ATS need not be on in the stream table entry (8.2).
 */
export class PriQueue {
  isEnabled = true;
  hasOverflowed = false;
  private readonly requests: PageRequest[] = [];

  constructor(
    private readonly room: number,
    /** The valid stream table entry of a StreamID: whether PPAR is set; undefined where there is none. */
    private readonly streamOf: (rid: number) => { readonly answersWithPasid: boolean } | undefined,
  ) {}

  /** A device asks. Returns the response that the SMMU gives by itself, if any. */
  request(request: PageRequest): GroupResponse | undefined {
    const { rid, group, last } = request;
    if (!this.isEnabled)
      return !isStopMarker(request) ? { rid, group, substream: -1, code: CODE.failure } : undefined;
    if (this.requests.length >= this.room) this.hasOverflowed = true;
    if (!this.hasOverflowed) {
      this.requests.push(request);
      return undefined;
    }
    return last && !isStopMarker(request) ? this.overflowResponse(request) : undefined;
  }

  /** Software takes the oldest request. */
  take(): PageRequest | undefined {
    return this.requests.shift();
  }

  /** PRIQ_CONS.OVACKFLG is set to what OVFLG is. */
  acknowledge(): void {
    this.hasOverflowed = false;
  }

  /** CMD_PRI_RESP is consumed: what the device hears. */
  respond({ rid, substream, group, action }: Answer): GroupResponse {
    const code =
      action === RESPONSE.success ? CODE.success : action === RESPONSE.invalid ? CODE.invalid : CODE.failure;
    return { rid, substream, group, code };
  }

  /** Where IDR3.PPS is 0 the stream table entry decides whether the PASID is on it, and is needed for that (8.1). */
  private overflowResponse({ rid, substream, group }: PageRequest): GroupResponse {
    if (substream < 0) return { rid, substream, group, code: CODE.success };
    const stream = this.streamOf(rid);
    if (stream === undefined) return { rid, substream: -1, group, code: CODE.failure };
    return { rid, substream: stream.answersWithPasid ? substream : -1, group, code: CODE.success };
  }
}
