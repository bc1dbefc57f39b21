import { describe, expect, test } from 'vitest';
import { Coverage } from '../../../src/hardware/coverage.js';
import { encode } from '../../../src/hardware/riscv/commands.js';
import { COMMAND, type CommandName, KIND, type KindName, riscv } from '../../../src/hardware/riscv/index.js';
import { decodeFault, decodePageRequest, encodePageRequest } from '../../../src/hardware/riscv/queues.js';
import { ROW, ROW_WIDTH } from '../../../src/vocabulary/architecture.js';
import { device, shape } from '../machine.js';

/**
 * The tables of 3.1 written a second time, by hand and in another form: a line a command, a column a kind. `*` covered whatever it
 * is; letters: what must match, R device, G GSCID, P PSCID or process id, Q the request's process id, A address; `.` not touched.
 */
const COLUMNS: readonly (readonly KindName[])[] = [
  ['directory'],
  ['device-fetch', 'device-context'],
  ['process-directory', 'process-address'],
  ['process-fetch', 'process-context', 'nested-address', 'nested-root'],
  ['second'],
  ['second-structure'],
  ['first', 'nested-page'],
  ['nested'],
  ['first-structure', 'nested-table'],
  ['nested-structure'],
  ['bare'],
  ['device-tlb'],
  ['flight-first', 'flight-second', 'flight-nested', 'flight-bare', 'flight-translated'],
];
const TABLE: Readonly<Record<CommandName, string>> = {
  //                  dir dc  pdir proc  SS  SSt  FS   nest  FSt nSt  bare dev  fly
  vma: '               .  .   .    .     .   .    G    G     G   G    .    .    .',
  'vma-process': '     .  .   .    .     .   .    GP   GP    GP  GP   .    .    .',
  'vma-page': '        .  .   .    .     .   .    GA   GA    .   .    .    .    .',
  'vma-process-page': ' . .   .    .     .   .    GPA  GPA   .   .    .    .    .',
  'gvma-all': '        .  .   .    .     *   *    .    *     .   *    .    .    .',
  gvma: '              .  .   .    .     G   G    .    G     .   G    .    .    .',
  'gvma-page': '       .  .   .    .     GA  .    .    G     .   G    .    .    .',
  'ddt-all': '         *  *   *    *     .   .    .    .     .   .    *    .    .',
  'ddt-device': '      .  R   R    R     .   .    .    .     .   .    *    .    .',
  pdt: '               .  .   .    RP    .   .    .    .     .   .    *    .    .',
  ats: '               .  .   .    .     .   .    .    .     .   .    .    RA   .',
  'ats-process': '     .  .   .    .     .   .    .    .     .   .    .    RQA  .',
  fence: '             .  .   .    .     .   .    .    .     .   .    .    .    *',
};

const world = shape({
  devices: [device(0x10), device(0x18), device(0x20, { iommu: 1 })],
  iommus: [
    { cachingMode: false, firstLevel: true },
    { cachingMode: false, firstLevel: true },
  ],
});
const isOwnedByDevice = (kind: number): boolean =>
  ['config', 'fetch', 'device', 'flight'].includes(riscv.kinds[kind].role) ||
  kind === KIND['nested-address'] ||
  kind === KIND['nested-root'];

/** A row that matches the command in everything. */
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

describe('invalidation × kind', () => {
  const coverage = new Coverage(riscv.kinds, riscv.commands, world);
  const covers = (command: number, row: number[]): boolean =>
    coverage.covers(command, 0, 7, 5, 0x40, 0, 0, row, 0);

  test.each(riscv.commands.map((command) => command.name as CommandName))('%s', (name) => {
    const command = COMMAND[name];
    const written = TABLE[name].trim().split(/\s+/);
    expect(written.length).toBe(COLUMNS.length);
    for (const kind of riscv.kinds) {
      const number = KIND[kind.name as KindName];
      const expected = written[COLUMNS.findIndex((kinds) => kinds.includes(kind.name as KindName))];
      const says = `${name} × ${kind.name}`;
      expect(covers(command, matching(number)), says).toBe(expected !== '.');
      const wrong = (field: number, value: number): boolean => {
        const row = matching(number);
        row[field] = value;
        return covers(command, row);
      };
      const isCovered = (letter: string): boolean => expected !== '.' && !expected.includes(letter);
      if (isOwnedByDevice(number)) expect(wrong(ROW.device, 1), says).toBe(isCovered('R'));
      // A host command has no GSCID, and so have the host's entries: -1 is one like another.
      expect(wrong(ROW.tag, -1), says).toBe(isCovered('G'));
      expect(wrong(ROW.pasid, -1), says).toBe(isCovered('P'));
      expect(wrong(ROW.extra, -1), says).toBe(isCovered('Q'));
      expect(wrong(ROW.page, 0x41), says).toBe(isCovered('A'));
      expect(wrong(ROW.device, isOwnedByDevice(number) ? 2 : ~1), says).toBe(false);
    }
  });

  test('only a fence waits, and for everything', () => {
    expect(riscv.order).toEqual({ fence: riscv.commands.map((command) => command.name) });
  });
});

