import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as context from '../../../src/hardware/smmuv3/entries/context.js';
import * as stream from '../../../src/hardware/smmuv3/entries/stream.js';
import * as table from '../../../src/hardware/smmuv3/entries/table.js';
import { EVENT, eventName, isRecoverable } from '../../../src/hardware/smmuv3/events.js';
import { smmuv3 } from '../../../src/hardware/smmuv3/index.js';
import { FastWalker } from '../../../src/hardware/smmuv3/walk-fast.js';
import { NaiveWalker } from '../../../src/hardware/smmuv3/walk-naive.js';
import { ROW } from '../../../src/vocabulary/architecture.js';
import { device, row, shape } from '../machine.js';
import { closureAsWalked, sameAnswer } from '../walks.js';
import { firstFlags, secondFlags, SmmuMachine, TABLE } from './world.js';

const RID = 0x10;
const { CONFIG, FORMAT, DEFAULT } = stream;
const answer = (walker: NaiveWalker | FastWalker, fault: number): string =>
  fault !== 0
    ? eventName(fault) + (walker.stalls ? ' held' : '')
    : `${walker.frame} size ${walker.size} permission ${walker.permission} vmid ${walker.tag} asid ${walker.asid}`;

describe('the naive walker', () => {
  const m = new SmmuMachine();
  const walker = new NaiveWalker(m, () => 2);
  const go = (substream: number, page: number, permission: number): string =>
    answer(walker, walker.translate(0, RID, substream, page, permission));
  const root = m.table();
  const leaf = m.map(root, 3, 3, 0x777, firstFlags(3));
  m.map(root, 3, 5, 0x778, firstFlags(1));
  m.map(root, 3, 512, 0x800, firstFlags(3, 2), 2);
  m.map(root, 3, 6, 0x779, firstFlags(3) & ~table.ACCESSED);
  m.map(root, 3, 7, 0x77a, firstFlags(3) & ~table.NOT_GLOBAL);
  m.map(root, 3, 8, 0x77b, firstFlags(3) & ~table.AP_USER);
  const contexts = m.table();
  m.context(contexts, 0, 33, root);
  m.context(contexts, 2, 34, root, 3, context.CD_AFFD);

  test.each([
    [3, 3, '1911 size 0 permission 3 vmid 9 asid 33'],
    [5, 1, '1912 size 0 permission 1 vmid 9 asid 33'],
    [5, 2, 'permission'],
    [6, 1, 'access'],
    [7, 1, '1914 size 0 permission 3 vmid 9 asid -1'],
    [8, 1, 'permission'],
    [9, 1, 'translation'],
    [515, 2, '2051 size 9 permission 3 vmid 9 asid 33'],
    [2 ** 27, 1, 'translation'],
  ])('stage 1, page %i permission %i: %s', (page, permission, expected) => {
    m.stream(RID, CONFIG.first, { contexts, vmid: 9 });
    expect(go(-1, page, permission)).toBe(expected);
  });

  test('substreams: by number, and what becomes of requests without', () => {
    m.stream(RID, CONFIG.first, { contexts });
    expect(go(0, 3, 1)).toBe('badSubstream');
    m.stream(RID, CONFIG.first, { contexts, maximum: 2, byDefault: DEFAULT.terminate });
    expect(go(2, 6, 1)).toBe('1913 size 0 permission 3 vmid 0 asid 34');
    expect(go(0, 3, 1)).toBe('1911 size 0 permission 3 vmid 0 asid 33');
    expect(go(1, 3, 1)).toBe('badContext');
    expect(go(4, 3, 1)).toBe('badSubstream');
    expect(go(-1, 3, 1)).toBe('streamDisabled');
    m.stream(RID, CONFIG.first, { contexts, maximum: 2, byDefault: DEFAULT.bypass });
    expect(go(-1, 3, 1)).toBe('3 size 36 permission 3 vmid 0 asid -1');
    m.stream(RID, CONFIG.first, { contexts, maximum: 2, byDefault: DEFAULT.zero });
    expect(go(-1, 3, 1)).toBe('1911 size 0 permission 3 vmid 0 asid 33');
    expect(go(0, 3, 1)).toBe('badSubstream');
    const upper = m.table();
    m.store(upper, 0, context.makeContextDirectory(contexts));
    m.stream(RID, CONFIG.first, { contexts: upper, maximum: 8, format: FORMAT.two });
    expect(go(2, 3, 1)).toBe('1911 size 0 permission 3 vmid 0 asid 34');
    expect(go(64, 3, 1)).toBe('badSubstream');
  });

  test('stage 2, bypass and abort', () => {
    const second = m.table();
    m.map(second, 3, 3, 0x999, secondFlags(3));
    m.map(second, 3, 4, 0x99a, secondFlags(2));
    m.stream(RID, CONFIG.second, { second, vmid: 5 });
    expect(go(-1, 3, 3)).toBe('2457 size 0 permission 3 vmid 5 asid -1');
    expect(go(-1, 4, 1)).toBe('permission');
    expect(go(-1, 4, 2)).toBe('2458 size 0 permission 2 vmid 5 asid -1');
    expect(go(-1, 2 ** 27, 1)).toBe('translation');
    expect(go(-1, 2 ** 30, 1)).toBe('addressSize');
    expect(go(1, 3, 1)).toBe('badSubstream');
    m.stream(RID, CONFIG.bypass);
    expect(go(-1, 3, 3)).toBe('3 size 36 permission 3 vmid 0 asid -1');
    m.stream(RID, CONFIG.abort);
    expect(go(-1, 3, 1)).toBe('aborted');
  });

  test('tables above take rights away', () => {
    m.stream(RID, CONFIG.first, { contexts });
    const index = 0;
    const [low, high] = [m.low(root, index), m.high(root, index)];
    m.store(root, index, [low, high | table.TABLE_READ_ONLY]);
    expect(go(-1, 3, 2)).toBe('permission');
    expect(go(-1, 3, 1)).toBe('1911 size 0 permission 1 vmid 0 asid 33');
    m.store(root, index, [low, high | table.TABLE_PRIVILEGED]);
    expect(go(-1, 3, 1)).toBe('permission');
    m.store(root, index, [low, high]);
    m.store(leaf, 3, [m.low(leaf, 3) & ~2, 0]);
    expect(go(-1, 3, 1)).toBe('translation');
    m.store(leaf, 3, [m.low(leaf, 3) | 2, 0]);
  });

  test('the stream table, ATS', () => {
    expect(walker.translate(0, 0x40, -1, 3, 1)).toBe(EVENT.badStreamId);
    expect(walker.translate(0, 0x11, -1, 3, 1)).toBe(EVENT.badStream);
    m.stream(RID, CONFIG.first, { contexts, flags: stream.STE_STALL_DISABLE });
    expect(go(-1, 3, 1)).toBe('badStream');
    m.stream(RID, CONFIG.first, { contexts });
    expect(walker.translatedRequest(0, RID)).toBe(EVENT.translatedForbidden);
    expect(walker.translationRequest(0, RID, -1, 5)).toBe(EVENT.badTranslationRequest);
    m.stream(RID, CONFIG.first, { contexts, flags: stream.STE_ATS });
    expect(walker.translatedRequest(0, RID)).toBe(0);
    expect([walker.translationRequest(0, RID, -1, 5), walker.permission]).toEqual([0, 1]);
    expect([walker.translationRequest(0, RID, -1, 9), walker.permission]).toEqual([0, 0]);
    const flat = new SmmuMachine(undefined, 16, 0, 1);
    flat.stream(RID, CONFIG.bypass);
    const linear = new NaiveWalker(flat, () => 1);
    expect(linear.translate(0, RID, -1, 3, 1)).toBe(0);
    expect(linear.translate(0, 0x10000, -1, 3, 1)).toBe(EVENT.badStreamId);
  });
});

