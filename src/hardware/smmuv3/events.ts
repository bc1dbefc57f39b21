/** Events (7.3), by the number that the record carries. 0 is none. */
export const EVENT = {
  badStreamId: 0x02, // C_BAD_STREAMID
  streamFetch: 0x03, // F_STE_FETCH
  badStream: 0x04, // C_BAD_STE
  badTranslationRequest: 0x05, // F_BAD_ATS_TREQ
  streamDisabled: 0x06, // F_STREAM_DISABLED
  translatedForbidden: 0x07, // F_TRANSL_FORBIDDEN
  badSubstream: 0x08, // C_BAD_SUBSTREAMID
  contextFetch: 0x09, // F_CD_FETCH
  badContext: 0x0a, // C_BAD_CD
  walkAbort: 0x0b, // F_WALK_EABT
  translation: 0x10, // F_TRANSLATION
  addressSize: 0x11, // F_ADDR_SIZE
  access: 0x12, // F_ACCESS
  permission: 0x13, // F_PERMISSION
  /** No event: a stream that is configured to abort ends its requests and records nothing (5.2, Config). */
  aborted: 0x100,
} as const;

const names = new Map<number, string>(Object.entries(EVENT).map(([name, code]) => [code, name]));

/** The name of an event; a number that is none prints as itself. */
export function eventName(code: number): string {
  return names.get(code) ?? `event 0x${code.toString(16)}`;
}

/** Words of an event record. */
export const EVENT_WORDS = 8;

/** A record of the event queue, as far as those of the translation process have it (7.3.13–7.3.16). */
export interface EventRecord {
  readonly type: number;
  readonly rid: number;
  /** SubstreamID, or -1. */
  readonly substream: number;
  /** Of the input address. */
  readonly page: number;
  readonly isRead: boolean;
  /** Of a transaction that is held: what CMD_RESUME names it by; -1 where it has been terminated. */
  readonly stag: number;
}

/** SSV, in the first word. */
const WITH_SUBSTREAM = 1 << 11;
/** Stall, in the third word. */
const STALL = 1 << 31;
/** RnW, in the fourth word. */
const READ = 1 << 3;

export function encodeEvent(record: EventRecord, out: Int32Array): void {
  const { type, rid, substream, page, isRead, stag } = record;
  out.fill(0);
  out[0] = type | (substream >= 0 ? WITH_SUBSTREAM | (substream << 12) : 0);
  out[1] = rid;
  out[2] = stag >= 0 ? STALL | stag : 0;
  out[3] = isRead ? READ : 0;
  out[4] = (page % 2 ** 20) << 12;
  out[5] = Math.floor(page / 2 ** 20);
}

export function decodeEvent(words: ArrayLike<number>): EventRecord {
  return {
    type: words[0] & 0xff,
    rid: words[1] >>> 0,
    substream: (words[0] & WITH_SUBSTREAM) !== 0 ? words[0] >>> 12 : -1,
    page: (words[4] >>> 12) + (words[5] >>> 0) * 2 ** 20,
    isRead: (words[3] & READ) !== 0,
    stag: (words[2] & STALL) !== 0 ? words[2] & 0xffff : -1,
  };
}

/** Events that a translation request is answered with "no permission" for (3.9.1), and that may stall (5.5). */
export function isRecoverable(event: number): boolean {
  return event >= EVENT.translation && event <= EVENT.permission;
}
