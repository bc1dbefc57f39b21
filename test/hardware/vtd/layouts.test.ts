import { describe, expect, test } from 'vitest';
import * as context from '../../../src/hardware/vtd/entries/context.js';
import * as directory from '../../../src/hardware/vtd/entries/directory.js';
import * as first from '../../../src/hardware/vtd/entries/first-level.js';
import * as pasids from '../../../src/hardware/vtd/entries/pasid.js';
import * as roots from '../../../src/hardware/vtd/entries/root.js';
import * as second from '../../../src/hardware/vtd/entries/second-level.js';
import { FAULT, faultName, isRecoverable } from '../../../src/hardware/vtd/faults.js';

/** The qword of two halves, for comparison with constants written by hand from the specification's bit numbers. */
const q = ([low, high]: readonly [number, number]): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
const halves = (qword: bigint): [number, number] => [
  Number(qword & 0xffffffffn) | 0,
  Number(qword >> 32n) | 0,
];
/** Frame 0x4000123 has address bits 38 and below: 0x4000123000. */
const FRAME = 0x4000123;

describe('entries have the bits of the specification', () => {
  test('root (9.2)', () => {
    expect(q(roots.makeRootHalf(FRAME))).toBe(0x4000123001n);
    // Bus 2, device 16: the high half of entry 2.
    expect(roots.rootIndex((2 << 8) | (16 << 3))).toBe(5);
    expect(roots.rootIndex((2 << 8) | (15 << 3) | 7)).toBe(4);
  });

  test('context (9.4)', () => {
    const flags =
      context.CONTEXT_PRESENT |
      context.CONTEXT_DEVICE_TLB |
      context.CONTEXT_PASID |
      context.CONTEXT_PAGE_REQUEST;
    // PDTS 2 at bits 11:9, PRE 4, PASIDE 3, DTE 2, P 0.
    expect(q(context.makeContext0(FRAME, 2, flags))).toBe(0x400012341dn);
    // RID_PASID in 19:0, RID_PRIV 20.
    expect(q(context.makeContext1(0xabcde, context.CONTEXT_RID_PRIVILEGED))).toBe(0x1abcden);
    // 32 bytes each, by the low seven bits of the requester id.
    expect(context.contextIndex(0x1234)).toBe(0x34 * 4);
    expect(context.pasidLimit(0)).toBe(8192);
    expect(context.pasidLimit(7)).toBe(2 ** 20);
  });

  test('PASID directory and table (9.5, 9.6)', () => {
    expect(q(directory.makeDirectoryEntry(FRAME))).toBe(0x4000123001n);
    expect(directory.directoryIndex(0x12345)).toBe(0x48d);
    expect(pasids.pasidIndex(0x12345)).toBe(5 * 8);
    // AW 2 at 4:2, PGTT 2 at 8:6.
    expect(q(pasids.makePasid0(pasids.SECOND_LEVEL, FRAME))).toBe(0x4000123089n);
    expect(q(pasids.makePasid0(pasids.NESTED, FRAME, 0))).toBe(0x40001230c8n);
    expect(q(pasids.makePasid0(pasids.FIRST_LEVEL, 0))).toBe(0x49n);
    expect(q(pasids.makePasid0(pasids.PASS_THROUGH, 0))).toBe(0x109n);
    expect(q(pasids.makePasid1(0xbeef))).toBe(0xbeefn);
    expect(q(pasids.makePasid2(FRAME, pasids.PASID_SUPERVISOR | pasids.PASID_WRITE_PROTECT))).toBe(
      0x4000123011n,
    );
  });

  test('paging entries (9.7, 9.8)', () => {
    const all =
      first.FIRST_PRESENT | first.FIRST_WRITE | first.FIRST_USER | first.FIRST_ACCESSED | first.FIRST_DIRTY;
    expect(q(first.makeFirstLevel(FRAME, all))).toBe(0x4000123067n);
    expect(q(second.makeSecondLevel(FRAME, second.SECOND_READ | second.SECOND_WRITE))).toBe(0x4000123003n);
    expect(second.SECOND_ACCESSED | second.SECOND_DIRTY | second.SECOND_SNOOP).toBe(0xb00);
  });
});

