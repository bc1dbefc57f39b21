import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Coverage } from '../../src/hardware/coverage.js';
import { decode, encode, EVERYTHING, LARGEST_MASK, QUEUE_ERROR } from '../../src/hardware/vtd/descriptors.js';
import { COMMAND, type CommandName, KIND, type KindName, vtd } from '../../src/hardware/vtd/index.js';
import { ROW, ROW_WIDTH } from '../../src/vocabulary/architecture.js';
import { device, shape } from './machine.js';

/**
 * The table of 6.5.2 written a second time, by hand and in another form: a line a command, a column a kind. `*` covered whatever
 * it is; letters: what must match, R requester, D domain, P PASID, Q the request's PASID, A address, L only without hint; `.` not
 * touched. After `|` what emulated hardware (caching mode) reaches too.
 */
const COLUMNS: readonly (readonly KindName[])[] = [
  ['context', 'absent-context'],
  ['fetch', 'pasid'],
  ['absent-pasid'],
  ['second', 'pass-through'],
  ['flight-second', 'flight-pass-through'],
  ['absent-second'],
  ['second-structure'],
  ['first', 'nested', 'nested-page'],
  ['flight-first', 'flight-nested'],
  ['first-structure', 'nested-structure', 'nested-table'],
  ['device-tlb', 'flight-translated'],
];
const TABLE: Readonly<Record<CommandName, string>> = {
  //                    ctx fet  abs  SS   fly   aSS  SSt   FS   fly  FSt   dev
  'context-global': '     * .    .    .    .     .    .     .    .    .     .  | .',
  'context-device': '     R .    .    .    .     .    .     .    .    .     .  | .',
  'pasid-cache-global': ' . *    *    .    .     .    .     .    .    .     .  | *',
  'pasid-cache-domain': ' . D    D    .    .     .    .     .    .    .     .  | D',
  'pasid-cache-pasid': '  . DP   P    .    .     .    .     .    .    .     .  | DP',
  'iotlb-global': '       . .    .    *    *     *    *     *    *    *     .  | *',
  'iotlb-domain': '       . .    .    D    D     D    D     D    D    D     .  | D',
  'iotlb-page': '         . .    .    DA   DA    DA   DAL   D    D    D     .  | DA',
  'pasid-iotlb-pasid': '  . .    .    -P   -P    .    .     DP   DP   DP    .  | DP',
  'pasid-iotlb-page': '   . .    .    .    .     .    .     DPA  DPA  DPAL  .  | DPA',
  'device-tlb': '         . .    .    .    .     .    .     .    .    .     RA | RA',
  'pasid-device-tlb': '   . .    .    .    .     .    .     .    .    .     RQA | RQA',
  wait: '                 . .    .    .    .     .    .     .    .    .     .  | .',
};

/** The cell of a kind: of pass-through, `-P` is DP; of second-stage entries kept per domain it is nothing. */
function cell(command: CommandName, kind: KindName, cachingMode: boolean): string {
  const [plain, emulated] = TABLE[command].split('|');
  const column = COLUMNS.findIndex((kinds) => kinds.includes(kind));
  const last = column === COLUMNS.length - 1;
  const written = last && cachingMode ? emulated.trim() : plain.trim().split(/\s+/)[column];
  if (written === '-P') return kind.endsWith('pass-through') ? 'DP' : '.';
  return written;
}

const world = (cachingMode: boolean) =>
  shape({
    devices: [device(0x10), device(0x18), device(0x20, { iommu: 1 })],
    iommus: [
      { cachingMode, firstLevel: true },
      { cachingMode, firstLevel: true },
    ],
  });
const isOwnedByDevice = (kind: number): boolean =>
  ['config', 'fetch', 'device', 'flight'].includes(vtd.kinds[kind].role) ||
  kind === KIND['absent-context'] ||
  kind === KIND['absent-pasid'];

/** A row that matches the command of {@link SCOPE} in everything. */
function matching(kind: number): number[] {
  const row = new Array<number>(ROW_WIDTH).fill(0);
  row[ROW.kind] = kind;
  row[ROW.device] = isOwnedByDevice(kind) ? 0 : ~0;
  row[ROW.pasid] = 7;
  row[ROW.tag] = 5;
  row[ROW.page] = 0x40;
  row[ROW.extra] = 7;
  return row;
}