describe('commands and records have the bits of the specification', () => {
  const q = (words: Int32Array, i: number): bigint =>
    (BigInt(words[2 * i + 1] >>> 0) << 32n) | BigInt(words[2 * i] >>> 0);

  test.each<[CommandName, object, bigint, bigint]>([
    // opcode 6:0, func3 9:7, AV 10, PSCID 31:12, PSCV 32, GV 33, GSCID 59:44; address 61:10 of dword 1.
    ['vma', {}, 0x1n, 0n],
    ['vma-process', { pasid: 0xabcde }, 0x1_abcde001n, 0n],
    ['vma-process', { pasid: 0xabcde, tag: 0x1234 }, 0x1234003_abcde001n, 0n],
    ['vma-page', { page: 0x12345 }, 0x401n, 0x12345n << 10n],
    ['vma-process-page', { pasid: 1, page: 0x1234567 }, 0x1_00001401n, 0x1234567n << 10n],
    ['gvma-all', { tag: 3 }, 0x81n, 0n],
    ['gvma', { tag: 3 }, 0x3002_00000081n, 0n],
    ['gvma-page', { tag: 3, page: 1 }, 0x3002_00000481n, 0x400n],
    // DV 33, DID 63:40, PID 31:12.
    ['ddt-all', {}, 0x3n, 0n],
    ['ddt-device', { rid: 0x18 }, 0x1802_00000003n, 0n],
    ['pdt', { rid: 0x18, pasid: 9 }, 0x1802_00009083n, 0n],
    // PV 32, RID 55:40; the payload's S is bit 11.
    ['ats', { rid: 0x18, page: 0x10, mask: 1 }, 0x1800_00000004n, 0x10800n],
    ['ats-process', { rid: 0x18, pasid: 9, page: 0x10 }, 0x1801_00009004n, 0x10000n],
    // PR 12, PW 13.
    ['fence', {}, 0x3002n, 0n],
  ])('%s %j', (name, over, first, second) => {
    const words = new Int32Array(4);
    encode({ command: COMMAND[name], rid: 0, pasid: 0, tag: -1, page: 0, mask: 0, ...over }, words);
    expect([q(words, 0), q(words, 1)]).toEqual([first, second]);
  });

  test('fault record (3.2)', () => {
    const words = new Int32Array([
      (9 << 12) | 13,
      (0x18 << 8) | (2 << 2) | 1,
      0,
      0,
      0x12345000,
      1,
      0x777000,
      0,
    ]);
    expect(decodeFault(words)).toEqual({ cause: 13, pid: 9, rid: 0x18, page: 0x112345, guestPage: 0x777 });
    words[1] = 0x18 << 8;
    expect(decodeFault(words).pid).toBe(-1);
  });

  test('page request (3.3)', () => {
    const words = new Int32Array(4);
    const request = { rid: 0x18, pid: 9, page: 0x112345, group: 5, last: true, permission: 3 };
    encodePageRequest(request, words);
    expect([...words]).toEqual([9 << 12, (0x18 << 8) | 1, 0x12345000 | (5 << 3) | 7, 1]);
    expect(decodePageRequest(words)).toEqual(request);
    encodePageRequest({ ...request, pid: -1 }, words);
    expect(decodePageRequest(words).pid).toBe(-1);
  });
});
