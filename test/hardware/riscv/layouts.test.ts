import { describe, expect, test } from 'vitest';
import * as dc from '../../../src/hardware/riscv/entries/device-context.js';
import * as directory from '../../../src/hardware/riscv/entries/directory.js';
import * as pte from '../../../src/hardware/riscv/entries/page-table.js';
import * as pc from '../../../src/hardware/riscv/entries/process-context.js';

/** The qword of two halves, for comparison with constants written by hand from the specification's bit numbers. */
const q = ([low, high]: readonly [number, number]): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
/** A frame number of 31 bits. */
const FRAME = 0x4f000123;

describe('entries have the bits of the specification', () => {
  test('directories (2.1.1, 2.2.1)', () => {
    expect(q(directory.makeDirectory(FRAME))).toBe((0x4f000123n << 10n) | 1n);
    expect(directory.directoryTable(...directory.makeDirectory(FRAME))).toBe(FRAME);
    // Device id 0x123456 in extended format: 5:0, 14:6, 23:15.
    expect([1, 2, 3].map((level) => directory.deviceIndex(0x123456, level))).toEqual([0x16, 0xd1, 0x24]);
    expect([1, 2, 3].map(directory.deviceIdBits)).toEqual([6, 15, 24]);
    // Process id 0xabcde: 7:0, 16:8, 19:17.
    expect([1, 2, 3].map((level) => directory.processIndex(0xabcde, level))).toEqual([0xde, 0xbc, 5]);
    expect([1, 2, 3].map(directory.processIdBits)).toEqual([8, 17, 20]);
    for (const bit of [1, 9, 54, 63]) {
      const word = 1n << BigInt(bit);
      expect(directory.hasDirectoryReserved(Number(word & 0xffffffffn) | 0, Number(word >> 32n) | 0)).toBe(
        true,
      );
    }
    expect(directory.hasDirectoryReserved(0x401, 0x003fffff)).toBe(false);
  });

  test('device context (2.1.2, 2.1.3)', () => {
    expect(q(dc.makeSecondStage(dc.MODE.sv48, 0xbeef, FRAME))).toBe(0x9beef0004f000123n);
    expect(q(dc.makeFirstStage(dc.MODE.sv57, FRAME))).toBe(0xa00000004f000123n);
    expect(q(dc.makeTranslationAttributes(0xabcde))).toBe(0xabcde000n);
    const [low, high] = dc.makeSecondStage(dc.MODE.sv39, 0xffff, FRAME);
    expect([dc.contextMode(high), dc.gscidOf(high), dc.contextTable(low, high)]).toEqual([8, 0xffff, FRAME]);
    expect([0, 8, 9, 10, 7, 11].map(dc.levelsOf)).toEqual([0, 3, 4, 5, -1, -1]);
    expect(dc.hasControlReserved(1 << 12, 0)).toBe(true);
    expect(dc.hasControlReserved(0xff000fff | 0, 0)).toBe(false);
    expect(dc.hasFirstStageReserved(1 << 12)).toBe(true);
    expect(dc.hasAttributesReserved(0x800, 0)).toBe(true);
    // 16 KiB alignment of a second-stage root.
    expect(dc.isSecondStageInvalid(6, 8 << 28)).toBe(true);
    expect(dc.isSecondStageInvalid(8, 8 << 28)).toBe(false);
  });

  test.each([
    [dc.DC_VALID | dc.DC_ATS | dc.DC_PRI | dc.DC_PRPR, false],
    [dc.DC_VALID | dc.DC_PRI, true],
    [dc.DC_VALID | dc.DC_ATS | dc.DC_PRPR, true],
    [dc.DC_VALID | dc.DC_DEFAULT_PROCESS, true],
    [dc.DC_VALID | dc.DC_PROCESS_DIRECTORY | dc.DC_DEFAULT_PROCESS, false],
    [dc.DC_VALID | dc.DC_ATS | dc.DC_T2GPA, true],
    [dc.DC_VALID | dc.DC_SADE, true],
    [dc.DC_VALID | dc.DC_GADE, true],
    [dc.DC_VALID | dc.DC_SBE, true],
    [dc.DC_VALID | dc.DC_SXL, true],
  ])('configuration checks of tc %i (2.1.4)', (tc, isInvalid) => {
    expect(dc.isControlInvalid(tc)).toBe(isInvalid);
  });

  test('process context (2.2.2)', () => {
    expect(q(pc.makeProcessAttributes(0xabcde, pc.PC_VALID | pc.PC_SUPERVISOR | pc.PC_SUM))).toBe(
      0xabcde007n,
    );
    expect(pc.hasProcessReserved(8, 0)).toBe(true);
  });

  test('page-table entries (privileged architecture 12.4)', () => {
    expect(q(pte.makePte(FRAME, 0xd7))).toBe((0x4f000123n << 10n) | 0xd7n);
    expect(pte.pteFrame(...pte.makePte(FRAME, 0xd7))).toBe(FRAME);
    // W without R, A on a pointer, a pointer at the last level, bit 54, a large page off its alignment.
    expect(pte.isPteMalformed(0x05, 0, 1)).toBe(true);
    expect(pte.isPteMalformed(0x41, 0, 2)).toBe(true);
    expect(pte.isPteMalformed(0x01, 0, 1)).toBe(true);
    expect(pte.isPteMalformed(0x01, 0, 2)).toBe(false);
    expect(pte.isPteMalformed(0xd7, 1 << 22, 1)).toBe(true);
    expect(pte.isPteMalformed((1 << 10) | 0xd7, 0, 2)).toBe(true);
    expect(pte.isPteMalformed((512 << 10) | 0xd7, 0, 2)).toBe(false);
    expect([0xd7, 0x57, 0x97, 0xd3, 0xd9].map(pte.ptePermission)).toEqual([3, 1, 0, 1, 0]);
  });
});
