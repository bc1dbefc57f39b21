import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as context from '../../../src/hardware/vtd/entries/context.js';
import * as first from '../../../src/hardware/vtd/entries/first-level.js';
import * as pasids from '../../../src/hardware/vtd/entries/pasid.js';
import { KIND, type KindName } from '../../../src/hardware/vtd/index.js';
import { NaiveWalker } from '../../../src/hardware/vtd/walk-naive.js';
import { IDENTITY, ROW } from '../../../src/vocabulary/architecture.js';
import { row, shape, text, WorstCase } from '../machine.js';
import { VtdMachine } from './world.js';

const RID = 0x10;
const DID = 5;
const PASID = 1;

/** What the flights of a closure let a request reach, as "frame permission". */
function reached(rows: Iterable<string>, request: number, page: number): Set<string> {
  const found = new Set<string>();
  for (const written of rows) {
    const one = row(written);
    const kind = one[ROW.kind];
    if (kind < KIND['flight-second'] || kind > KIND['flight-nested'] || one[ROW.extra] !== request) continue;
    const span = 2 ** one[ROW.size];
    if (page < one[ROW.page] || page >= one[ROW.page] + span) continue;
    const frame = one[ROW.frame] === IDENTITY ? page : one[ROW.frame] + page - one[ROW.page];
    found.add(`${frame} ${one[ROW.attributes] & 3}`);
  }
  return found;
}

describe('the closure of memory is what the walker finds', () => {
  const FRAMES = 14;
  const entry = fc.tuple(
    fc.integer({ min: 5, max: FRAMES }),
    fc.constantFrom(7, 7, 7, 7, 3, 3, 5, 0x87, 0x83, 0, 1, 2, 0x803),
  );
  const config = fc.tuple(
    fc.constantFrom(1, 2, 3, 3, 4),
    fc.integer({ min: 5, max: FRAMES }),
    fc.constantFrom(5, 5, 9),
    fc.constantFrom(0, 0, 0x200),
    fc.constantFrom(0, 1, 0x11),
  );
  test('on random tables', () => {
    const seen = new Set<number>();
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 18, maxLength: 18 }),
        config,
        config,
        fc.constantFrom(0, context.CONTEXT_RID_PRIVILEGED),
        (entries, one, other, ridFlags) => {
          const m = new VtdMachine(undefined, FRAMES);
          m.store(m.contextTable, context.contextIndex(RID) + 1, context.makeContext1(0, ridFlags));
          entries.forEach(([to, flags], i) => {
            const address = (flags & 0x80) !== 0 ? 0x40000000 : to << 12;
            m.store(5 + (i >> 1), i & 1, [address | flags, 0]);
          });
          // Frames 5 to 13 are seen at their own numbers through tables 5 to 8, so that nested walks get somewhere.
          for (const frame of [5, 6, 7]) m.store(frame, 0, [((frame + 1) << 12) | 7, 0]);
          for (let frame = 5; frame < FRAMES; frame++)
            m.store(8, frame, [(frame << 12) | (frame === 12 ? 1 : 7), 0]);
          [one, other].forEach(([type, firstTable, secondTable, flags0, flags2], pasid) => {
            m.pasidWord(pasid, 1, pasids.makePasid1(30 + pasid));
            m.pasidWord(pasid, 2, pasids.makePasid2(firstTable, flags2));
            m.pasidWord(pasid, 0, pasids.makePasid0(type, secondTable, 1 | flags0));
          });
          const rows = m.close();
          const walker = new NaiveWalker(m);
          const configs = [...rows].map(row).filter((r) => r[ROW.kind] === KIND.context);
          for (const request of [-1, 1]) {
            for (const page of [0, 1, 2, 512, 513, (1 << 18) + 1, (1 << 27) + 513, 1 << 28]) {
              const expected = walker.translate(0, RID, request, page, 0) === 0 && walker.permission !== 0;
              const found = reached(rows, request, page);
              expect([...found]).toEqual(expected ? [`${walker.frame} ${walker.permission}`] : []);
              if (expected) seen.add(walker.type);
              for (const permission of [1, 2, 3]) {
                const fault = walker.translate(0, RID, request, page, permission);
                expect(configs.map((r) => m.bound.faultOf(r, 0, request, page, permission))).toEqual([fault]);
              }
            }
          }
        },
      ),
      { seed: 5, numRuns: 150 },
    );
    expect([...seen].sort()).toEqual([1, 2, 3, 4]);
  });
});