/**
 * Tables that reach one another at random. Frames 1 and 2 are the stream table, 4 and 5 context descriptors and their directory,
 * 8 to 10 second-stage tables that show frames 4 to 31 at their own numbers, 12 a root above them, 16 to 31 first-stage tables.
 */
const FRAMES = 32;
const INDICES = [0, 1, 2, 511];
const L = firstFlags(3);
const stores = fc.array(
  fc.tuple(
    fc.integer({ min: 16, max: FRAMES - 1 }),
    fc.oneof(
      { weight: 14, arbitrary: fc.constantFrom(TABLE, TABLE, TABLE, L, L, firstFlags(1), L | 1) },
      { weight: 4, arbitrary: fc.constantFrom(0, 1, L & ~2, L & ~table.ACCESSED, L & ~table.AP_USER) },
    ),
    fc.oneof(
      { weight: 30, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.constantFrom(table.TABLE_READ_ONLY, table.TABLE_PRIVILEGED, 0x400, 0x8000) },
    ),
  ),
  { minLength: 40, maxLength: 40 },
);
const S = secondFlags(3);
const windows = fc.array(
  fc.constantFrom(S, S, S, S, S, secondFlags(1), secondFlags(2), S & ~table.ACCESSED, 0),
  {
    minLength: 28,
    maxLength: 28,
  },
);
const entry = fc.record({
  config: fc.constantFrom(5, 5, 6, 7, 7, 7, 4, 0, 2),
  maximum: fc.constantFrom(0, 1, 2, 2, 7, 7, 16),
  format: fc.constantFrom(0, 0, 1, 1, 2),
  byDefault: fc.constantFrom(0, 1, 2, 2, 3),
  flags: fc.constantFrom(0, stream.STE_ATS, stream.STE_ATS, stream.STE_ATS, 1 << 27),
  secondLevels: fc.constantFrom(3, 4),
  flags2: fc.constantFrom(0, 0, 0, 0, stream.S2_AFFD, 1 << 25, 1 << 20),
  levels: fc.constantFrom(3, 4),
  contextFlags: fc.constantFrom(0, 0, 0, context.CD_AFFD, context.CD_STALL, context.CD_STALL),
  badContext: fc.constantFrom(0, 0, 0, 0, 0, 1 << 31, 1 << 15, 1 << 14),
  stalls: fc.constantFrom(true, true, false),
});
const pages = fc.constantFrom(
  0,
  1,
  2,
  6,
  21,
  25,
  511,
  512,
  513,
  1 << 18,
  (1 << 18) + 513,
  2 ** 27 + 1,
  2 ** 30,
  2 ** 36,
);
const requests = fc.array(
  fc.tuple(fc.constantFrom(-1, -1, 0, 1, 1, 70), pages, fc.integer({ min: 0, max: 3 })),
  {
    minLength: 10,
    maxLength: 10,
  },
);
/** An SMMU that can stall has a device that waits for answers. */
const STALLING = shape({ devices: [device(RID, { pri: true })] });
type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never;

