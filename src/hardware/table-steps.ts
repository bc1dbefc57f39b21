import type { Memory } from '../vocabulary/context.js';
import { store } from '../vocabulary/make-step.js';

/** Index of a page's entry in a table of the level, 1 the lowest. Drivers map pages whose numbers have 32 bits. */
export function indexAt(page: number, level: number): number {
  return (page >>> (9 * (level - 1))) & 511;
}

/** A page's entry of one level made empty: the same in every format whose entries of 64 bits stand 512 to a table. */
function clearAt(says: string) {
  return store('clear', says, ['table', 'page', 'level'], (world, table, page, level) => {
    world.memory.store(table, indexAt(page, level), 0, 0);
    return 0;
  });
}

export const clearLeaf = clearAt('clear the leaf');
export const clearTableLink = clearAt('unlink the table of level {level}');

/**
 * First table linked at or below an entry of the table, deepest first, taken out of its parent; 0 when there is none. `linked`: the
 * table that an entry links, or 0. In every format an entry whose low word is 0 links none.
 */
export function unlinkDeepest(
  memory: Memory,
  linked: (low: number, high: number, level: number) => number,
  table: number,
  level: number,
): number {
  for (let index = 0; index < 512 && level > 1; index++) {
    const low = memory.low(table, index);
    const child = low === 0 ? 0 : linked(low, memory.high(table, index), level);
    if (child === 0) continue;
    const deeper = unlinkDeepest(memory, linked, child, level - 1);
    if (deeper !== 0) return deeper;
    memory.store(table, index, 0, 0);
    return child;
  }
  return 0;
}
