import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encode } from '../../../src/hardware/vtd-legacy/descriptors.js';
import * as entries from '../../../src/hardware/vtd-legacy/entries.js';
import { denied, FAULT, faultName, isRecoverable } from '../../../src/hardware/vtd-legacy/faults.js';
import {
  COMMAND,
  type CommandName,
  KIND,
  type KindName,
  vtdLegacy,
} from '../../../src/hardware/vtd-legacy/index.js';
import { FastWalker } from '../../../src/hardware/vtd-legacy/walk-fast.js';
import { NaiveWalker } from '../../../src/hardware/vtd-legacy/walk-naive.js';
import { testCommands } from '../command-table.js';
import { ROW, WHOLE } from '../../../src/vocabulary/architecture.js';
import { device, row, shape, text, WorstCase } from '../machine.js';
import { closureAsWalked, sameAnswer } from '../walks.js';
import { LegacyMachine } from './world.js';

const RID = 0x10;
const { TYPE } = entries;
const answer = (walker: NaiveWalker | FastWalker, fault: number): string =>
  fault !== 0
    ? faultName(fault)
    : `${walker.frame} size ${walker.size} permission ${walker.permission} domain ${walker.tag}`;

/** The qword of two halves, for comparison with constants written by hand from the specification's bit numbers. */
const q = ([low, high]: readonly [number, number]): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

test('entries and descriptors have the bits of the specification', () => {
  expect(q(entries.makeRoot(0x4000123))).toBe(0x4000123001n);
  expect([entries.rootIndex(0x1234), entries.contextIndex(0x1234)]).toEqual([0x24, 0x68]);
  // TT 3:2, AW 2:0, DID 23:8.
  expect(q(entries.makeContext0(TYPE.passThrough, 0x4000123))).toBe(0x4000123009n);
  expect([3, 4].map((levels) => q(entries.makeContext1(levels, 0xbeef)))).toEqual([0xbeef01n, 0xbeef02n]);
  expect(entries.hasContextReserved(0x10, 0, 0, 0)).toBe(true);
  expect(entries.hasContextReserved(1, 0, 0x80, 0)).toBe(true);
  expect(entries.hasContextReserved(1, 0, 0x78, 0)).toBe(false);
  expect(entries.isContextInvalid(0xd, 2)).toBe(true);
  expect([0, 1, 2, 3].map((width) => entries.isContextInvalid(1, width))).toEqual([true, false, false, true]);
  const words = new Int32Array(8);
  const of = (name: CommandName): number[] => {
    encode({ command: COMMAND[name], rid: 0x10, pasid: 0, tag: 0xbee, page: 0, mask: 0, hint: 0 }, words);
    return [words[0], words[1]];
  };
  expect(of('context-global')).toEqual([0x11, 0]);
  expect(of('context-domain')).toEqual([0x0bee0021, 0]);
  expect(of('context-device')).toEqual([0x0bee0031, 0x10]);
  expect(of('iotlb-domain')).toEqual([0x0bee00e2, 0]);
});

/** Frames 1 and 2 are root and context table, 4 to 11 tables that reach one another at random. */
const FRAMES = 12;
const INDICES = [0, 1, 2, 511];
const stores = fc.array(
  fc.tuple(
    fc.integer({ min: 4, max: FRAMES - 1 }),
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(3, 3, 3, 3, 1) },
      { weight: 4, arbitrary: fc.constantFrom(0x83, 0x81, 0, 2, 0x803) },
    ),
    fc.oneof(
      { weight: 30, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(0x80, 0x40000000, 0x100000, 1) },
    ),
  ),
  { minLength: 32, maxLength: 32 },
);
const context = fc.record({
  type: fc.constantFrom(0, 0, 1, 1, 2, 3),
  levels: fc.constantFrom(3, 3, 4, 4, 5),
  stray: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2, 3, 4),
});
const pages = fc.constantFrom(
  0,
  1,
  2,
  511,
  512,
  513,
  1 << 18,
  (1 << 18) + 513,
  2 ** 27 + 1,
  2 ** 36,
  2 ** 27,
);
const requests = fc.array(fc.tuple(pages, fc.integer({ min: 0, max: 3 })), { minLength: 10, maxLength: 10 });

