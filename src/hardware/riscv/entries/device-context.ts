import { frameAtp, modeAtp } from './pointer.js';

/**
 * Device context in extended format (2.1.2, 2.1.3): 64 bytes, 64 in a page.
 *
 * qword 0, tc: V 0, EN_ATS 1, EN_PRI 2, T2GPA 3, DTF 4, PDTV 5, PRPR 6, GADE 7, SADE 8, DPE 9, SBE 10, SXL 11, custom 31:24;
 * qword 1, iohgatp: PPN 43:0, GSCID 59:44, MODE 63:60; qword 2, ta: PSCID 31:12; qword 3, fsc: PPN 43:0, MODE 63:60, which is
 * iosatp without PDTV and pdtp with it; qwords 4–6: MSI page table; qword 7 reserved.
 */
export const DC_VALID = 1 << 0;
export const DC_ATS = 1 << 1;
export const DC_PRI = 1 << 2;
export const DC_T2GPA = 1 << 3;
/** fsc points to a process directory. */
export const DC_PROCESS_DIRECTORY = 1 << 5;
export const DC_PRPR = 1 << 6;
export const DC_GADE = 1 << 7;
export const DC_SADE = 1 << 8;
/** Requests without process id use that of process 0. */
export const DC_DEFAULT_PROCESS = 1 << 9;
export const DC_SBE = 1 << 10;
export const DC_SXL = 1 << 11;

/** 64-bit entries a device context takes. */
export const DC_QWORDS = 8;

/** iohgatp.MODE (2.1.3.2) and iosatp.MODE (2.1.3.4): the same numbers. */
export const MODE = { bare: 0, sv39: 8, sv48: 9, sv57: 10 } as const;
/** pdtp.MODE (2.1.3.5): 1, 2 or 3 levels. */
export const PDTP_LEVELS = 3;

/** Levels of the page table of a mode; 0 for bare, -1 for a mode there is not. */
export function levelsOf(mode: number): number {
  if (mode === MODE.bare) return 0;
  return mode >= MODE.sv39 && mode <= MODE.sv57 ? mode - 5 : -1;
}

/** iohgatp. */
export function makeSecondStage(mode: number, gscid: number, table: number): [low: number, high: number] {
  return [table, (mode << 28) | (gscid << 12)];
}

/** fsc, of a device or process context: iosatp or pdtp. */
export function makeFirstStage(mode: number, table: number): [low: number, high: number] {
  return [table, mode << 28];
}

/** ta of a device context. */
export function makeTranslationAttributes(pscid: number): [low: number, high: number] {
  return [pscid << 12, 0];
}

export function isContextValid(tc: number): boolean {
  return (tc & DC_VALID) !== 0;
}

export function gscidOf(high: number): number {
  return (high >>> 12) & 0xffff;
}

export function pscidOf(low: number): number {
  return low >>> 12;
}

export const contextTable = frameAtp;
export const contextMode = modeAtp;

/** Bits of tc that are reserved: 23:12 and 63:32. */
export function hasControlReserved(low: number, high: number): boolean {
  return (low & 0x00fff000) !== 0 || high !== 0;
}

/**
 * The configuration checks (2.1.4) that tc alone decides, on a machine with ATS and without T2GPA, hardware updates of A and D
 * (AMO_HWAD), big-endian tables and 32-bit modes.
 */
export function isControlInvalid(low: number): boolean {
  if ((low & (DC_T2GPA | DC_GADE | DC_SADE | DC_SBE | DC_SXL)) !== 0) return true;
  if ((low & (DC_ATS | DC_PRI)) === DC_PRI) return true;
  if ((low & (DC_PRI | DC_PRPR)) === DC_PRPR) return true;
  return (low & (DC_PROCESS_DIRECTORY | DC_DEFAULT_PROCESS)) === DC_DEFAULT_PROCESS;
}

/** iohgatp (2.1.4): a mode that is none, or a root that is not aligned to its 16 KiB. */
export function isSecondStageInvalid(low: number, high: number): boolean {
  const levels = levelsOf(modeAtp(high));
  return levels < 0 || (levels > 0 && (low & 3) !== 0);
}

/** ta of a device context: bits 11:0 and 63:32. */
export function hasAttributesReserved(low: number, high: number): boolean {
  return (low & 0xfff) !== 0 || high !== 0;
}

/** fsc: bits 59:44. */
export function hasFirstStageReserved(high: number): boolean {
  return (high & 0x0ffff000) !== 0;
}

/** fsc (2.1.4): a mode that is none. */
export function isFirstStageInvalid(high: number, isDirectory: boolean): boolean {
  const mode = modeAtp(high);
  return isDirectory ? mode > PDTP_LEVELS : levelsOf(mode) < 0;
}
