import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Coverage } from '../../../src/hardware/coverage.js';
import {
  decode,
  encode,
  EVERYTHING,
  LARGEST_MASK,
  QUEUE_ERROR,
} from '../../../src/hardware/vtd/descriptors.js';
import { COMMAND, type CommandName, KIND, type KindName, vtd } from '../../../src/hardware/vtd/index.js';
import { ROW } from '../../../src/vocabulary/architecture.js';
import { commandWorld, matchingRow, testCommands } from '../command-table.js';

/** The table of 6.5.2, in the form of {@link testCommands}: R requester, D domain. */
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

testCommands({
  architecture: vtd,
  columns: COLUMNS,
  lines: TABLE,
  tag: ['D', 6],
  ofDevices: ['absent-context', 'absent-pasid'],
  // Of pass-through, `-P` is DP; of second-stage entries kept per domain it is nothing.
  cell: (written, kind) => (written !== '-P' ? written : kind.endsWith('pass-through') ? 'DP' : '.'),
});

describe.each([false, true])('ranges, caching mode %s', (cachingMode) => {
  const coverage = new Coverage(vtd.kinds, vtd.commands, commandWorld(cachingMode));

  test('a range and a large page meet when one contains the other', () => {
    const row = matchingRow(KIND.second, false);
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
