/**
 * What the `attributes` of rows hold above the permission (bits 1:0), by kind. Configuration rows cover every page, so that
 * `page` holds what else they need: of a context its ASID, of a place of context descriptors the first substream there. Their
 * `extra` is the root of the second stage; of a stream table entry whose first dword alone has been read, the place of its context
 * descriptors.
 */

/** Configuration rows. */
export const ATS = 1 << 2;
const CONFIG_SHIFT = 3; // 3 bits
const MAXIMUM_SHIFT = 6; // S1CDMax, 5 bits
const DEFAULT_SHIFT = 11; // S1DSS, 2 bits
export const TWO_LEVEL = 1 << 13;
/** Of an entry whose first dword is still to be read, in the place of that: S1STALLD. */
export const STALL_DISABLED = 1 << 13;
const SECOND_SHIFT = 14; // levels of the second stage, 3 bits
/** Set in part where there is a second stage. */
export const SECOND_LEVELS = 7 << SECOND_SHIFT;
export const SECOND_IGNORES_ACCESS = 1 << 17;
/** Of contexts. */
const FIRST_SHIFT = 18; // levels, 3 bits
export const FIRST_IGNORES_ACCESS = 1 << 21;
/** Of places of context descriptors: what stands there are level 1 descriptors. */
export const UPPER = 1 << 22;

/** Of streams and what comes of them: number in its page of the only context descriptor, 6 bits. */
const PLACE_SHIFT = 23;
/** Their context descriptors may ask for stalls. */
export const MAY_STALL = 1 << 29;

export interface StreamFields {
  readonly config: number;
  readonly maximum: number;
  readonly byDefault: number;
  readonly secondLevels: number;
  readonly place: number;
}

export function packStream(fields: StreamFields): number {
  const { config, maximum, byDefault, secondLevels, place } = fields;
  return (
    3 |
    (config << CONFIG_SHIFT) |
    (maximum << MAXIMUM_SHIFT) |
    (byDefault << DEFAULT_SHIFT) |
    (secondLevels << SECOND_SHIFT) |
    (place << PLACE_SHIFT)
  );
}

export function configOf(attributes: number): number {
  return (attributes >>> CONFIG_SHIFT) & 7;
}

export function maximumOf(attributes: number): number {
  return (attributes >>> MAXIMUM_SHIFT) & 31;
}

export function defaultOf(attributes: number): number {
  return (attributes >>> DEFAULT_SHIFT) & 3;
}

export function secondLevelsOf(attributes: number): number {
  return (attributes >>> SECOND_SHIFT) & 7;
}

export function placeOf(attributes: number): number {
  return (attributes >>> PLACE_SHIFT) & 63;
}

export function withFirst(attributes: number, levels: number): number {
  return attributes | (levels << FIRST_SHIFT);
}

export function firstLevelsOf(attributes: number): number {
  return (attributes >>> FIRST_SHIFT) & 7;
}

/** Rows of table entries and leaves: an access bit on the way was clear, so only configurations that ignore it use them. */
export const FIRST_NOT_ACCESSED = 1 << 2;
export const SECOND_NOT_ACCESSED = 1 << 3;
