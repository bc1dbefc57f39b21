import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as context from '../../../src/hardware/vtd/entries/context.js';
import * as pasids from '../../../src/hardware/vtd/entries/pasid.js';
import { FAULT, faultName } from '../../../src/hardware/vtd/faults.js';
import { FastWalker } from '../../../src/hardware/vtd/walk-fast.js';
import { NaiveWalker } from '../../../src/hardware/vtd/walk-naive.js';
import { VtdMachine } from './world.js';
import { sameAnswer } from '../walks.js';

const RID = 0x10;
const answer = (walker: NaiveWalker | FastWalker, fault: number): string =>
  fault !== 0
    ? faultName(fault)
    : `${walker.frame} size ${walker.size} permission ${walker.permission} domain ${walker.tag} pasid ${walker.pasid}`;

describe('the naive walker', () => {
  const machine = new VtdMachine();
  const walker = new NaiveWalker(machine);
  const root = machine.table();
  machine.mapSecond(root, 3, 0x777, 3);
  machine.mapSecond(root, 5, 0x778, 1);
  machine.mapSecond(root, 512, 0x800, 3, 2);
  machine.mapSecond(root, 1 << 18, 1 << 19, 3, 3);
  const guest = machine.table();
  machine.mapFirst(guest, 3, 0x999, 3);
  machine.mapFirst(guest, 4, 0x99a, 1);
  machine.mapFirst(guest, 1024, 0xc00, 3, 2);
  machine.pasid(1, pasids.SECOND_LEVEL, 10, 0, root);
  machine.pasid(2, pasids.FIRST_LEVEL, 11, guest, 0);
  machine.pasid(4, pasids.PASS_THROUGH, 12, 0, 0);
  const go = (pasid: number, page: number, permission: number): string =>
    answer(walker, walker.translate(0, RID, pasid, page, permission));

  test.each([
    [1, 3, 3, '1911 size 0 permission 3 domain 10 pasid 1'],
    [1, 5, 1, '1912 size 0 permission 1 domain 10 pasid 1'],
    [1, 5, 2, 'writeDenied'],
    [1, 6, 1, 'secondNotPresent'],
    [1, 515, 2, '2051 size 9 permission 3 domain 10 pasid 1'],
    [1, (1 << 18) + 77, 2, `${(1 << 19) + 77} size 18 permission 3 domain 10 pasid 1`],
    [1, 2 ** 36, 1, 'aboveSecondWidth'],
    [2, 3, 3, '2457 size 0 permission 3 domain 11 pasid 2'],
    [2, 4, 2, 'writeDenied'],
    [2, 1030, 2, '3078 size 9 permission 3 domain 11 pasid 2'],
    [2, 9, 1, 'firstNotPresent'],
    [2, 2 ** 35, 1, 'notCanonical'],
    [2, 2 ** 52 - 1, 1, 'firstNotPresent'],
    [4, 12345, 3, '12345 size 36 permission 3 domain 12 pasid 4'],
    [4, 2 ** 27, 1, 'aboveHostWidth'],
    [3, 3, 1, 'pasidNotPresent'],
    [64, 3, 1, 'directoryNotPresent'],
    [8192, 3, 1, 'pasidTooLarge'],
    [0, 3, 1, 'pasidIsRidPasid'],
    [-1, 3, 1, 'pasidNotPresent'],
  ])('pasid %i page %i permission %i: %s', (pasid, page, permission, expected) => {
    expect(go(pasid, page, permission)).toBe(expected);
  });

  test('requests of unknown devices, translation requests and translated requests', () => {
    expect(walker.translate(0, 0x0100, -1, 3, 1)).toBe(FAULT.rootNotPresent);
    expect(walker.translate(0, 0x0018, -1, 3, 1)).toBe(FAULT.contextNotPresent);
    expect(walker.translationRequest(0, RID, 1, 5)).toBe(0);
    expect(walker.permission).toBe(1);
    expect([walker.translationRequest(0, RID, 1, 6), walker.permission]).toEqual([0, 0]);
    expect(walker.translatedRequest(0, RID)).toBe(0);
    machine.context(RID, context.CONTEXT_PRESENT | context.CONTEXT_PASID);
    expect(walker.translatedRequest(0, RID)).toBe(FAULT.deviceTlbDisabled);
    expect(walker.translationRequest(0, RID, 1, 5)).toBe(FAULT.deviceTlbDisabled);
    expect(walker.translate(0, RID, 1, 5, 1)).toBe(0);
    machine.context(RID, context.CONTEXT_PRESENT | context.CONTEXT_DEVICE_TLB);
    expect(walker.translate(0, RID, 1, 5, 1)).toBe(FAULT.pasidDisabled);
    machine.context(RID, context.CONTEXT_PRESENT | context.CONTEXT_PAGE_REQUEST);
    expect(walker.translate(0, RID, -1, 5, 1)).toBe(FAULT.contextInvalid);
    machine.context(RID);
  });

  test('nested: every table address goes through the second stage, and permissions meet', () => {
    const m = new VtdMachine();
    const w = new NaiveWalker(m);
    const second = m.table();
    const tables = [0, 1, 2, 3].map(() => m.table());
    // The guest sees its four tables at guest pages 0x100–0x103 and a data page at 0x200.
    const flags = 7;
    [0x101, 0x102, 0x103, 0x200].forEach((guestPage, i) => {
      m.store(tables[i], 0, [(guestPage << 12) | flags, 0]);
    });
    tables.forEach((frame, i) => {
      m.mapSecond(second, 0x100 + i, frame, 3);
    });
    m.mapSecond(second, 0x200, 0x55, 1);
    m.pasid(1, pasids.NESTED, 20, 0x100, second);
    expect(answer(w, w.translate(0, RID, 1, 0, 1))).toBe('85 size 0 permission 1 domain 20 pasid 1');
    expect(answer(w, w.translate(0, RID, 1, 0, 2))).toBe('writeDenied');
    m.mapSecond(second, 0x102, tables[2], 2);
    expect(answer(w, w.translate(0, RID, 1, 0, 1))).toBe('nestedRead');
    m.mapSecond(second, 0x100, tables[0], 2);
    expect(answer(w, w.translate(0, RID, 1, 0, 1))).toBe('nestedRootRead');
    m.mapSecond(second, 0x100, tables[0], 3);
    m.mapSecond(second, 0x102, tables[2], 3);
    m.mapSecond(second, 0x200, 0, 0);
    expect(answer(w, w.translate(0, RID, 1, 0, 1))).toBe('secondNotPresent');
  });

  test('accessed and dirty bits are set when a translation succeeds, and only then', () => {
    const m = new VtdMachine();
    const w = new NaiveWalker(m, (frame, index, bits) => {
      m.store(frame, index, [m.low(frame, index) | bits, m.high(frame, index)]);
    });
    const first = m.table();
    const leaf = m.mapFirst(first, 2, 0x44, 1);
    m.pasid(1, pasids.FIRST_LEVEL, 3, first, 0);
    expect(w.translate(0, RID, 1, 2, 2)).toBe(FAULT.writeDenied);
    expect(m.low(leaf, 2) & 0x60).toBe(0);
    expect(w.translate(0, RID, 1, 2, 1)).toBe(0);
    expect([m.low(leaf, 2) & 0x60, m.low(first, 0) & 0x60]).toEqual([0x20, 0x20]);
    m.mapFirst(first, 2, 0x44, 3);
    expect(w.translate(0, RID, 1, 2, 2)).toBe(0);
    expect(m.low(leaf, 2) & 0x60).toBe(0x60);
    const second = m.table();
    const table = m.mapSecond(second, 2, 0x45, 3);
    m.pasid(2, pasids.SECOND_LEVEL, 4, 0, second);
    expect(w.translate(0, RID, 2, 2, 2)).toBe(0);
    expect(m.low(table, 2) & 0x300).toBe(0);
    m.pasidWord(2, 0, pasids.makePasid0(pasids.SECOND_LEVEL, second, 1 | pasids.PASID_SECOND_ACCESSED));
    expect(w.translate(0, RID, 2, 2, 2)).toBe(0);
    expect([m.low(table, 2) & 0x300, m.low(second, 0) & 0x300]).toEqual([0x300, 0x100]);
  });
});

