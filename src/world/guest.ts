import type { GuestFormat } from '../vocabulary/architecture.js';
import { READ, WRITE } from '../vocabulary/operations.js';
import type { WorldShape } from '../vocabulary/shape.js';

/**
 * A guest keeps its first-stage table in one frame of its memory, the first page of its alphabet, and lets it stand for all
 * levels: the entry that upper levels use points back to the table itself. So a guest of two frames can have a whole table, and
 * every kind of malice: an entry that names its own table, a frame it does not have, reserved bits.
 */
export interface GuestEntry {
  readonly name: string;
  /** The 64 bits of the entry in the place of the alphabet's page. */
  at(page: number): readonly [low: number, high: number];
}

/** Entry of the guest's table that walks of the page read at the last level; of page 0, the one that all upper levels read. */
export function guestIndex(page: number): number {
  return page;
}

/**
 * The declared alphabet of guest bytes: absent, each page of guest memory with each permission of the world, its own table, malformed. Page 0
 * of the alphabet addresses the entry that all upper levels use, others their last-level entry.
 */
export function guestAlphabet(shape: WorldShape, format: GuestFormat): GuestEntry[] {
  const named = (target: number, permission: number) => (page: number) =>
    page === 0 ? format.pointer(target, permission) : format.leaf(target, permission);
  const own = named(shape.pages[0], READ | WRITE);
  const entries: GuestEntry[] = [
    { name: 'absent', at: () => [0, 0] },
    { name: 'own table', at: own },
    { name: 'malformed', at: () => format.malformed(shape.pages[0]) },
  ];
  shape.pages.slice(1).forEach((page, i) => {
    for (const permission of shape.permissions) {
      const name = `guest page ${i + 1} ${(permission & WRITE) !== 0 ? 'rw' : 'r'}`;
      entries.push({ name, at: named(page, permission) });
    }
  });
  return entries;
}