describe.each([false, true])('invalidation × kind, caching mode %s', (cachingMode) => {
  const coverage = new Coverage(vtd.kinds, vtd.commands, world(cachingMode));
  const covers = (command: number, row: number[], hint = 0, mask = 0, from = 0): boolean =>
    coverage.covers(command, from, 7, 5, 0x40, mask, hint, row, 0);

  test.each(vtd.commands.map((command) => command.name as CommandName))('%s', (name) => {
    const command = COMMAND[name];
    for (const kind of vtd.kinds) {
      const number = KIND[kind.name as KindName];
      const expected = cell(name, kind.name as KindName, cachingMode);
      const says = `${name} × ${kind.name}`;
      expect(covers(command, matching(number)), says).toBe(expected !== '.');
      // Each field wrong in turn: covered exactly when the cell does not ask for it.
      const wrong = (field: number, value: number): boolean => {
        const row = matching(number);
        row[field] = value;
        return covers(command, row);
      };
      const isCovered = (letter: string): boolean => expected !== '.' && !expected.includes(letter);
      if (isOwnedByDevice(number)) expect(wrong(ROW.device, 1), says).toBe(isCovered('R'));
      expect(wrong(ROW.tag, 6), says).toBe(isCovered('D'));
      expect(wrong(ROW.pasid, 8), says).toBe(isCovered('P'));
      expect(wrong(ROW.extra, -1), says).toBe(isCovered('Q'));
      expect(wrong(ROW.page, 0x41), says).toBe(isCovered('A'));
      expect(covers(command, matching(number), 1), says).toBe(isCovered('L'));
      // Another IOMMU's entries are never touched.
      expect(wrong(ROW.device, isOwnedByDevice(number) ? 2 : ~1), says).toBe(false);
    }
  });

  test('a range and a large page meet when one contains the other', () => {
    const row = matching(KIND.second);
    row[ROW.page] = 0x200;
    row[ROW.size] = 9;
    const page = (at: number, mask: number): boolean =>
      coverage.covers(COMMAND['iotlb-page'], 0, -1, 5, at, mask, 0, row, 0);
    expect([page(0x200, 0), page(0x3ff, 0), page(0x1ff, 0), page(0x400, 0)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([page(0x000, 9), page(0x000, 10), page(0, 36)]).toEqual([false, true, true]);
  });
});

describe('descriptors', () => {
  const words = (qwords: readonly bigint[]): Int32Array =>
    Int32Array.from(qwords.flatMap((q) => [Number(q & 0xffffffffn) | 0, Number(q >> 32n) | 0]));
  const fields = (over: object) => ({
    command: 0,
    rid: 0,
    pasid: 0,
    tag: 0,
    page: 0,
    mask: 0,
    hint: 0,
    ...over,
  });

  test.each([
    ['context-global', {}, [0x11n, 0n]],
    ['context-device', { rid: 0x1234 }, [0x123400000031n, 0n]],
    ['pasid-cache-domain', { tag: 0xabcd }, [0xabcd0007n, 0n]],
    ['pasid-cache-pasid', { tag: 0xabcd, pasid: 0x12345 }, [0x12345abcd0017n, 0n]],
    ['pasid-cache-global', {}, [0x37n, 0n]],
    ['iotlb-global', {}, [0xd2n, 0n]],
    ['iotlb-domain', { tag: 5 }, [0x500e2n, 0n]],
    ['iotlb-page', { tag: 5, page: 0x12340, mask: 4, hint: 1 }, [0x500f2n, 0x12340044n]],
    ['pasid-iotlb-pasid', { tag: 5, pasid: 9 }, [0x900050026n, 0n]],
    ['pasid-iotlb-page', { tag: 5, pasid: 9, page: 0x10, mask: 0 }, [0x900050036n, 0x10000n]],
    ['device-tlb', { rid: 0x10, page: 0x77 }, [0x1000000003n, 0x77000n]],
    // Two pages: the lowest address bit is 0; four pages: the lowest is 1, the next 0.
    ['device-tlb', { rid: 0x10, page: 0x76, mask: 1 }, [0x1000000003n, 0x76001n]],
    ['device-tlb', { rid: 0x10, page: 0x74, mask: 2 }, [0x1000000003n, 0x75001n]],
    ['device-tlb', { rid: 0x10, page: 0, mask: EVERYTHING }, [0x1000000003n, 0x7ffffffffffff001n]],
    [
      'pasid-device-tlb',
      { rid: 0x10, pasid: 3, page: 0, mask: EVERYTHING },
      [0x300100008n, 0x7ffffffffffff800n],
    ],
    ['wait', {}, [0x25n, 0n]],
  ] as const)('%s has the bits of 6.5.2', (name, over, qwords) => {
    const out = new Int32Array(8);
    encode(fields({ ...over, command: COMMAND[name] }), out);
    expect(Array.from(out.subarray(0, 4))).toEqual(Array.from(words(qwords)));
    expect(decode(out)).toEqual(fields({ ...over, command: COMMAND[name] }));
  });

  test('what is encoded is decoded', () => {
    const uses: Record<CommandName, readonly string[]> = {
      'context-global': [],
      'context-device': ['rid'],
      'pasid-cache-global': [],
      'pasid-cache-domain': ['tag'],
      'pasid-cache-pasid': ['tag', 'pasid'],
      'iotlb-global': [],
      'iotlb-domain': ['tag'],
      'iotlb-page': ['tag', 'page', 'mask', 'hint'],
      'pasid-iotlb-pasid': ['tag', 'pasid'],
      'pasid-iotlb-page': ['tag', 'pasid', 'page', 'mask', 'hint'],
      'device-tlb': ['rid', 'page', 'mask'],
      'pasid-device-tlb': ['rid', 'pasid', 'page', 'mask'],
      wait: [],
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...vtd.commands.map((command) => command.name as CommandName)),
        fc.integer({ min: 0, max: 0xffff }),
        fc.integer({ min: 0, max: 0xfffff }),
        fc.integer({ min: 0, max: 0xffff }),
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        fc.integer({ min: 0, max: LARGEST_MASK }),
        fc.integer({ min: 0, max: 1 }),
        (name, rid, pasid, tag, anyPage, mask, hint) => {
          const all: Record<string, number> = {
            rid,
            pasid,
            tag,
            page: anyPage - (anyPage % 2 ** mask),
            mask,
            hint,
          };
          const used = Object.fromEntries(uses[name].map((field) => [field, all[field]]));
          const given = fields({ ...used, command: COMMAND[name] });
          const out = new Int32Array(8);
          encode(given, out);
          expect(decode(out)).toEqual(given);
        },
      ),
      { seed: 3, numRuns: 400 },
    );
  });

  test('reserved bits, types, granularities and masks are refused', () => {
    const check = (...qwords: bigint[]) => decode(words([...qwords, 0n, 0n, 0n, 0n].slice(0, 4)));
    expect(check(0x0n)).toBe(QUEUE_ERROR.type);
    expect(check(0x01n)).toBe(QUEUE_ERROR.type); // context cache, granularity 0
    expect(check(0x27n)).toBe(QUEUE_ERROR.type); // PASID cache, granularity 2
    expect(check(0x16n)).toBe(QUEUE_ERROR.type); // PASID-based IOTLB, granularity 1
    expect(check(0x11n, 1n)).toBe(QUEUE_ERROR.reserved);
    expect(check(0x8011n)).toBe(QUEUE_ERROR.reserved);
    expect(check(0x32n, 0x80n)).toBe(QUEUE_ERROR.reserved);
    expect(check(0x32n, 19n)).toBe(QUEUE_ERROR.reserved); // over CAP.MAMV
    expect(check(0x3n, 2n)).toBe(QUEUE_ERROR.reserved);
    expect(check(0x25n, 0n, 1n)).toBe(QUEUE_ERROR.reserved);
    // A domain-selective context-cache invalidation is a global one in scalable mode.
    expect(check(0x50021n)).toEqual(fields({ command: COMMAND['context-global'] }));
  });
});
