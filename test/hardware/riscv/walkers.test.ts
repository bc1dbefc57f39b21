import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  accessFault,
  CAUSE,
  causeName,
  isRecoverable,
  pageFault,
} from '../../../src/hardware/riscv/causes.js';
import * as dc from '../../../src/hardware/riscv/entries/device-context.js';
import * as directory from '../../../src/hardware/riscv/entries/directory.js';
import * as pte from '../../../src/hardware/riscv/entries/page-table.js';
import { FastWalker } from '../../../src/hardware/riscv/walk-fast.js';
import { NaiveWalker } from '../../../src/hardware/riscv/walk-naive.js';
import { ROW } from '../../../src/vocabulary/architecture.js';
import { row } from '../machine.js';
import { closureAsWalked, sameAnswer } from '../walks.js';
import { RiscvMachine } from './world.js';

/** The naive walker and the fast one, where the directory of devices has three levels. */
const walkersOf = (machine: RiscvMachine): [NaiveWalker, FastWalker] => [
  new NaiveWalker(machine, () => 3),
  new FastWalker(
    machine.ram,
    () => machine.root(0),
    () => 3,
  ),
];

const RID = 0x10;
const { sv39, bare } = dc.MODE;
const answer = (walker: NaiveWalker | FastWalker, fault: number): string =>
  fault !== 0
    ? causeName(fault)
    : `${walker.frame} size ${walker.size} permission ${walker.permission} gscid ${walker.tag} pscid ${walker.pscid}`;