/** Tables that reach one another at random: few frames, entries mostly good and sometimes not. */
const FRAMES = 12;
const INDICES = [0, 1, 2, 511];
const entryBits = fc.tuple(
  fc.integer({ min: 5, max: FRAMES }),
  // Mostly tables; some large pages; some absent, without a right, or malformed.
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(7, 7, 7, 7, 7, 3) },
    { weight: 3, arbitrary: fc.constantFrom(0x87, 0x83) },
    { weight: 2, arbitrary: fc.constantFrom(0, 1, 2, 5, 0x803) },
  ),
  // Reserved address bits, bit 62, an ignored bit, an address beyond memory.
  fc.oneof(
    { weight: 30, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(0x80, 0x40000000, 0x00100000, 1) },
  ),
  fc.integer({ min: 0, max: 3 }).map((drawn) => drawn === 0),
);
/** Rights by which frames 5 to 12 are seen at their own numbers through tables 5 to 8, so that nested walks get somewhere. */
const windows = fc.array(fc.constantFrom(7, 7, 7, 7, 7, 3, 2, 0), { minLength: 8, maxLength: 8 });
const stores = fc.array(entryBits, { minLength: 28, maxLength: 28 });
const entry = fc.tuple(
  fc.constantFrom(1, 1, 2, 2, 3, 3, 3, 4, 5),
  fc.integer({ min: 5, max: FRAMES }),
  fc.constantFrom(5, 5, 5, 9, 12),
  fc.constantFrom(0, 0, 0, 0, 0, 0x200, 0x200, 0x400, 1 << 11),
  fc.constantFrom(0, 0, 1, 0x10, 0x11, 0x11, 0, 0, 2, 4, 0x80),
  fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 3, 5, 7),
);
const requests = fc.array(
  fc.tuple(
    fc.constantFrom(-1, 1, 0, 2, 70),
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(0, 1, 2, 511, 512, 513, 1 << 18, (1 << 18) + 513, (1 << 27) + 1),
      },
      { weight: 1, arbitrary: fc.constantFrom(2 ** 36, 2 ** 35, 2 ** 52 - 1, 3) },
    ),
    fc.integer({ min: 0, max: 3 }),
    fc.boolean(),
  ),
  { minLength: 8, maxLength: 8 },
);

