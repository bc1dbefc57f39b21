import { describe, expect, test } from 'vitest';
import {
  type Answer,
  type AnswerName,
  ANSWERS,
  encodeAnswer,
  RESPONSE,
  RESUME,
} from '../../../src/hardware/smmuv3/answers.js';
import { CD_STALL } from '../../../src/hardware/smmuv3/entries/context.js';
import * as stream from '../../../src/hardware/smmuv3/entries/stream.js';
import { EVENT } from '../../../src/hardware/smmuv3/events.js';
import { smmuv3 } from '../../../src/hardware/smmuv3/index.js';
import {
  CODE,
  decodePageRequest,
  encodePageRequest,
  type PageRequest,
  PriQueue,
} from '../../../src/hardware/smmuv3/pri.js';
import { type Faulted, StallUnit } from '../../../src/hardware/smmuv3/stalls.js';
import { NaiveWalker } from '../../../src/hardware/smmuv3/walk-naive.js';
import { device, shape } from '../machine.js';
import { firstFlags, secondFlags, SmmuMachine } from './world.js';

const RID = 0x18;
const OTHER = 0x19;

function answer(name: AnswerName, over: Partial<Answer> = {}): Answer {
  return { name, rid: RID, substream: -1, stag: 0, group: 0, action: 0, ...over };
}

describe('answers', () => {
  const q = (words: Int32Array, at: number): bigint =>
    (BigInt(words[at + 1] >>> 0) << 32n) | BigInt(words[at] >>> 0);

  test.each<[AnswerName, Partial<Answer>, bigint, bigint]>([
    // SSV 11, SubstreamID 31:12, StreamID 63:32; PRGIndex 8:0, Resp 13:12 of dword 1.
    ['pri-resp', { substream: 9, group: 0x1ab, action: RESPONSE.success }, 0x18_00009841n, 0x21abn],
    ['pri-resp', { group: 1, action: RESPONSE.invalid }, 0x18_00000041n, 0x1001n],
    // Ac 12, Ab 13; STAG 15:0 of dword 1.
    ['resume', { stag: 0xbeef, action: RESUME.retry }, 0x18_00001044n, 0xbeefn],
    ['resume', { stag: 1, action: RESUME.abort }, 0x18_00002044n, 1n],
    ['stall-term', {}, 0x18_00000045n, 0n],
  ])('%s %j', (name, over, first, second) => {
    const words = new Int32Array(4);
    encodeAnswer(answer(name, over), words);
    expect([q(words, 0), q(words, 2)]).toEqual([first, second]);
  });

  test('are no invalidations', () => {
    const names: readonly string[] = smmuv3.commands.map((command) => command.name);
    for (const { name } of ANSWERS) expect(names).not.toContain(name);
  });
});

describe('which faults are held (5.5)', () => {
  const m = new SmmuMachine(shape({ devices: [device(RID, { pri: true })] }));
  const walker = new NaiveWalker(
    m,
    () => 2,
    () => true,
  );
  const [root, contexts, second] = [m.table(), m.table(), m.table()];
  m.map(root, 3, 3, 0x777, firstFlags(1));
  m.map(second, 3, 5, 0x778, secondFlags(3));
  m.context(contexts, 0, 33, root, 3, CD_STALL);
  m.context(contexts, 1, 34, root);
  const FIRST = { contexts, maximum: 2, byDefault: stream.DEFAULT.zero };
  const go = (substream: number, page: number, permission: number) => {
    const event = walker.translate(0, RID, substream, page, permission);
    return { event, held: walker.stalls, asked: m.bound.holds!(0, substream, page) };
  };

  test('those of a translation by a descriptor with S', () => {
    m.stream(RID, stream.CONFIG.first, FIRST);
    expect(go(-1, 4, 1)).toEqual({ event: EVENT.translation, held: true, asked: true });
    expect(go(-1, 3, 2)).toEqual({ event: EVENT.permission, held: true, asked: true });
    expect(go(-1, 3, 1), 'a write would be').toEqual({ event: 0, held: false, asked: true });
    m.map(root, 3, 6, 0x777, firstFlags(3));
    expect(m.bound.holds!(0, -1, 6), 'nothing faults').toBe(false);
    expect(go(1, 4, 1), 'a descriptor without S').toEqual({
      event: EVENT.translation,
      held: false,
      asked: false,
    });
    expect(go(2, 4, 1), 'no descriptor').toEqual({ event: EVENT.badContext, held: false, asked: false });
  });

  test('none of a translation request, which is answered without permission', () => {
    m.stream(RID, stream.CONFIG.first, { ...FIRST, flags: stream.STE_ATS });
    expect(walker.translationRequest(0, RID, -1, 4)).toBe(0);
    expect([walker.permission, walker.stalls]).toEqual([0, false]);
  });

  test('S1STALLD makes a descriptor with S ILLEGAL, and is so itself where nobody stalls', () => {
    m.stream(RID, stream.CONFIG.first, { ...FIRST, flags: stream.STE_STALL_DISABLE });
    expect(go(-1, 4, 1)).toEqual({ event: EVENT.badContext, held: false, asked: false });
    expect(go(1, 4, 1)).toEqual({ event: EVENT.translation, held: false, asked: false });
    const cannot = new NaiveWalker(m, () => 2);
    expect(cannot.translate(0, RID, 1, 4, 1)).toBe(EVENT.badStream);
  });

  test('none of the second stage, nor of bypass and abort', () => {
    m.stream(RID, stream.CONFIG.second, { second });
    expect(go(-1, 4, 1)).toEqual({ event: EVENT.translation, held: false, asked: false });
    m.stream(RID, stream.CONFIG.bypass);
    expect(go(-1, 4, 1)).toEqual({ event: 0, held: false, asked: false });
    m.stream(RID, stream.CONFIG.abort);
    expect(go(-1, 4, 1)).toEqual({ event: EVENT.aborted, held: false, asked: false });
  });
});