describe('the naive walker', () => {
  const machine = new RiscvMachine();
  const walker = new NaiveWalker(machine, () => 3);
  const go = (pid: number, page: number, permission: number): string =>
    answer(walker, walker.translate(0, RID, pid, page, permission));
  const root = machine.table();
  machine.map(root, 3, 3, 0x777, 3);
  machine.map(root, 3, 5, 0x778, 1);
  machine.map(root, 3, 512, 0x800, 3, 2);
  machine.map(root, 3, 1 << 18, 1 << 18, 3, 3);
  const wide = machine.wideTable();
  machine.map(wide, 3, 7, 0x999, 3);
  machine.map(wide, 3, 2 ** 28 + 1, 0x99a, 1);
  const processes = machine.table();
  machine.process(processes, 9, 44, [sv39, root]);

  test.each([
    [3, 3, '1911 size 0 permission 3 gscid -1 pscid 33'],
    [5, 1, '1912 size 0 permission 1 gscid -1 pscid 33'],
    [5, 2, 'writePage'],
    [6, 1, 'readPage'],
    [515, 2, '2051 size 9 permission 3 gscid -1 pscid 33'],
    [(1 << 18) + 77, 2, `${(1 << 18) + 77} size 18 permission 3 gscid -1 pscid 33`],
    [2 ** 26, 1, 'readPage'],
    [2 ** 52 - 1, 1, 'readPage'],
  ])('first stage, page %i permission %i: %s', (page, permission, expected) => {
    machine.context(RID, dc.DC_VALID, [sv39, root], [0, 0, 0], 33);
    expect(go(-1, page, permission)).toBe(expected);
  });

  test('second stage: four pages of root, guest-page faults, the limit of its addresses', () => {
    machine.context(RID, dc.DC_VALID, [bare, 0], [sv39, 5, wide]);
    expect(go(-1, 7, 3)).toBe('2457 size 0 permission 3 gscid 5 pscid -1');
    expect(go(-1, 2 ** 28 + 1, 1)).toBe('2458 size 0 permission 1 gscid 5 pscid -1');
    expect(go(-1, 2 ** 28 + 1, 2)).toBe('writeGuestPage');
    expect(go(-1, 8, 1)).toBe('readGuestPage');
    expect(go(-1, 2 ** 29, 1)).toBe('readGuestPage');
  });

  test('process directory: by process id, by default process 0, or bare without either', () => {
    const flags = dc.DC_VALID | dc.DC_PROCESS_DIRECTORY;
    machine.context(RID, flags, [1, processes]);
    expect(go(9, 3, 1)).toBe('1911 size 0 permission 3 gscid -1 pscid 44');
    expect(go(8, 3, 1)).toBe('processInvalid');
    expect(go(256, 3, 1)).toBe('typeDisallowed');
    expect(go(-1, 3, 1)).toBe('3 size 36 permission 3 gscid -1 pscid -1');
    machine.context(RID, flags | dc.DC_DEFAULT_PROCESS, [1, processes]);
    expect(go(-1, 3, 1)).toBe('processInvalid');
    machine.process(processes, 0, 45, [sv39, root]);
    expect(go(-1, 3, 1)).toBe('1911 size 0 permission 3 gscid -1 pscid 45');
    machine.context(RID, dc.DC_VALID, [sv39, root]);
    expect(go(9, 3, 1)).toBe('typeDisallowed');
  });

  test('nested: every table address goes through the second stage, and permissions meet', () => {
    const m = new RiscvMachine(undefined, 96);
    const w = new NaiveWalker(m, () => 3);
    const first = m.table();
    const leaves = m.map(first, 3, 3, 0x50, 3);
    m.map(first, 3, 4, 0x51, 1);
    const second = m.wideTable();
    for (let frame = 1; frame < 30; frame++) m.map(second, 3, frame, frame, 3);
    m.map(second, 3, 0x50, 0x60, 1);
    m.map(second, 3, 0x51, 0x61, 3);
    m.context(RID, dc.DC_VALID, [sv39, first], [sv39, 5, second], 6);
    expect(answer(w, w.translate(0, RID, -1, 3, 1))).toBe('96 size 0 permission 1 gscid 5 pscid 6');
    expect(answer(w, w.translate(0, RID, -1, 3, 2))).toBe('writeGuestPage');
    expect(answer(w, w.translate(0, RID, -1, 4, 2))).toBe('writePage');
    m.store(m.map(second, 3, leaves, leaves, 3), leaves & 511, [0, 0]);
    expect(answer(w, w.translate(0, RID, -1, 3, 2))).toBe('writeGuestPage');
    expect(answer(w, w.translate(0, RID, -1, 3, 1))).toBe('readGuestPage');
  });

  test('the device directory, its depth, and what is wrong with contexts', () => {
    machine.context(RID, 0, [sv39, root]);
    expect(go(-1, 3, 1)).toBe('directoryInvalid');
    machine.context(RID, dc.DC_VALID | dc.DC_PRI, [sv39, root]);
    expect(go(-1, 3, 1)).toBe('directoryMisconfigured');
    machine.context(RID, dc.DC_VALID, [7, root]);
    expect(go(-1, 3, 1)).toBe('directoryMisconfigured');
    machine.context(RID, dc.DC_VALID, [bare, 0], [sv39, 5, wide + 1]);
    expect(go(-1, 3, 1)).toBe('directoryMisconfigured');
    expect(walker.translate(0, 0x8000, -1, 3, 1)).toBe(CAUSE.directoryInvalid);
    const flat = new RiscvMachine(undefined, 16, 0, 1);
    const small = new NaiveWalker(flat, () => 1);
    expect(small.translate(0, 0x40, -1, 3, 1)).toBe(CAUSE.typeDisallowed);
    expect(small.translate(0, 0x3f, -1, 3, 1)).toBe(CAUSE.directoryInvalid);
    flat.roots[0] = 0;
    expect(small.translate(0, 0x10, -1, 3, 1)).toBe(CAUSE.allDisallowed);
  });

  test('translation requests and translated requests', () => {
    machine.context(RID, dc.DC_VALID, [sv39, root]);
    expect(walker.translatedRequest(0, RID)).toBe(CAUSE.typeDisallowed);
    expect(walker.translationRequest(0, RID, -1, 5)).toBe(CAUSE.typeDisallowed);
    machine.context(RID, dc.DC_VALID | dc.DC_ATS, [sv39, root]);
    expect(walker.translatedRequest(0, RID)).toBe(0);
    expect([walker.translationRequest(0, RID, -1, 5), walker.permission]).toEqual([0, 1]);
    expect([walker.translationRequest(0, RID, -1, 6), walker.permission]).toEqual([0, 0]);
  });
});