function build(drawn: readonly (readonly [number, number, number])[], rights: readonly number[], e: Entry) {
  const m = new SmmuMachine(e.stalls ? STALLING : undefined, FRAMES);
  while (m.ram.allocate(1) !== 0);
  drawn.forEach(([to, flags, high], i) => {
    // A frame beyond what an address can name comes with a bit of the high word.
    m.store(16 + (i >> 2), INDICES[i & 3], [(to << 12) | flags, high]);
  });
  for (const [from, to] of [
    [12, 8],
    [8, 9],
    [9, 10],
  ])
    m.store(from, 0, table.makeDescriptor(to, TABLE));
  rights.forEach((right, i) => {
    m.store(10, 4 + i, table.makeDescriptor(4 + i, right));
  });
  const isTwo = e.format === FORMAT.two;
  m.stream(RID, e.config, {
    ...e,
    contexts: isTwo && e.maximum > 0 ? 5 : 4,
    second: e.secondLevels === 4 ? 12 : 8,
    vmid: 7,
  });
  m.store(5, 0, context.makeContextDirectory(4));
  m.store(5, 1, context.makeContextDirectory(e.badContext === 1 << 15 ? 500 : 4));
  for (const substream of [0, 1, 6]) {
    m.context(4, substream, 40 + substream, 16 + substream, e.levels, e.contextFlags);
    const at = context.contextIndex(substream);
    m.store(4, at, [m.low(4, at) ^ e.badContext, m.high(4, at)]);
  }
  return m;
}