describe('held transactions', () => {
  const fault = (over: Partial<Faulted> = {}): Faulted => ({
    type: EVENT.translation,
    rid: RID,
    substream: -1,
    page: 4,
    isRead: true,
    stalls: true,
    ...over,
  });
  /** Two of one stream, one of another, all reported. */
  const three = (): StallUnit => {
    const unit = new StallUnit(4, 4);
    expect([RID, RID, OTHER].map((rid) => unit.fault(fault({ rid })))).toEqual([0, 1, 2]);
    return unit;
  };

  /** By command: what of {@link three} is left when it has been consumed with StreamID {@link RID} and STAG 1. */
  const LEFT: Readonly<Record<AnswerName, readonly number[]>> = {
    'pri-resp': [0, 1, 2],
    resume: [0, 2],
    'stall-term': [2],
  };
  test.each(Object.entries(LEFT))('%s leaves %j', (name, left) => {
    const unit = three();
    const ended = unit.consume(answer(name as AnswerName, { stag: 1, action: RESUME.retry }));
    expect([...unit.heldOf(RID), ...unit.heldOf(OTHER)]).toEqual(left);
    expect(ended.map(({ action }) => action)).toEqual(
      name === 'resume' ? [RESUME.retry] : name === 'stall-term' ? [RESUME.abort, RESUME.abort] : [],
    );
  });

  test('an answer that names nothing that is held has no effect', () => {
    const unit = three();
    expect(unit.consume(answer('resume', { stag: 2 }))).toEqual([]);
    expect(unit.consume(answer('resume', { stag: 3 }))).toEqual([]);
    expect(unit.consume(answer('resume', { stag: 1 }))).toHaveLength(1);
    expect(unit.consume(answer('resume', { stag: 1 })), 'a second time').toEqual([]);
  });

  test('are told of with their tag, which is free again when they have been answered', () => {
    const unit = three();
    expect(unit.take()).toEqual({
      type: EVENT.translation,
      rid: RID,
      substream: -1,
      page: 4,
      isRead: true,
      stag: 0,
    });
    expect(unit.fault(fault())).toBe(3);
    expect(unit.fault(fault()), 'no tag is left').toBeUndefined();
    unit.consume(answer('resume', { stag: 0 }));
    expect(unit.fault(fault())).toBe(0);
  });

  test('a full event queue loses the events of what was terminated, not theirs', () => {
    const unit = new StallUnit(1, 4);
    expect(unit.fault(fault({ stalls: false, page: 1 }))).toBe(-1);
    expect(unit.fault(fault({ stalls: false, page: 2 }))).toBe(-1);
    expect(unit.hasOverflowed).toBe(true);
    expect(unit.fault(fault({ page: 3 }))).toBe(0);
    expect([unit.take()?.page, unit.take()?.page, unit.take()]).toEqual([1, 3, undefined]);
  });

  test('of a stream that changes: those not told of are tried again, the others stay', () => {
    const unit = new StallUnit(1, 4);
    unit.fault(fault({ page: 1 }));
    unit.fault(fault({ page: 2 }));
    expect(unit.synchronize(OTHER)).toEqual([]);
    expect(unit.synchronize(RID)).toEqual([{ transaction: fault({ page: 2 }), action: RESUME.retry }]);
    expect(unit.heldOf(RID)).toEqual([0]);
    expect([unit.take()?.page, unit.take()]).toEqual([1, undefined]);
  });

  test('go when the SMMU is switched off', () => {
    const unit = three();
    expect(unit.disable().map(({ action }) => action)).toEqual([RESUME.abort, RESUME.abort, RESUME.abort]);
    expect([unit.heldOf(RID), unit.heldOf(OTHER)]).toEqual([[], []]);
  });
});