/**
 * Tables that reach one another at random. Frames 1–3 are the device directory, 4–6 tables and contexts of processes, 8–11 the
 * root of Sv39x4 (and a level of the deeper ones), 12–15 that of Sv48x4, 16–19 that of Sv57x4, 20–22 tables that show frames 4
 * to 31 at their own numbers, 24–31 first-stage tables.
 */
const FRAMES = 32;
const INDICES = [0, 1, 2, 511];
const flags = fc.oneof(
  { weight: 14, arbitrary: fc.constantFrom(0x01, 0x01, 0x01, 0xd7, 0xd7, 0xd7, 0x53) },
  { weight: 3, arbitrary: fc.constantFrom(0, 0x93, 0x57, 0xc7, 0xd5, 0x11, 0xd9, 0xdf) },
);
const stores = fc.array(
  fc.tuple(
    fc.integer({ min: 20, max: FRAMES - 1 }),
    flags,
    fc.oneof(
      { weight: 30, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(0x00400000, 0x200, 1) },
    ),
  ),
  { minLength: 40, maxLength: 40 },
);
const windows = fc.array(fc.constantFrom(0xd7, 0xd7, 0xd7, 0xd7, 0x53, 0xc7, 0), {
  minLength: 28,
  maxLength: 28,
});
const context = fc.record({
  tc: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(0x01, 0x03, 0x21, 0x23, 0x221, 0x21) },
    { weight: 1, arbitrary: fc.constantFrom(0x05, 0x201, 0x0b, 0x81, 0x1001, 0x41) },
  ),
  first: fc.constantFrom(0, 8, 8, 9, 9, 10, 10, 7),
  processes: fc.constantFrom(0, 1, 1, 2, 3, 4),
  second: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(0, 0, 8, 9, 10) },
    { weight: 1, arbitrary: fc.constant(11) },
  ),
  process: fc.tuple(fc.constantFrom(0, 8, 8, 9, 10, 11), fc.constantFrom(1, 1, 1, 1, 0, 9)),
  stray: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 4, 7),
});
const pages = fc.constantFrom(
  ...[0, 1, 2, 6, 21, 25, 511, 512, 513, 1 << 18, (1 << 18) + 513, 1 << 26, 2 ** 27 + 1],
  ...[2 ** 36, 2 ** 52 - 1, 2 ** 45, 2 ** 29],
);
const requests = fc.array(
  fc.tuple(fc.constantFrom(-1, 0, 1, 300, 2 ** 18), pages, fc.integer({ min: 0, max: 3 })),
  {
    minLength: 10,
    maxLength: 10,
  },
);

const ROOT_OF: Readonly<Record<number, number>> = { 8: 8, 9: 12, 10: 16 };

function build(
  table: readonly (readonly [number, number, number])[],
  rights: readonly number[],
  c: typeof context extends fc.Arbitrary<infer T> ? T : never,
) {
  const m = new RiscvMachine(undefined, FRAMES);
  while (m.ram.allocate(1) !== 0);
  table.forEach(([to, bits, high], i) => {
    // A large page wants an aligned frame: 0 is one.
    const frame = (bits & 0xe) !== 0 && (i & 1) === 0 ? 0 : to;
    m.store(22 + (i >> 2), INDICES[i & 3], [(frame << 10) | bits, high]);
  });
  for (const [from, to] of [
    [16, 12],
    [12, 8],
    [8, 20],
    [20, 21],
  ])
    m.store(from, 0, directory.makeDirectory(to));
  m.store(11, 1, [((1 << 18) << 10) | 0xd7, 0]);
  rights.forEach((right, i) => {
    m.store(21, 4 + i, [((4 + i) << 10) | right, 0]);
  });
  const hasProcesses = (c.tc & dc.DC_PROCESS_DIRECTORY) !== 0;
  const second = [c.second, 5, ROOT_OF[c.second] ?? 8] as const;
  const roots = [6, 5, 4];
  const first = hasProcesses
    ? ([c.processes, roots[c.processes - 1] ?? 4] as const)
    : ([c.first, 24] as const);
  m.context(RID, c.tc, first, second, 77);
  if (c.stray !== 0) m.store(m.contexts, (RID & 0x3f) * 8 + c.stray, [1, 0]);
  m.store(4, 0, directory.makeDirectory(5));
  m.store(5, 0, directory.makeDirectory(6));
  m.store(5, 1, [((c.process[1] === 9 ? 500 : 6) << 10) | 1, 0]);
  for (const pid of [0, 1]) {
    m.process(6, pid, 80 + pid, [c.process[0], 24 + pid]);
    m.store(6, 2 * pid, [((80 + pid) << 12) | c.process[1], 0]);
  }
  return m;
}

