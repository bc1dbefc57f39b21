import { frameOf, pointer } from './address.js';

/**
 * Stream table: linear, or of two levels split at 8 bits of the StreamID (3.3.1). A level 1 descriptor (5.1) is 64 bits: Span 4:0,
 * L2Ptr 55:6. A stream table entry (5.2) is 512 bits, 64 in a page:
 *
 * dword 0: V 0, Config 3:1, S1Fmt 5:4, S1ContextPtr 55:6, S1CDMax 63:59; dword 1: S1DSS 1:0, PPAR 18, S1STALLD 27, EATS 29:28, STRW 31:30;
 * dword 2: S2VMID 15:0, S2T0SZ 37:32, S2SL0 39:38, S2TG 47:46, S2PS 50:48, S2AA64 51, S2ENDI 52, S2AFFD 53, S2HD 55, S2HA 56,
 * S2S 57, S2R 58; dword 3: S2TTB 51:4. Structures are kept in pages of their own here, so pointers are frames.
 */
export const STE_VALID = 1 << 0;
/** Config. */
export const CONFIG = { abort: 0, bypass: 4, first: 5, second: 6, nested: 7 } as const;
/** S1Fmt: context descriptors linear, or of two levels with leaves of 4 KiB. */
export const FORMAT = { linear: 0, two: 1 } as const;
/** S1DSS: what becomes of requests without substream where there are substreams. */
export const DEFAULT = { terminate: 0, bypass: 1, zero: 2 } as const;
/** S1STALLD, in the low word of dword 1: no context descriptor of the stream may ask for stalls. ILLEGAL where nobody can (5.5). */
export const STE_STALL_DISABLE = 1 << 27;
/** PPAR, in the low word of dword 1: responses that the SMMU gives by itself to page requests with a PASID carry it (8.1). */
export const STE_PPAR = 1 << 18;
/** EATS 1: ATS is on, in the low word of dword 1. */
export const STE_ATS = 1 << 28;

/** Flags in the high word of dword 2. */
const S2_AA64 = 1 << 19;
const S2_ENDI = 1 << 20;
export const S2_AFFD = 1 << 21;
const S2_HD_HA = (1 << 23) | (1 << 24);
const S2_STALL = 1 << 25;
export const S2_RECORD = 1 << 26;
/** S2PS of the modelled output addresses. */
const PS_42 = 3;

/**
 * By word, as low and high half: what hardware looks at where there is a first stage, where there is a second, and always when the
 * entry is valid (5.2). Of the first stage: S1Fmt, S1ContextPtr, S1CDMax; S1DSS, S1STALLD, EATS, STRW; S2VMID.
 */
export const USED_BY_FIRST: readonly (readonly [number, number])[] = [
  [0xfffffff0 | 0, 0xf8ffffff | 0],
  [0x3 | STE_STALL_DISABLE | (0xf << 28), 0],
  [0xffff, 0],
  [0, 0],
];
export const USED_BY_SECOND: readonly (readonly [number, number])[] = [
  [0, 0],
  [0x3 << 28, 0],
  [0xffff, -1],
  [-16, 0xfffff],
];
/** V and Config. */
export const USED_ALWAYS = 0xf;

/** 64-bit entries a stream table entry takes, and such entries a page holds. */
export const STE_QWORDS = 8;
export const STES = 64;
/** StreamID bits below the split. */
const SPLIT = 6;
/** Span of a level 1 descriptor whose table is one page. */
const SPAN = SPLIT + 1;
/** StreamIDs there are: 16 bits. */
export const STREAM_BITS = 16;

/** Index of a StreamID's level 1 descriptor. */
export function streamDirectoryIndex(rid: number): number {
  return rid >>> SPLIT;
}

/** Index of a StreamID's entry in its page. */
export function streamIndex(rid: number): number {
  return (rid & (STES - 1)) * STE_QWORDS;
}

export function makeStreamDirectory(table: number): [low: number, high: number] {
  return pointer(table, SPAN);
}

export function streamSpan(low: number): number {
  return low & 0x1f;
}

/** The table of a descriptor; its StreamIDs end with its span. */
export const streamTable = frameOf;

export function isStreamInSpan(low: number, rid: number): boolean {
  return (rid & (STES - 1)) < 2 ** (streamSpan(low) - 1);
}

/** Dword 0. `maximum`: there are 2^maximum substreams; `place`: of a single context descriptor, its number in the page. */
export function makeStream0(
  config: number,
  contexts = 0,
  maximum = 0,
  format: number = FORMAT.linear,
  place = 0,
): [low: number, high: number] {
  const [low, high] = pointer(contexts, STE_VALID | (config << 1) | (format << 4) | (place << 6));
  return [low, high | (maximum << 27)];
}

/** Dword 1. */
export function makeStream1(byDefault: number, flags = 0): [low: number, high: number] {
  return [byDefault | flags, 0];
}

/** Dword 2 of a second stage of 4 KiB granules: `levels` 4 (48-bit input) or 3 (39-bit). */
export function makeStream2(vmid: number, levels = 0, flags = 0): [low: number, high: number] {
  if (levels === 0) return [vmid, 0];
  const t0sz = levels === 4 ? 22 : 25;
  const sl0 = levels === 4 ? 2 : 1;
  return [vmid, t0sz | (sl0 << 6) | (PS_42 << 16) | S2_AA64 | S2_RECORD | flags];
}

/** Dword 3. */
export function makeStream3(table: number): [low: number, high: number] {
  return pointer(table, 0);
}

export function isStreamValid(low0: number): boolean {
  return (low0 & STE_VALID) !== 0;
}

export function streamConfig(low0: number): number {
  const config = (low0 >>> 1) & 7;
  // 0b0xx: abort, whatever the low bits.
  return config < CONFIG.bypass ? CONFIG.abort : config;
}

export function streamFormat(low0: number): number {
  return (low0 >>> 4) & 3;
}

export const streamContexts = (low0: number, high0: number): number => frameOf(low0, high0 & 0x00ffffff);

/** Number in its page of the only context descriptor there is. A table of several is aligned to its size (5.2, S1ContextPtr). */
export function streamContextPlace(low0: number, high0: number): number {
  return streamMaximum(high0) === 0 ? (low0 >>> 6) & 63 : 0;
}

/** 2 to this power substreams. */
export function streamMaximum(high0: number): number {
  return high0 >>> 27;
}

/** EATS, in the low word of dword 1. */
export function allowsAts(low1: number): boolean {
  return (low1 & (3 << 28)) === STE_ATS;
}

export function streamVmid(low2: number): number {
  return low2 & 0xffff;
}

/** Levels of the second stage, 0 for a combination that is ILLEGAL or not of this machine. */
export function secondLevels(high2: number): number {
  const t0sz = high2 & 0x3f;
  const sl0 = (high2 >>> 6) & 3;
  if (t0sz === 22 && sl0 === 2) return 4;
  return t0sz === 25 && sl0 === 1 ? 3 : 0;
}

/** Bits of an input to the second stage of so many levels. */
export function secondInputBits(levels: number): number {
  return levels === 4 ? 42 : 39;
}

/** C_BAD_STE (5.2): stage 2 of another granule, endianness, table size, or with hardware updates or stalls of its own, which this machine has not. */
export function isSecondInvalid(high2: number): boolean {
  if ((high2 & (S2_AA64 | S2_ENDI | S2_HD_HA | S2_STALL)) !== S2_AA64) return true;
  return ((high2 >>> 14) & 3) !== 0 || secondLevels(high2) === 0 || ((high2 >>> 16) & 7) !== PS_42;
}