describe('page requests (chapter 8)', () => {
  const asked: PageRequest = {
    rid: RID,
    substream: 9,
    page: 0x112345,
    group: 0x1ab,
    last: true,
    permission: 3,
  };
  const none = { ...asked, substream: -1 };

  test('have the bits of the specification', () => {
    const words = new Int32Array(4);
    encodePageRequest(asked, words);
    // StreamID 31:0, SubstreamID 51:32, R 60, W 61, L 62, SSV 63; PRGIndex 8:0 and page 63:12 of dword 1.
    expect([...words].map((word) => word >>> 0)).toEqual([0x18, 0xf0000009, 0x123451ab, 1]);
    expect(decodePageRequest(words)).toEqual(asked);
    encodePageRequest(none, words);
    expect(decodePageRequest(words)).toEqual(none);
  });

  test('are queued in their order, and answered by group and PASID', () => {
    const queue = new PriQueue(4, () => undefined);
    expect([queue.request({ ...asked, last: false }), queue.request(asked)]).toEqual([undefined, undefined]);
    expect([queue.take()?.last, queue.take()?.last, queue.take()]).toEqual([false, true, undefined]);
    const codes = [RESPONSE.success, RESPONSE.invalid, RESPONSE.failure].map((action) =>
      queue.respond(answer('pri-resp', { substream: 9, group: 5, action })),
    );
    expect(codes).toEqual(
      [CODE.success, CODE.invalid, CODE.failure].map((code) => ({ rid: RID, substream: 9, group: 5, code })),
    );
  });

  type Case = [string, PageRequest, boolean | undefined, { substream: number; code: number } | undefined];
  test.each<Case>([
    ['without PASID', none, undefined, { substream: -1, code: CODE.success }],
    ['with PASID and PPAR', asked, true, { substream: 9, code: CODE.success }],
    ['with PASID, without PPAR', asked, false, { substream: -1, code: CODE.success }],
    ['with PASID, of no valid stream', asked, undefined, { substream: -1, code: CODE.failure }],
    ['not the last of its group', { ...asked, last: false }, true, undefined],
    ['a stop marker', { ...asked, permission: 0 }, true, undefined],
  ])('overflow, %s (8.1)', (_, request, ppar, expected) => {
    const queue = new PriQueue(1, () => (ppar === undefined ? undefined : { answersWithPasid: ppar }));
    queue.request(asked);
    const given = expected && { rid: RID, group: request.group, ...expected };
    expect(queue.request(request)).toEqual(given);
    queue.take();
    expect(queue.request(request), 'until software knows of it').toEqual(given);
    queue.acknowledge();
    expect(queue.request(request)).toBeUndefined();
    expect(queue.take()).toEqual(request);
  });

  test('PPAR is that of the stream table entry', () => {
    const m = new SmmuMachine();
    const walker = new NaiveWalker(m, () => 2);
    const queue = new PriQueue(0, (rid) => {
      const found = walker.findStream(0, rid);
      return typeof found === 'number' ? undefined : found;
    });
    expect(queue.request(asked)?.code).toBe(CODE.failure);
    m.stream(RID, stream.CONFIG.bypass, { flags: stream.STE_PPAR });
    expect(queue.request(asked)).toEqual({ rid: RID, substream: 9, group: 0x1ab, code: CODE.success });
    m.stream(RID, stream.CONFIG.bypass);
    expect(queue.request(asked)?.substream).toBe(-1);
  });

  test('fail while the queue is off (8.2)', () => {
    const queue = new PriQueue(4, () => ({ answersWithPasid: true }));
    queue.isEnabled = false;
    expect(queue.request(asked)).toEqual({ rid: RID, substream: -1, group: 0x1ab, code: CODE.failure });
    expect(queue.request({ ...asked, permission: 0 })).toBeUndefined();
    queue.isEnabled = true;
    expect(queue.take()).toBeUndefined();
  });
});
