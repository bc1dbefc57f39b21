import { describe, expect, test } from 'vitest';
import { encode } from '../../../src/hardware/smmuv3/commands.js';
import * as context from '../../../src/hardware/smmuv3/entries/context.js';
import * as stream from '../../../src/hardware/smmuv3/entries/stream.js';
import * as table from '../../../src/hardware/smmuv3/entries/table.js';
import { decodeEvent, encodeEvent } from '../../../src/hardware/smmuv3/events.js';
import { COMMAND, type CommandName, type KindName, smmuv3 } from '../../../src/hardware/smmuv3/index.js';
import { testCommands } from '../command-table.js';

/**
 * The tables of chapter 4, in the form of {@link testCommands}: R stream, V VMID, P ASID or substream, Q the request's substream, L
 * not with Leaf.
 */
const COLUMNS: readonly (readonly KindName[])[] = [
  ['stream-directory'],
  ['stream-fetch', 'stream-rest', 'stream'],
  ['context-address', 'context-directory'],
  ['context-fetch', 'context-rest'],
  ['context'],
  ['second'],
  ['second-structure'],
  ['first', 'nested-page', 'nested'],
  ['first-structure', 'nested-table', 'nested-structure'],
  ['bypass'],
  ['device-tlb'],
  ['flight-first', 'flight-second', 'flight-nested', 'flight-bypass', 'flight-translated'],
];
const TABLE: Readonly<Record<CommandName, string>> = {
  //                     dir  ste  cdd  cdp  cd   S2   S2t   S1    S1t    byp  dev  fly
  'cfgi-ste': '          RL   R    R    R    R    .    .    .     .     *    .    .',
  'cfgi-all': '          *    *    *    *    *    .    .    .     .     *    .    .',
  'cfgi-cd': '           .    .    RL   RP   RP   .    .    .     .     .    .    .',
  'cfgi-cd-all': '       .    .    R    R    R    .    .    .     .     .    .    .',
  'tlbi-nh-all': '       .    .    .    .    .    .    .    V     V     .    .    .',
  'tlbi-nh-asid': '      .    .    .    .    .    .    .    VP    VP    .    .    .',
  'tlbi-nh-va': '        .    .    .    .    .    .    .    VPA   VPAL  .    .    .',
  'tlbi-nh-vaa': '       .    .    .    .    .    .    .    VA    VAL   .    .    .',
  'tlbi-s12-vmall': '    .    .    VN   VN   .    V    V    V     V     .    .    .',
  'tlbi-s2-ipa': '       .    .    VN   VN   .    VA   VAL  .     .     .    .    .',
  'tlbi-nsnh-all': '     .    .    N    N    .    *    *    *     *     .    .    .',
  'atc-inv': '           .    .    .    .    .    .    .    .     .     .    RA   .',
  'atc-inv-substream': ' .    .    .    .    .    .    .    .     .     .    RQA  .',
  sync: '                .    .    .    .    .    .    .    .     .     .    .    *',
};

testCommands({ architecture: smmuv3, columns: COLUMNS, lines: TABLE, tag: ['V', 6] });

test('only CMD_SYNC waits, and for everything', () => {
  expect(smmuv3.order).toEqual({ sync: smmuv3.commands.map((command) => command.name) });
});

/** The qword of two halves, for comparison with constants written by hand from the specification's bit numbers. */
const q = ([low, high]: readonly [number, number]): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
const FRAME = 0x2f000123;

