/**
 * What the `attributes` of configuration rows hold above bits 1:0, which are 3. Such rows cover every page, so their `page`
 * holds what else they need: of a device or process context the PSCID, of a process directory the first process id below it.
 * Their `extra` is the root of the second stage.
 */
export const ATS = 1 << 2;
export const PROCESS_DIRECTORY = 1 << 3;
export const DEFAULT_PROCESS = 1 << 4;
/** Levels of the first stage, or of the process directory; 3 bits. 0 is bare. */
const FIRST_SHIFT = 5;
/** Levels of the second stage; 3 bits. */
const SECOND_SHIFT = 8;
/** Of directory rows: the level of the table that is read next; 2 bits. */
const LEVEL_SHIFT = 11;
/** Of device-fetch rows: tc. */
export const CONTROL_SHIFT = 2;

export function withLevels(attributes: number, first: number, second: number): number {
  return attributes | (first << FIRST_SHIFT) | (second << SECOND_SHIFT);
}

export function firstLevels(attributes: number): number {
  return (attributes >>> FIRST_SHIFT) & 7;
}

export function secondLevels(attributes: number): number {
  return (attributes >>> SECOND_SHIFT) & 7;
}

export function atLevel(attributes: number, level: number): number {
  return (attributes & ~(3 << LEVEL_SHIFT)) | (level << LEVEL_SHIFT);
}

export function levelOf(attributes: number): number {
  return (attributes >>> LEVEL_SHIFT) & 3;
}