test('what a route of a device may do follows its context entry and its own registers', () => {
  const m = new VtdMachine();
  const root = m.table();
  m.mapSecond(root, 0, 0x77, 3);
  m.pasid(0, pasids.SECOND_LEVEL, DID, 0, root);
  m.pasid(PASID, pasids.SECOND_LEVEL, DID, 0, root);
  const kinds = (): string[] =>
    [...m.close()].map((written) => {
      const one = row(written);
      return `${m.architecture.kinds[one[ROW.kind]].name} ${one[ROW.extra]}`;
    });
  const requests = (name: string): string[] =>
    kinds()
      .filter((kind) => kind.startsWith(`${name} `))
      .sort();
  expect(requests('device-tlb')).toEqual(['device-tlb -1', 'device-tlb 1']);
  expect(requests('flight-translated')).toEqual(['flight-translated -1', 'flight-translated 1']);
  m.off.add('ats 0');
  expect([requests('device-tlb'), requests('flight-second').length]).toEqual([[], 2]);
  m.off.clear();
  m.off.add('pasid 0');
  expect(requests('flight-second')).toEqual(['flight-second -1']);
  m.off.clear();
  m.context(RID, context.CONTEXT_PRESENT);
  expect([requests('device-tlb'), requests('flight-second')]).toEqual([[], ['flight-second -1']]);
});

/** One route (RID, PASID) of an ATS device, with one page mapped. */
function mapped(type: number): { m: VtdMachine; c: WorstCase; root: number; leaf: number } {
  const m = new VtdMachine();
  const root = m.table();
  const c = new WorstCase(m);
  // The rest of the entry first, the unit with P last.
  m.pasidWord(PASID, 2, pasids.makePasid2(type === pasids.FIRST_LEVEL ? root : 0));
  c.stored();
  m.pasidWord(PASID, 1, pasids.makePasid1(DID));
  c.stored();
  m.pasidWord(PASID, 0, pasids.makePasid0(type, type === pasids.FIRST_LEVEL ? 0 : root));
  c.stored();
  const leaf = type === pasids.FIRST_LEVEL ? m.mapFirst(root, 0, 0x77, 3) : m.mapSecond(root, 0, 0x77, 3);
  c.stored();
  return { m, c, root, leaf };
}

describe.each([
  ['first level', pasids.FIRST_LEVEL, 'first'],
  ['second level', pasids.SECOND_LEVEL, 'second'],
])('the worst-case cache: %s', (_name, type, leafKind) => {
  const isFirst = type === pasids.FIRST_LEVEL;
  const flushPage = (c: WorstCase, hint: number): void =>
    isFirst
      ? c.effect('pasid-iotlb-page', { tag: DID, pasid: PASID, page: 0, mask: 0, hint })
      : c.effect('iotlb-page', { tag: DID, page: 0, mask: 0, hint });
  const flushAll = (c: WorstCase): void =>
    isFirst
      ? c.effect('pasid-iotlb-pasid', { tag: DID, pasid: PASID })
      : c.effect('iotlb-domain', { tag: DID });
  const flushDevice = (c: WorstCase): void => c.effect('pasid-device-tlb', { pasid: PASID });
  const flushPasid = (c: WorstCase): void => c.effect('pasid-cache-pasid', { tag: DID, pasid: PASID });
  const fly = `flight-${leafKind}`;

  test('setting up and mapping leave nothing stale', () => {
    expect(mapped(type).c.ledger()).toEqual([]);
  });

  test.each([0, 1])('unmap: clear, IOTLB (hint %i), device-TLB', (hint) => {
    const { m, c, leaf } = mapped(type);
    m.store(leaf, 0, [0, 0]);
    c.stored();
    expect(c.ledgerKinds()).toEqual(['device-tlb', leafKind, fly, 'flight-translated'].sort());
    flushPage(c, hint);
    expect(c.ledgerKinds()).toEqual(['device-tlb', 'flight-translated']);
    flushDevice(c);
    expect(c.ledger()).toEqual([]);
  });

  test('unmap: a device-TLB emptied before the IOTLB refills from it', () => {
    const { m, c, leaf } = mapped(type);
    m.store(leaf, 0, [0, 0]);
    c.stored();
    flushDevice(c);
    flushPage(c, 0);
    expect(c.ledgerKinds()).toEqual(['device-tlb', 'flight-translated']);
  });

  test('unmap of a table with the hint set leaves the upper entry', () => {
    const { m, c, root } = mapped(type);
    m.store(root, 0, [0, 0]);
    c.stored();
    flushPage(c, 1);
    flushDevice(c);
    expect(c.ledgerKinds()).toContain(`${leafKind}-structure`);
    flushPage(c, 0);
    flushDevice(c);
    expect(c.ledger()).toEqual([]);
  });

  test('teardown: the PASID cache first, for it feeds both others; a device without a route fills nothing', () => {
    const flushes = { pasid: flushPasid, iotlb: flushAll, device: flushDevice };
    const orders = [
      ['pasid', 'iotlb', 'device'],
      ['pasid', 'device', 'iotlb'],
      ['iotlb', 'pasid', 'device'],
      ['iotlb', 'device', 'pasid'],
      ['device', 'pasid', 'iotlb'],
      ['device', 'iotlb', 'pasid'],
    ] as const;
    const clean = orders.filter((order) => {
      const { m, c } = mapped(type);
      m.pasidWord(PASID, 0, [0, 0]);
      c.stored();
      for (const flush of order) flushes[flush](c);
      return c.ledger().length === 0;
    });
    expect(clean).toEqual([
      ['pasid', 'iotlb', 'device'],
      ['pasid', 'device', 'iotlb'],
    ]);
  });
});