test('both walkers agree on random tables, malformed ones included', () => {
  const translated = new Map<string, number>();
  const faults = new Set<number>();
  const held = new Set<string>();
  fc.assert(
    fc.property(stores, windows, entry, requests, (drawn, rights, e, asked) => {
      const m = build(drawn, rights, e);
      const naive = new NaiveWalker(
        m,
        () => 2,
        () => e.stalls,
      );
      const fast = new FastWalker(
        m.ram,
        () => m.root(0),
        () => 2,
        () => e.stalls,
      );
      for (const [substream, page, permission] of asked) {
        const fault = sameAnswer(
          naive,
          fast,
          answer,
          (walker) => walker.translate(0, RID, substream, page, permission),
          (walker) => walker.translationRequest(0, RID, substream, page),
        );
        if (fault === 0) {
          const what = `${e.config}${substream >= 0 ? ' substream' : ''}`;
          translated.set(what, (translated.get(what) ?? 0) + 1);
        } else {
          faults.add(fault);
          if (naive.stalls) held.add(`${e.config}${substream >= 0 ? ' substream' : ''} ${eventName(fault)}`);
        }
      }
    }),
    { seed: 4, numRuns: 8000 },
  );
  for (const what of ['4', '5', '6', '7', '5 substream', '7 substream'])
    expect(translated.get(what) ?? 0, what).toBeGreaterThan(15);
  const never = ['badStreamId', 'streamFetch', 'badTranslationRequest', 'translatedForbidden', 'walkAbort'];
  const seen = [...faults].map(eventName);
  for (const name of Object.keys(EVENT).filter((each) => !never.includes(each)))
    expect(seen, name).toContain(name);
  // What configuration is wrong, and what the second stage does not map, ends at once.
  expect(
    [...held].every((text) => /^[57]( substream)? (translation|addressSize|access|permission)$/.test(text)),
  ).toBe(true);
  for (const what of ['5 translation', '5 permission', '7 translation', '5 substream translation'])
    expect([...held], what).toContain(what);
});

test('the closure of memory is what the walker finds, and its configuration members fault as it does', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(stores, windows, entry, (drawn, rights, e) => {
      const m = build(drawn, rights, e);
      // A global mapping of one context is one of the other: their tables are not told apart where there is one.
      if (drawn.some(([, flags]) => (flags & table.NOT_GLOBAL) === 0 && flags > 3)) return;
      const walker = new NaiveWalker(
        m,
        () => 2,
        () => e.stalls,
      );
      closureAsWalked(
        m,
        walker,
        'stream',
        [-1, 0, 1],
        (request, page, permission) => walker.translate(0, RID, request, page, permission),
        (request) => seen.add(`${e.config} ${request >= 0}`),
      );
    }),
    { seed: 5, numRuns: 400 },
  );
  expect([...seen].sort()).toEqual(['4 false', '5 false', '5 true', '6 false', '7 false', '7 true']);
});

test('a translation request is answered without permission for these, and for no other, and these may be held', () => {
  const codes = Array.from({ length: 0x200 }, (_, code) => code).filter(isRecoverable);
  expect(codes).toEqual([0x10, 0x11, 0x12, 0x13]);
});

test('what is cached for a context that ignores access flags serves another of its ASID, and no other ASID', () => {
  const flights = (asid: number): string[] => {
    const m = new SmmuMachine(shape({ devices: [device(RID)] }), 64);
    const [root, none] = [m.table(), m.table()];
    m.map(root, 3, 6, 0x779, firstFlags(1) & ~table.ACCESSED);
    const contexts = m.table();
    m.stream(RID, CONFIG.first, { contexts, maximum: 2, byDefault: DEFAULT.bypass });
    m.context(contexts, 1, 8, root, 3, context.CD_AFFD);
    m.context(contexts, 2, asid, none);
    return [...m.close()]
      .map(row)
      .filter((r) => smmuv3.kinds[r[ROW.kind]].name === 'flight-first')
      .map((r) => `substream ${r[ROW.extra]} permission ${r[ROW.attributes]}`)
      .sort();
  };
  expect(flights(8)).toEqual(['substream 1 permission 1', 'substream 2 permission 1']);
  expect(flights(9)).toEqual(['substream 1 permission 1']);
});

test('events have the numbers of the specification (7.3)', () => {
  expect(EVENT).toEqual({
    badStreamId: 0x02,
    streamFetch: 0x03,
    badStream: 0x04,
    badTranslationRequest: 0x05,
    streamDisabled: 0x06,
    translatedForbidden: 0x07,
    badSubstream: 0x08,
    contextFetch: 0x09,
    badContext: 0x0a,
    walkAbort: 0x0b,
    translation: 0x10,
    addressSize: 0x11,
    access: 0x12,
    permission: 0x13,
    aborted: 0x100,
  });
});