function build(
  drawn: readonly (readonly [number, number, number])[],
  c: typeof context extends fc.Arbitrary<infer T> ? T : never,
) {
  const m = new LegacyMachine(undefined, FRAMES);
  while (m.ram.allocate(1) !== 0);
  drawn.forEach(([to, flags, high], i) => {
    // A large page wants an aligned frame.
    const address = (flags & 0x80) !== 0 ? 0x40000000 : to << 12;
    m.store(4 + (i >> 2), INDICES[i & 3], [address | flags, high]);
  });
  m.context(RID, c.type, c.levels, 9, 4);
  const at = entries.contextIndex(RID);
  if (c.stray === 1) m.store(m.contexts, at, [m.low(m.contexts, at) | 0x10, 0]);
  if (c.stray === 2) m.store(m.contexts, at, [0, 0]);
  if (c.stray === 3) m.store(m.rootTable, 1, [1, 0]);
  if (c.stray === 4) m.store(m.rootTable, 0, [0, 0]);
  return m;
}

test('both walkers agree on random tables, malformed ones included', () => {
  const translated = new Map<string, number>();
  const faults = new Set<number>();
  fc.assert(
    fc.property(stores, context, requests, (drawn, c, asked) => {
      const m = build(drawn, c);
      const naive = new NaiveWalker(m);
      const fast = new FastWalker(m.ram, () => m.root(0));
      for (const [page, permission] of asked) {
        const fault = sameAnswer(
          naive,
          fast,
          answer,
          (walker) => walker.translate(0, RID, page, permission),
          (walker) => walker.translationRequest(0, RID, page),
        );
        if (fault === 0)
          translated.set(`${c.type} ${c.levels}`, (translated.get(`${c.type} ${c.levels}`) ?? 0) + 1);
        else faults.add(fault);
      }
    }),
    { seed: 4, numRuns: 3000 },
  );
  for (const what of ['0 3', '0 4', '1 3', '1 4', '2 3', '2 4'])
    expect(translated.get(what) ?? 0, what).toBeGreaterThan(50);
  const never = ['rootTableAccess', 'contextTableAccess', 'deviceTlbDisabled'];
  const seen = [...faults].map(faultName);
  for (const name of Object.keys(FAULT).filter((each) => !never.includes(each)))
    expect(seen, name).toContain(name);
});

test('the closure of memory is what the walker finds, and its configuration members fault as it does', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(stores, context, (drawn, c) => {
      const m = build(drawn, c);
      const walker = new NaiveWalker(m);
      closureAsWalked(
        m,
        walker,
        'context',
        [-1],
        (_, page, permission) => walker.translate(0, RID, page, permission),
        () => seen.add(`${c.type} ${c.levels}`),
      );
    }),
    { seed: 5, numRuns: 300 },
  );
  expect(seen.size).toBe(6);
});

test('translated requests and stale entries end with what covers them', () => {
  const m = new LegacyMachine(shape({ devices: [device(RID)] }));
  const [root, middle, leaf] = [m.table(), m.table(), m.table()];
  m.store(root, 0, [(middle << 12) | 3, 0]);
  m.store(middle, 0, [(leaf << 12) | 3, 0]);
  m.store(leaf, 3, [(0x77 << 12) | 3, 0]);
  m.context(RID, TYPE.deviceTlb, 3, 9, root);
  expect(new NaiveWalker(m).translatedRequest(0, RID)).toBe(0);
  const worst = new WorstCase(m);
  m.store(leaf, 3, [0, 0]);
  worst.stored();
  worst.effect('iotlb-page', { tag: 9, page: 3, mask: 0, hint: 1 });
  expect(worst.ledgerKinds()).toEqual(['device-tlb', 'flight-translated']);
  worst.effect('device-tlb', { page: 3, mask: 0 });
  expect(worst.ledgerKinds()).toEqual([]);
});