describe('an entry read in parts', () => {
  test('zeroed word by word under P: the first unit as it was, the pointer as it is', () => {
    const { m, c, root } = mapped(pasids.FIRST_LEVEL);
    const other = m.table();
    const hasRoot = (frame: number): boolean =>
      [...c.rows].map(row).some((r) => r[ROW.kind] === KIND.pasid && r[ROW.frame] === frame);
    m.pasidWord(PASID, 0, [0, 0]);
    c.stored();
    m.pasidWord(PASID, 2, pasids.makePasid2(other));
    c.stored();
    expect([hasRoot(root), hasRoot(other)]).toEqual([true, true]);
    c.effect('pasid-cache-pasid', { tag: DID, pasid: PASID });
    expect([hasRoot(root), hasRoot(other)]).toEqual([false, false]);
  });

  test('present bit cleared and flushed before the rest: never torn', () => {
    const { m, c } = mapped(pasids.FIRST_LEVEL);
    const at = pasids.pasidIndex(PASID);
    m.pasidWord(PASID, 0, [m.low(m.pasidTable, at) & ~1, 0]);
    c.stored();
    c.effect('pasid-cache-pasid', { tag: DID, pasid: PASID });
    c.effect('pasid-iotlb-pasid', { tag: DID, pasid: PASID });
    c.effect('pasid-device-tlb', { pasid: PASID });
    for (const word of [0, 1, 2]) {
      m.pasidWord(PASID, word, [0, 0]);
      c.stored();
    }
    expect(c.ledger()).toEqual([]);
  });

  test('a domain id changed under P is seen with the old table', () => {
    const { m, c } = mapped(pasids.SECOND_LEVEL);
    m.pasidWord(PASID, 1, pasids.makePasid1(9));
    c.stored();
    c.effect('iotlb-domain', { tag: 9 });
    expect(c.ledgerKinds()).toContain('pasid');
    expect([...c.rows].map(row).some((r) => r[ROW.kind] === KIND.second && r[ROW.tag] === DID)).toBe(true);
  });
});

