import { describe, expect, test } from 'vitest';
import { encode } from '../../../src/hardware/riscv/commands.js';
import { COMMAND, type CommandName, type KindName, riscv } from '../../../src/hardware/riscv/index.js';
import { decodeFault, decodePageRequest, encodePageRequest } from '../../../src/hardware/riscv/queues.js';
import { testCommands } from '../command-table.js';

/** The tables of 3.1, in the form of {@link testCommands}: R device, G GSCID, P PSCID or process id, Q the request's process id. */
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

testCommands({
  architecture: riscv,
  columns: COLUMNS,
  lines: TABLE,
  // A host command has no GSCID, and so have the host's entries: -1 is one like another.
  tag: ['G', -1],
  ofDevices: ['nested-address', 'nested-root'],
});

test('only a fence waits, and for everything', () => {
  expect(riscv.order).toEqual({ fence: riscv.commands.map((command) => command.name) });
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