describe('reserved bits are exactly those of the specification', () => {
  const H52 = 0x000fff8000000000n;
  const H64 = 0xffffff8000000000n;
  /** Every bit alone, on top of a good entry. */
  function reservedBits(good: bigint, isReserved: (low: number, high: number) => boolean): bigint {
    let found = 0n;
    for (let bit = 0n; bit < 64n; bit++) {
      const [low, high] = halves(good | (1n << bit));
      if ((good & (1n << bit)) === 0n && isReserved(low, high)) found |= 1n << bit;
    }
    return found;
  }

  test.each([
    ['PML4E', 4, 1n, H52 | 0x80n],
    ['PDPE', 3, 1n, H52],
    ['PDE', 2, 1n, H52],
    ['PTE', 1, 1n, H52],
    ['1G', 3, 0x81n, H52 | 0x3fffe000n],
    ['2M', 2, 0x81n, H52 | 0x1fe000n],
  ])('first stage %s', (_name, level, good, mask) => {
    // PS makes the entry another one; with it the address bits below are judged with good ones only.
    const found = reservedBits(good, (low, high) => first.hasFirstReserved(low, high, level));
    expect(found).toBe(mask);
  });

  test.each([
    ['PML4E', 4, 3n, H52 | 0x4000000000000880n],
    ['PDPE', 3, 3n, H52 | 0x4000000000000800n],
    ['PDE', 2, 3n, H52 | 0x4000000000000800n],
    ['PTE', 1, 3n, H52 | 0x4000000000000000n],
    ['1G', 3, 0x83n, H52 | 0x400000003ffff000n],
    ['2M', 2, 0x83n, H52 | 0x40000000001ff000n],
  ])('second stage %s', (_name, level, good, mask) => {
    expect(reservedBits(good, (low, high) => second.hasSecondReserved(low, high, level))).toBe(mask);
  });

  test('configuration entries', () => {
    expect(reservedBits(1n, roots.hasRootReserved)).toBe(H64 | 0xffen);
    expect(reservedBits(1n, directory.hasDirectoryReserved)).toBe(H64 | 0xffcn);
    expect(reservedBits(1n, (low, high) => context.hasContextReserved(low, high, 0, 0, 0))).toBe(
      H64 | 0x1e0n,
    );
    expect(reservedBits(0n, (low, high) => context.hasContextReserved(1, 0, low, high, 0))).toBe(
      0xffffffffffe00000n,
    );
    expect(context.hasContextReserved(1, 0, 0, 0, 4)).toBe(true);
    expect(reservedBits(1n, (low, high) => pasids.hasUnit0Reserved(low, high, 0, 0))).toBe(H64 | 0xc20n);
    expect(reservedBits(0n, (low, high) => pasids.hasUnit0Reserved(1, 0, low, high))).toBe(
      0xfffffffffe7f0000n,
    );
    expect(reservedBits(0n, (low, high) => pasids.hasUnit1Reserved(low, high, 0))).toBe(H64 | 0xf82n);
    expect(pasids.hasUnit1Reserved(0, 0, 1)).toBe(true);
  });

  test('types and widths that the machine does not have', () => {
    const valid = [0, 1, 2, 3, 4, 5, 6, 7].filter(
      (type) => !pasids.isUnit0Invalid(pasids.makePasid0(type, 0)[0]),
    );
    expect(valid).toEqual([1, 2, 3, 4]);
    // AW 1 (3 levels) is refused where there is a second stage, ignored where there is none.
    expect(pasids.isUnit0Invalid(1 | (1 << 2) | (2 << 6))).toBe(true);
    expect(pasids.isUnit0Invalid(1 | (1 << 2) | (1 << 6))).toBe(false);
    expect([0, 4, 8, 12].map(pasids.isUnit1Invalid)).toEqual([false, true, true, true]);
  });
});

test('fault reasons have the numbers of 7.1.3', () => {
  expect(faultName(0x59)).toBe('pasidNotPresent');
  expect([FAULT.contextNotPresent, FAULT.pasidInvalid, FAULT.firstNotPresent, FAULT.writeDenied]).toEqual([
    0x41, 0x5b, 0x71, 0x85,
  ]);
  expect(faultName(0xff)).toBe('fault 0xff');
});

test('a translation request is answered without permission for these, and for no other', () => {
  const codes = Array.from({ length: 0x200 }, (_, code) => code).filter(isRecoverable);
  expect(codes).toEqual([
    0x51, 0x59, 0x5d, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x79, 0x80, 0x81, 0x83, 0x84,
  ]);
});

test('fault reasons have the numbers of the specification (7.1.3)', () => {
  expect(FAULT).toEqual({
    rootTableAccess: 0x38,
    rootNotPresent: 0x39,
    rootReserved: 0x3a,
    contextTableAccess: 0x40,
    contextNotPresent: 0x41,
    contextReserved: 0x42,
    contextInvalid: 0x43,
    deviceTlbDisabled: 0x44,
    pasidDisabled: 0x45,
    pasidTooLarge: 0x46,
    pageRequestDisabled: 0x47,
    pasidIsRidPasid: 0x48,
    directoryAccess: 0x50,
    directoryNotPresent: 0x51,
    directoryReserved: 0x52,
    pasidTableAccess: 0x58,
    pasidNotPresent: 0x59,
    pasidReserved: 0x5a,
    pasidInvalid: 0x5b,
    supervisorDisabled: 0x5d,
    firstAccess: 0x70,
    firstNotPresent: 0x71,
    firstReserved: 0x72,
    firstRootAccess: 0x73,
    nestedRootRead: 0x75,
    nestedRead: 0x76,
    nestedUpdate: 0x77,
    secondAccess: 0x78,
    secondNotPresent: 0x79,
    secondReserved: 0x7a,
    secondRootAccess: 0x7b,
    notCanonical: 0x80,
    userDenied: 0x81,
    aboveHostWidth: 0x83,
    aboveSecondWidth: 0x84,
    writeDenied: 0x85,
    readDenied: 0x86,
  });
});
