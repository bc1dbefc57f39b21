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

/** Number, StreamID and page (of the records that have an input address) of an event record. */
export function decodeEvent(words: ArrayLike<number>): { type: number; rid: number; page: number } {
  return { type: words[0] & 0xff, rid: words[1] >>> 0, page: (words[4] >>> 12) + (words[5] >>> 0) * 2 ** 20 };
}