describe('structures, commands and events have the bits of the specification', () => {
  test('stream table (5.1, 5.2)', () => {
    // Span 7: 64 entries.
    expect(q(stream.makeStreamDirectory(FRAME))).toBe(0x2f000123007n);
    expect([stream.streamDirectoryIndex(0x1234), stream.streamIndex(0x1234)]).toEqual([0x48, 0x34 * 8]);
    // Level 1 and level 0 tables, not concatenated; S2T0SZ 25 and 22.
    expect([3, 4].map(stream.secondInputBits)).toEqual([39, 42]);
    expect(stream.isStreamInSpan(3, 3)).toBe(true);
    expect(stream.isStreamInSpan(3, 4)).toBe(false);
    // Config 3:1, S1Fmt 5:4, S1CDMax 63:59.
    expect(q(stream.makeStream0(stream.CONFIG.nested, FRAME, 5, stream.FORMAT.two))).toBe(
      0x280002f00012301fn,
    );
    expect(q(stream.makeStream1(stream.DEFAULT.zero, stream.STE_ATS))).toBe(0x10000002n);
    expect(q([stream.STE_STALL_DISABLE | stream.STE_PPAR, 0])).toBe((1n << 27n) | (1n << 18n));
    // S2T0SZ 37:32, S2SL0 39:38, S2PS 50:48, S2AA64 51, S2R 58.
    expect(q(stream.makeStream2(0xbeef, 3))).toBe(
      (25n << 32n) | (1n << 38n) | (3n << 48n) | (1n << 51n) | (1n << 58n) | 0xbeefn,
    );
    expect(q(stream.makeStream2(0xbeef, 4))).toBe(
      (22n << 32n) | (2n << 38n) | (3n << 48n) | (1n << 51n) | (1n << 58n) | 0xbeefn,
    );
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((config) => stream.streamConfig(config << 1))).toEqual([
      0, 0, 0, 0, 4, 5, 6, 7,
    ]);
    // Another granule, endianness, hardware updates, stalls.
    const [, good] = stream.makeStream2(0, 3);
    expect(stream.isSecondInvalid(good)).toBe(false);
    for (const bit of [14, 19, 20, 23, 24, 25])
      expect(stream.isSecondInvalid(good ^ (1 << bit)), `bit ${bit}`).toBe(true);
  });

  test('context descriptors (5.3, 5.4)', () => {
    expect(q(context.makeContextDirectory(FRAME))).toBe(0x2f000123001n);
    // T0SZ 5:0, EPD1 30, V 31, IPS 34:32, AA64 41, R 45, A 46, ASID 63:48.
    expect(q(context.makeContext0(0xbeef, 4))).toBe(
      (0xbeefn << 48n) | (1n << 46n) | (1n << 45n) | (1n << 41n) | (3n << 32n) | (3n << 30n) | 16n,
    );
    expect(q(context.makeContext1(FRAME))).toBe(0x2f000123000n);
    const [low, high] = context.makeContext0(1, 3);
    expect(context.isContextInvalid(low, high)).toBe(false);
    for (const bit of [6, 7, 14, 15, 30])
      expect(context.isContextInvalid(low ^ (1 << bit), high), `bit ${bit}`).toBe(true);
    for (const bit of [9, 10, 11, 12, 14])
      expect(context.isContextInvalid(low, high ^ (1 << bit)), `bit ${bit + 32}`).toBe(true);
    // S 44: where the stream may stall.
    expect(context.isContextInvalid(low, high | context.CD_STALL, true)).toBe(false);
    expect(q([0, context.CD_STALL])).toBe(1n << 44n);
  });

  test('table descriptors (Arm ARM D8.3)', () => {
    expect(q(table.makeDescriptor(FRAME, 0x443))).toBe(0x2f000123443n);
    expect([1, 2, 3, 4].map((level) => table.isDescriptor(1, level))).toEqual([false, true, true, false]);
    expect([1, 2, 3, 4].map((level) => table.isDescriptorLeaf(3, level))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(table.descriptorFrame(0x12345 << 12, 0, 2, true)).toBe(0x12200);
    expect([table.firstPermission(0x40), table.firstPermission(0xc0), table.firstPermission(0x80)]).toEqual([
      3, 1, 0,
    ]);
    expect([
      table.secondPermission(0x40),
      table.secondPermission(0x80),
      table.secondPermission(0xc0),
    ]).toEqual([1, 2, 3]);
  });

  test.each<[CommandName, object, bigint, bigint]>([
    // StreamID 63:32; Leaf 0 of dword 1.
    ['cfgi-ste', { rid: 0x18, hint: 1 }, 0x18_00000003n, 1n],
    ['cfgi-all', {}, 0x4n, 31n],
    ['cfgi-cd', { rid: 0x18, pasid: 9, hint: 1 }, 0x18_00009005n, 1n],
    ['cfgi-cd-all', { rid: 0x18 }, 0x18_00000006n, 0n],
    // VMID 47:32, ASID 63:48; address 63:12 of dword 1.
    ['tlbi-nh-all', { tag: 0x12 }, 0x12_00000010n, 0n],
    ['tlbi-nh-asid', { tag: 0x12, pasid: 0xbeef }, 0xbeef0012_00000011n, 0n],
    ['tlbi-nh-va', { tag: 0x12, pasid: 0xbeef, page: 0x123456, hint: 1 }, 0xbeef0012_00000012n, 0x123456001n],
    ['tlbi-nh-vaa', { tag: 0x12, page: 0x123456 }, 0x12_00000013n, 0x123456000n],
    ['tlbi-s12-vmall', { tag: 0x12 }, 0x12_00000028n, 0n],
    ['tlbi-s2-ipa', { tag: 0x12, page: 0x123456, hint: 1 }, 0x12_0000002an, 0x123456001n],
    ['tlbi-nsnh-all', {}, 0x30n, 0n],
    // SSV 11, SubstreamID 31:12, StreamID 63:32; Size 5:0 of dword 1.
    ['atc-inv', { rid: 0x18, page: 0x123456, mask: 3 }, 0x18_00000040n, 0x123456003n],
    ['atc-inv-substream', { rid: 0x18, pasid: 9 }, 0x18_00009840n, 0n],
    ['sync', {}, 0x46n, 0n],
  ])('%s %j', (name, over, first, second) => {
    const words = new Int32Array(4);
    encode({ command: COMMAND[name], rid: 0, pasid: 0, tag: 0, page: 0, mask: 0, hint: 0, ...over }, words);
    expect([q([words[0], words[1]]), q([words[2], words[3]])]).toEqual([first, second]);
  });

  test('event record (7.3)', () => {
    const record = { type: 0x10, rid: 0x18, substream: -1, page: 0x112345, isRead: false, stag: -1 };
    expect(decodeEvent([0x10, 0x18, 0, 0, 0x12345080, 1, 0, 0])).toEqual(record);
    // SSV 11, SubstreamID 31:12; STAG 15:0, Stall 31, RnW 35 of dword 1; the address in dword 2.
    const words = new Int32Array(8);
    const held = { ...record, substream: 9, isRead: true, stag: 0xbeef };
    encodeEvent(held, words);
    expect([0, 2, 4].map((at) => q([words[at], words[at + 1]]))).toEqual([
      0x18_00009810n,
      0x8_8000beefn,
      0x112345000n,
    ]);
    expect(decodeEvent(words)).toEqual(held);
    // Substream 0 is one, where SSV is set.
    const first = { ...record, substream: 0 };
    encodeEvent(first, words);
    expect(decodeEvent(words)).toEqual(first);
    encodeEvent(record, words);
    expect(decodeEvent(words)).toEqual(record);
  });
});
