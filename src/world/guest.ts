import type { WorldShape } from '../vocabulary/shape.js';
import { WRITE } from '../vocabulary/operations.js';

/**
 * A guest keeps its first-stage table in one frame of its memory, the first page of its alphabet, and lets it stand for all four
 * levels: the entry that upper levels use points back to the table itself. So a guest of two frames can have a whole table, and
 * every kind of malice: an entry that names its own table, a frame it does not have, reserved bits.
 */
export interface GuestEntry {
  readonly name: string;
  /** The 64-bit store that puts the entry in the place of the alphabet's page. */
  at(
    page: number,
    shape: WorldShape,
  ): { readonly index: number; readonly low: number; readonly high: number };
}

/** Present, user, accessed, dirty: what a guest sets in an entry that it wants used. */
const USABLE = 0x1 | 0x4 | 0x20 | 0x40;
const WRITABLE = 0x2;
/** Bit 51: above every host address width modelled. */
const RESERVED_HIGH = 1 << 19;

/** Entry of the guest's table that walks of the page read at the last level; the upper levels read entry {@link upperIndex}. */
export function guestIndex(page: number): number {
  return page === 0 ? upperIndex : page;
}
export const upperIndex = 0;

/**
 * The declared alphabet of guest bytes: absent, each page of guest memory with each permission of the world, its own table, malformed. Page 0
 * of the alphabet addresses the entry that all upper levels use, others their last-level entry.
 */
export function guestAlphabet(shape: WorldShape): GuestEntry[] {
  const store = (low: number, high: number) => (page: number) => ({ index: guestIndex(page), low, high });
  const own = shape.pages[0] << 12;
  const entries: GuestEntry[] = [
    { name: 'absent', at: store(0, 0) },
    { name: 'own table', at: store(own | USABLE | WRITABLE, 0) },
    { name: 'malformed', at: store(own | USABLE | WRITABLE, RESERVED_HIGH) },
  ];
  shape.pages.slice(1).forEach((page, i) => {
    for (const permission of shape.permissions) {
      const writable = (permission & WRITE) !== 0 ? WRITABLE : 0;
      const name = `guest page ${i + 1} ${(permission & WRITE) !== 0 ? 'rw' : 'r'}`;
      entries.push({ name, at: store((page << 12) | USABLE | writable, 0) });
    }
  });
  return entries;
}
