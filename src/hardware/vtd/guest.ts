import type { GuestFormat } from '../../vocabulary/architecture.js';
import { WRITE } from '../../vocabulary/operations.js';
import * as first from './entries/first-level.js';

const USABLE = first.FIRST_PRESENT | first.FIRST_USER | first.FIRST_ACCESSED | first.FIRST_DIRTY;
/** Bit 51: above every host address width modelled. */
const RESERVED_HIGH = 1 << 19;

/** An entry that names a table and one that names a page of 4 KiB have one form (9.7). */
function entry(page: number, permission: number): [low: number, high: number] {
  return first.makeFirstLevel(page, USABLE | ((permission & WRITE) !== 0 ? first.FIRST_WRITE : 0));
}

export const guest: GuestFormat = {
  pointer: entry,
  leaf: entry,
  malformed: (page) => {
    const [low, high] = entry(page, WRITE);
    return [low, high | RESERVED_HIGH];
  },
};
