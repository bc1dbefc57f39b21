/** What of a faulted transaction or a page request an answering command must match. */
export type AnswerField = 'rid' | 'substream' | 'stag' | 'group';

export interface AnswerSpec {
  readonly name: string;
  readonly title: string;
  readonly section: string;
  readonly opcode: number;
  /** What it ends: transactions that are held, or page request groups. */
  readonly ends: 'stall' | 'group';
  readonly match: readonly AnswerField[];
}

/**
 * Commands that answer faults. They invalidate nothing, and nothing that invalidates answers: a held transaction is unaffected by
 * CFGI and TLBI (4.3.8), and goes when one of these names it. CMD_SYNC promises nothing about them: they are complete
 * when they have been consumed (4.6.3).
 */
export const ANSWERS = [
  {
    name: 'pri-resp',
    title: 'CMD_PRI_RESP',
    section: '4.5.2',
    opcode: 0x41,
    ends: 'group',
    match: ['rid', 'substream', 'group'],
  },
  {
    name: 'resume',
    title: 'CMD_RESUME',
    section: '4.6.1',
    opcode: 0x44,
    ends: 'stall',
    match: ['rid', 'stag'],
  },
  {
    name: 'stall-term',
    title: 'CMD_STALL_TERM',
    section: '4.6.2',
    opcode: 0x45,
    ends: 'stall',
    match: ['rid'],
  },
] as const satisfies readonly AnswerSpec[];

export type AnswerName = (typeof ANSWERS)[number]['name'];

/** Ac and Ab of CMD_RESUME: retried as though it had just arrived, ended well with nothing done (RAZ/WI), or with an abort. */
export const RESUME = { finish: 0, retry: 1, abort: 2 } as const;

/** Resp of CMD_PRI_RESP. */
export const RESPONSE = { failure: 0, invalid: 1, success: 2 } as const;

/** An answer as the command queue holds it. */
export interface Answer {
  readonly name: AnswerName;
  readonly rid: number;
  /** SubstreamID, or -1. */
  readonly substream: number;
  readonly stag: number;
  /** PRGIndex. */
  readonly group: number;
  /** One of {@link RESUME} or {@link RESPONSE}. */
  readonly action: number;
}

/** SSV of CMD_PRI_RESP. */
const WITH_SUBSTREAM = 1 << 11;

/** Words 0–3 of the 128-bit command. */
export function encodeAnswer(answer: Answer, out: Int32Array): void {
  const { name, rid, substream, stag, group, action } = answer;
  out.fill(0);
  out[0] = ANSWERS.find((one) => one.name === name)!.opcode;
  out[1] = rid;
  switch (name) {
    case 'pri-resp':
      if (substream >= 0) out[0] |= WITH_SUBSTREAM | (substream << 12);
      out[2] = group | (action << 12);
      break;
    case 'resume':
      out[0] |= action << 12;
      out[2] = stag;
      break;
  }
}