test('both walkers agree on random tables, malformed ones included', () => {
  const translated = new Map<string, number>();
  const faults = new Set<number>();
  fc.assert(
    fc.property(stores, windows, context, requests, (table, rights, c, asked) => {
      const m = build(table, rights, c);
      const [naive, fast] = walkersOf(m);
      for (const [pid, page, permission] of asked) {
        const fault = sameAnswer(
          naive,
          fast,
          answer,
          (walker) => walker.translate(0, RID, pid, page, permission),
          (walker) => walker.translationRequest(0, RID, pid, page),
        );
        if (fault === 0) {
          const what = `${naive.pscid >= 0 ? 'first' : ''}${naive.tag >= 0 ? 'second' : ''}${pid >= 0 ? ' pid' : ''}`;
          translated.set(what, (translated.get(what) ?? 0) + 1);
        } else faults.add(fault);
      }
    }),
    { seed: 4, numRuns: 6000 },
  );
  // The comparison is worth something only if it sees translations of each kind and most of the reasons to fault.
  for (const what of [
    '',
    'first',
    'second',
    'firstsecond',
    ' pid',
    'first pid',
    'second pid',
    'firstsecond pid',
  ])
    expect(translated.get(what) ?? 0, what).toBeGreaterThan(30);
  expect([...faults].map(causeName).sort()).toEqual(
    Object.keys(CAUSE)
      .filter((name) => !['directoryInvalid', 'allDisallowed', 'directoryLoad'].includes(name))
      .sort(),
  );
});

test('the closure of memory is what the walker finds, and its configuration members fault as it does', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(stores, windows, context, (table, rights, c) => {
      const m = build(table, rights, c);
      const walker = new NaiveWalker(m, () => 3);
      closureAsWalked(
        m,
        walker,
        'device-context',
        [-1, 0, 1],
        (request, page, permission) => walker.translate(0, RID, request, page, permission),
        (request) => seen.add(`${walker.pscid >= 0} ${walker.tag >= 0} ${request >= 0}`),
      );
    }),
    { seed: 5, numRuns: 400 },
  );
  expect(seen.size).toBe(8);
});

test('a global mapping is used by every address space of the stage, and no PSCID takes it away', () => {
  const m = new RiscvMachine();
  const root = m.table();
  const leaf = m.map(root, 3, 3, 0x77, 3);
  m.store(leaf, 3, [m.low(leaf, 3) | pte.PTE_GLOBAL, 0]);
  m.context(RID, dc.DC_VALID, [sv39, root], [0, 0, 0], 33);
  const rows = [...m.close()].map(row).filter((r) => r[ROW.kind] === m.kind('first'));
  expect(rows.map((r) => r[ROW.pasid])).toEqual([-1]);
});

test('a translation request is answered without permission for these, and for no other', () => {
  const codes = Array.from({ length: 0x200 }, (_, code) => code).filter(isRecoverable);
  expect(codes).toEqual([13, 15, 21, 23, 266]);
});