test('both walkers agree on random tables, malformed ones included', () => {
  const translated = [0, 0, 0, 0, 0];
  const faults = new Set<number>();
  fc.assert(
    fc.property(
      stores,
      windows,
      entry,
      entry,
      requests,
      fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(0x1d, 0x0d) },
        { weight: 1, arbitrary: fc.constantFrom(0x05, 0x20d, 0x2d, 0x11) },
      ),
      fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(0, 1 << 20) },
        { weight: 1, arbitrary: fc.constantFrom(1 << 21, 0x2000) },
      ),
      (table, rights, one, other, asked, contextFlags, contextHigh) => {
        const m = new VtdMachine(undefined, FRAMES);
        while (m.ram.allocate(1) !== 0);
        m.store(m.contextTable, context.contextIndex(RID), [(m.directoryFrame << 12) | contextFlags, 0]);
        m.store(m.contextTable, context.contextIndex(RID) + 1, [contextHigh, 0]);
        table.forEach(([to, flags, high, reserved], i) => {
          // A large page wants an aligned frame: its low address bits are reserved.
          const address = (flags & 0x80) !== 0 ? (reserved ? 0x2000 : 0x40000000) : to << 12;
          m.store(5 + (i >> 2), INDICES[i & 3], [address | flags, high]);
        });
        for (const frame of [5, 6, 7]) m.store(frame, 0, [((frame + 1) << 12) | 7, 0]);
        rights.forEach((right, i) => {
          m.store(8, 5 + i, [((5 + i) << 12) | right, 0]);
        });
        [one, other].forEach(([type, first, second, flags0, flags2, stray], pasid) => {
          const [low0, high0] = pasids.makePasid0(type, second, 1 | flags0);
          m.pasidWord(pasid, 0, [low0, high0]);
          m.pasidWord(pasid, 1, pasids.makePasid1(40 + pasid));
          m.pasidWord(pasid, 2, pasids.makePasid2(first, flags2));
          if (stray !== 0) m.pasidWord(pasid, stray, [1, 0]);
        });
        const naive = new NaiveWalker(m);
        const fast = new FastWalker(m.ram, (iommu) => m.root(iommu));
        for (const [pasid, page, permission, privileged] of asked) {
          const fault = sameAnswer(
            naive,
            fast,
            answer,
            (walker) => walker.translate(0, RID, pasid, page, permission, privileged),
            (walker) => walker.translationRequest(0, RID, pasid, page),
          );
          if (fault === 0) translated[naive.type]++;
          else faults.add(fault);
        }
      },
    ),
    { seed: 4, numRuns: 4000 },
  );
  // The comparison is worth something only if it sees translations and most of the reasons to fault.
  for (const type of [1, 2, 3, 4])
    expect(translated[type], `translations of type ${type}`).toBeGreaterThan(50);
  expect(faults.size).toBeGreaterThan(20);
});