test('translated requests are let through by a context entry with TT 1 alone (4.2.5)', () => {
  const m = new LegacyMachine(shape({ devices: [device(RID)] }));
  const root = m.table();
  m.context(RID, TYPE.deviceTlb, 3, 9, root);
  const tlb = [KIND['device-tlb'], 0, -1, -1, 3, 0, 0x77, 3, -1];
  const kinds = (): string[] =>
    [...m.close([text(tlb)])].map((written) => vtdLegacy.kinds[row(written)[ROW.kind]].name).sort();
  expect(kinds()).toContain('flight-translated');
  m.context(RID, TYPE.untranslated, 3, 9, root);
  expect(kinds()).not.toContain('flight-translated');
});

test('in caching mode what is not present is cached under domain 0, until a device-selective invalidation of that (6.2.2.1)', () => {
  const cached = (cachingMode: boolean): string[] => {
    const world = shape({ devices: [device(RID)], iommus: [{ cachingMode, firstLevel: false }] });
    return [...new LegacyMachine(world).close()];
  };
  expect(cached(true)).toEqual([text([KIND['absent-context'], 0, -1, 0, 0, WHOLE, 0, 0, 0])]);
  expect(cached(false)).toEqual([]);
});

test('the queue orders IOTLB behind context and device-TLB behind IOTLB, and a wait behind all (6.5.2.12)', () => {
  const context: CommandName[] = ['context-global', 'context-domain', 'context-device'];
  const iotlb: CommandName[] = ['iotlb-global', 'iotlb-domain', 'iotlb-page'];
  expect(vtdLegacy.order).toEqual({
    'iotlb-global': context,
    'iotlb-domain': context,
    'iotlb-page': context,
    'device-tlb': iotlb,
    wait: [...context, ...iotlb, 'device-tlb', 'wait'],
  });
});

/** The table of 6.5.2, in the form of {@link testCommands}: R requester, D domain. */
const COLUMNS: readonly (readonly KindName[])[] = [
  ['context', 'absent-context'],
  ['second', 'pass-through', 'flight-second', 'flight-pass-through', 'absent-second'],
  ['second-structure'],
  ['device-tlb', 'flight-translated'],
];
const TABLE: Readonly<Record<CommandName, string>> = {
  //                 ctx SS  SSt dev
  'context-global': ' *  .   .   .  | .',
  'context-domain': ' D  .   .   .  | .',
  'context-device': ' RD .   .   .  | .',
  'iotlb-global': '   .  *   *   .  | *',
  'iotlb-domain': '   .  D   D   .  | D',
  'iotlb-page': '     .  DA  DAL .  | DA',
  'device-tlb': '     .  .   .   RA | RA',
  wait: '             .  .   .   .  | .',
};

testCommands({
  architecture: vtdLegacy,
  columns: COLUMNS,
  lines: TABLE,
  tag: ['D', 6],
  ofDevices: ['absent-context'],
});

test('a translation request is answered without permission for these, and for no other', () => {
  const codes = Array.from({ length: 0x200 }, (_, code) => code).filter(isRecoverable);
  expect(codes).toEqual([4, 5, 6]);
});

test('fault reasons have the numbers of the specification (7.1.3), and a write is denied before a read', () => {
  expect(FAULT).toEqual({
    rootNotPresent: 0x1,
    contextNotPresent: 0x2,
    contextInvalid: 0x3,
    aboveWidth: 0x4,
    writeDenied: 0x5,
    readDenied: 0x6,
    tableAccess: 0x7,
    rootTableAccess: 0x8,
    contextTableAccess: 0x9,
    rootReserved: 0xa,
    contextReserved: 0xb,
    tableReserved: 0xc,
    deviceTlbDisabled: 0xd,
  });
  expect([1, 2, 3].map(denied)).toEqual([FAULT.readDenied, FAULT.writeDenied, FAULT.writeDenied]);
});