test.each([
  [3, dc.MODE.sv39],
  [4, dc.MODE.sv48],
  [5, dc.MODE.sv57],
])(
  'first stage of %i levels: both walkers take the last pages of either half, and none between',
  (levels, mode) => {
    const machine = new RiscvMachine();
    const root = machine.table();
    const half = 2 ** (9 * levels - 1);
    // A walk looks at the low bits alone: what is mapped here at half is seen where its upper bits are all set.
    const low = machine.map(root, levels, half - 1, 0x700, 3);
    const high = machine.map(root, levels, half, 0x701, 3);
    expect(low).not.toBe(high);
    machine.context(RID, dc.DC_VALID, [mode, root], [0, 0, 0], 33);
    const both = walkersOf(machine);
    for (const walker of both) {
      const go = (page: number): string => answer(walker, walker.translate(0, RID, -1, page, 1));
      expect([half - 1, half, 2 ** 52 - half - 1, 2 ** 52 - half].map(go)).toEqual([
        '1792 size 0 permission 3 gscid -1 pscid 33',
        'readPage',
        'readPage',
        '1793 size 0 permission 3 gscid -1 pscid 33',
      ]);
    }
  },
);

test('causes have the numbers of the specification (3.2, Table 11), and say what an access wanted', () => {
  expect(CAUSE).toEqual({
    readAccess: 5,
    writeAccess: 7,
    readPage: 13,
    writePage: 15,
    readGuestPage: 21,
    writeGuestPage: 23,
    allDisallowed: 256,
    directoryLoad: 257,
    directoryInvalid: 258,
    directoryMisconfigured: 259,
    typeDisallowed: 260,
    processLoad: 265,
    processInvalid: 266,
    processMisconfigured: 267,
  });
  expect([1, 2, 3].map((permission) => pageFault(permission, false))).toEqual([13, 15, 15]);
  expect([1, 2, 3].map((permission) => pageFault(permission, true))).toEqual([21, 23, 23]);
  expect([1, 2, 3].map(accessFault)).toEqual([5, 7, 7]);
});

test('the closure finds what each of the four pages of a wide root maps, and nothing without a device directory', () => {
  const machine = new RiscvMachine();
  const wide = machine.wideTable();
  const pages = [7, 2 ** 27 + 7, 2 ** 28 + 7, 3 * 2 ** 27 + 7];
  pages.forEach((page, i) => {
    machine.map(wide, 3, page, 0x900 + i, 3);
  });
  machine.context(RID, dc.DC_VALID, [bare, 0], [sv39, 5, wide]);
  const flights = () =>
    [...machine.close()]
      .map(row)
      .filter((r) => machine.architecture.kinds[r[ROW.kind]].role === 'flight')
      .map((r) => [r[ROW.page], r[ROW.frame]])
      .sort(([a], [b]) => a - b);
  expect(flights()).toEqual(pages.map((page, i) => [page, 0x900 + i]));
  machine.roots.fill(0);
  expect(flights()).toEqual([]);
});

test('both walkers read the whole of a pointer: what lies beyond memory is no table, though its low bits name one', () => {
  const machine = new RiscvMachine();
  const [root, wide] = [machine.table(), machine.wideTable()];
  machine.map(root, 3, 3, 0x777, 3);
  machine.map(wide, 3, 3, 0x778, 3);
  const both = walkersOf(machine);
  const at = directory.deviceIndex(RID, 1) * dc.DC_QWORDS;
  /** What is added to the page numbers, below and above bit 32. */
  const answers = (beyond: number, above: number): string[] =>
    both.flatMap((walker) => {
      const go = (qword: number): string => {
        const { contexts } = machine;
        machine.store(contexts, at + qword, [
          machine.low(contexts, at + qword),
          machine.high(contexts, at + qword) | above,
        ]);
        return answer(walker, walker.translate(0, RID, -1, 3, 1));
      };
      machine.context(RID, dc.DC_VALID, [sv39, root + beyond]);
      const first = go(3);
      machine.context(RID, dc.DC_VALID, [bare, 0], [sv39, 5, wide + beyond]);
      return [first, go(1)];
    });
  const found = answers(0, 0);
  expect(found.slice(0, 2)).toEqual(found.slice(2));
  expect(found[0]).toContain('1911 ');
  const fault = ['readAccess', 'readAccess', 'readAccess', 'readAccess'];
  expect([answers(2 ** 20, 0), answers(0, 1)]).toEqual([fault, fault]);
});