test('both walkers draw the same line between canonical addresses and others, and at the end of the second stage', () => {
  const machine = new VtdMachine();
  const [first, second] = [machine.table(), machine.table()];
  machine.pasid(1, pasids.SECOND_LEVEL, 10, 0, second);
  machine.pasid(2, pasids.FIRST_LEVEL, 11, first, 0);
  const both = [new NaiveWalker(machine), new FastWalker(machine.ram, () => machine.root(0))];
  for (const walker of both) {
    const go = (pasid: number, page: number): string => faultName(walker.translate(0, RID, pasid, page, 1));
    expect(
      [2 ** 35 - 1, 2 ** 35, 2 ** 52 - 2 ** 35 - 1, 2 ** 52 - 2 ** 35].map((page) => go(2, page)),
    ).toEqual(['firstNotPresent', 'notCanonical', 'notCanonical', 'firstNotPresent']);
    expect([2 ** 36 - 1, 2 ** 36].map((page) => go(1, page))).toEqual([
      'secondNotPresent',
      'aboveSecondWidth',
    ]);
  }
});

test('both walkers read the whole of a pointer: what lies beyond memory is no table, though its low bits name one', () => {
  const machine = new VtdMachine();
  const [first, second] = [machine.table(), machine.table()];
  machine.mapFirst(first, 3, 0x777, 3);
  machine.mapSecond(second, 3, 0x778, 3);
  const answers = (beyond: number): string[] => {
    machine.pasid(1, pasids.SECOND_LEVEL, 10, 0, second + beyond);
    machine.pasid(2, pasids.FIRST_LEVEL, 11, first + beyond, 0);
    return [new NaiveWalker(machine), new FastWalker(machine.ram, () => machine.root(0))].flatMap((walker) =>
      [1, 2].map((pasid) => answer(walker, walker.translate(0, RID, pasid, 3, 1))),
    );
  };
  const found = answers(0);
  expect(found.slice(0, 2)).toEqual(found.slice(2));
  expect(found[0]).toContain('1912 ');
  const reasons = ['secondRootAccess', 'firstRootAccess'];
  expect(answers(2 ** 20)).toEqual([...reasons, ...reasons]);
});