describe('nested', () => {
  function nest() {
    const m = new VtdMachine();
    const second = m.table();
    const tables = [0, 1, 2, 3].map(() => m.table());
    [0x101, 0x102, 0x103, 0x200].forEach((page, i) => {
      m.store(tables[i], 0, first.makeFirstLevel(page, 7));
    });
    let parent = 0;
    tables.forEach((frame, i) => {
      parent = m.mapSecond(second, 0x100 + i, frame, 3);
    });
    m.mapSecond(second, 0x200, 0x55, 3);
    m.pasid(PASID, pasids.NESTED, DID, 0x100, second);
    return { m, c: new WorstCase(m), tables, second, parent };
  }
  const has = (c: WorstCase, kind: KindName): boolean => c.ledgerKinds().includes(kind);

  test("a parent's unmap is flushed by its own addresses, and takes combined entries of the domain with it", () => {
    const { m, c, second } = nest();
    m.mapSecond(second, 0x200, 0, 0);
    c.stored();
    expect([has(c, 'second'), has(c, 'nested'), has(c, 'flight-nested')]).toEqual([true, true, true]);
    // By the guest's own address the combined entry goes, and comes back from the second stage's.
    c.effect('pasid-iotlb-page', { tag: DID, pasid: PASID, page: 0, mask: 0 });
    expect(has(c, 'nested')).toBe(true);
    c.effect('iotlb-page', { tag: DID, page: 0x200, mask: 0 });
    expect(c.ledgerKinds()).toEqual(['device-tlb', 'flight-translated']);
    c.effect('pasid-device-tlb', { pasid: PASID });
    expect(c.ledger()).toEqual([]);
  });

  test("a parent's unmap of a guest table makes what lies below it stale, hint or not", () => {
    const { m, c, second } = nest();
    m.mapSecond(second, 0x102, 0, 0);
    c.stored();
    expect([has(c, 'nested-structure'), has(c, 'nested')]).toEqual([true, true]);
    c.effect('iotlb-page', { tag: DID, page: 0x102, mask: 0, hint: 1 });
    c.effect('pasid-device-tlb', { pasid: PASID });
    expect(c.ledger()).toEqual([]);
  });

  test("a guest's own unmap is flushed by its address", () => {
    const { m, c, tables } = nest();
    m.store(tables[3], 0, [0, 0]);
    c.stored();
    expect([has(c, 'nested-page'), has(c, 'nested'), has(c, 'second')]).toEqual([true, true, false]);
    c.effect('pasid-iotlb-page', { tag: DID, pasid: PASID, page: 0, mask: 0, hint: 1 });
    c.effect('pasid-device-tlb', { pasid: PASID });
    expect(c.ledger()).toEqual([]);
  });
});

describe('caching mode', () => {
  const world = shape({ iommus: [{ cachingMode: true, firstLevel: false }], pages: [0, 1] });

  test('a mapping made without a flush may still be seen as absent', () => {
    const m = new VtdMachine(world);
    const root = m.table();
    m.pasid(PASID, pasids.SECOND_LEVEL, DID, 0, root);
    const c = new WorstCase(m);
    m.mapSecond(root, 0, 0x77, 3);
    c.stored();
    expect(c.ledgerKinds()).toContain('absent-second');
    const absent = c.ledger().length;
    c.effect('iotlb-page', { tag: DID, page: 0, mask: 0 });
    expect(absent).toBeGreaterThan(0);
    expect(c.ledger()).toEqual([]);
  });

  test('absent PASID and context entries, and first-stage entries never', () => {
    const m = new VtdMachine(world);
    const c = new WorstCase(m);
    const root = m.table();
    m.pasid(PASID, pasids.FIRST_LEVEL, DID, root, 0);
    c.stored();
    expect(c.ledgerKinds()).toEqual(['absent-pasid']);
    m.mapFirst(root, 0, 0x77, 3);
    c.stored();
    expect(c.ledgerKinds()).toEqual(['absent-pasid']);
    c.effect('pasid-cache-pasid', { tag: DID, pasid: PASID });
    expect(c.ledger()).toEqual([]);
    m.store(m.contextTable, context.contextIndex(RID), [0, 0]);
    expect([...m.close()].map((written) => row(written)[ROW.kind])).toEqual([KIND['absent-context']]);
  });

  test('the hypervisor passes IOTLB invalidations on to the device', () => {
    const m = new VtdMachine(world);
    const root = m.table();
    const leaf = m.mapSecond(root, 0, 0x77, 3);
    m.pasid(PASID, pasids.SECOND_LEVEL, DID, 0, root);
    const c = new WorstCase(m);
    m.store(leaf, 0, [0, 0]);
    c.stored();
    c.effect('iotlb-domain', { tag: DID });
    expect(c.ledger()).toEqual([]);
  });
});

test('domains of two IOMMUs do not meet', () => {
  const devices = [
    { ...shape().devices[0], rid: RID },
    { ...shape().devices[0], rid: 0x18, iommu: 1 },
  ];
  const iommu = shape().iommus[0];
  const m = new VtdMachine(shape({ devices, iommus: [iommu, iommu] }));
  const root = m.table();
  const leaf = m.mapSecond(root, 0, 0x77, 3);
  m.pasid(PASID, pasids.SECOND_LEVEL, DID, 0, root);
  const c = new WorstCase(m);
  m.store(leaf, 0, [0, 0]);
  c.stored();
  c.effect('iotlb-domain', { device: 0, tag: DID });
  c.effect('device-tlb', { device: 0 });
  const left = [...c.rows].filter((written) => !m.close().has(written)).map(row);
  expect(left.length).toBeGreaterThan(0);
  expect(left.every((r) => r[ROW.device] === 1 || r[ROW.device] === ~1)).toBe(true);
  expect(left.map(text).length).toBe(c.ledger().length);
});
