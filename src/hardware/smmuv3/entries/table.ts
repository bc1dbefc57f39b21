import { frameOf, pointer } from './address.js';

/**
 * VMSAv8-64 descriptors with 4 KiB granules (Arm ARM D8.3): bits 1:0 are 11 for a table (levels 0-2) or page (level 3), 01 for a
 * block (levels 1 and 2); address 47:12. Stage 1 leaves: AP[1] 6 (unprivileged), AP[2] 7 (read-only), AF 10, nG 11; tables:
 * APTable 62:61. Stage 2 leaves: S2AP[0] 6 (read), S2AP[1] 7 (write), AF 10.
 *
 * `level` counts here as in the other architectures: 4 is level 0 of the manual, 1 its level 3.
 */
export const DESCRIPTOR_VALID = 1 << 0;
/** A table, or at level 1 a page. */
export const DESCRIPTOR_TABLE = 1 << 1;
export const AP_USER = 1 << 6;
export const AP_READ_ONLY = 1 << 7;
export const ACCESSED = 1 << 10;
export const NOT_GLOBAL = 1 << 11;
/** S2AP[0] and [1]. */
export const S2_READ = 1 << 6;
export const S2_WRITE = 1 << 7;
/** APTable[1] and [0], in the high word: tables below permit no writes, or nothing to unprivileged accesses. */
export const TABLE_READ_ONLY = 1 << 30;
export const TABLE_PRIVILEGED = 1 << 29;

export function makeDescriptor(frame: number, flags: number): [low: number, high: number] {
  return pointer(frame, flags);
}

/** Whether the entry maps anything at all: valid, and not of a reserved form. */
export function isDescriptor(low: number, level: number): boolean {
  if ((low & DESCRIPTOR_VALID) === 0) return false;
  if ((low & DESCRIPTOR_TABLE) !== 0) return true;
  return level === 2 || level === 3;
}

export function isDescriptorLeaf(low: number, level: number): boolean {
  return level === 1 || (low & DESCRIPTOR_TABLE) === 0;
}

/** The page an entry leads to; of a block, its low bits are not part of it. */
export function descriptorFrame(low: number, high: number, level: number, isLeaf: boolean): number {
  const frame = frameOf(low, high & 0xffff);
  return isLeaf ? frame - (frame % 512 ** (level - 1)) : frame;
}

/** What a stage 1 leaf permits an unprivileged access: 1 read, 2 write. */
export function firstPermission(low: number): number {
  if ((low & AP_USER) === 0) return 0;
  return (low & AP_READ_ONLY) !== 0 ? 1 : 3;
}

/** What a stage 2 leaf permits. */
export function secondPermission(low: number): number {
  return (low >>> 6) & 3;
}
