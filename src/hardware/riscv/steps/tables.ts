import type { StepContext } from '../../../vocabulary/context.js';
import { ERRNO } from '../../../vocabulary/errno.js';
import { WRITE } from '../../../vocabulary/operations.js';
import type { StepSet } from '../../../vocabulary/step.js';
import * as pte from '../entries/page-table.js';
import { store } from './make.js';

/** Levels of the tables: Sv39 and Sv39x4. */
export const TOP_LEVEL = 3;

/**
 * Index of a page's entry in a table of the level. Drivers map what lies below 2^38, the lower half of a first stage: of the four
 * pages of a second stage's root that is the first, so one table serves as either.
 */
function indexAt(page: number, level: number): number {
  return (page >>> (9 * (level - 1))) & 511;
}

/** No hardware sets accessed and dirty bits here, so software does. Every page is a user page. */
function leafFlags(permission: number): number {
  const write = (permission & WRITE) !== 0 ? pte.PTE_WRITE | pte.PTE_DIRTY : 0;
  return pte.PTE_VALID | pte.PTE_USER | pte.PTE_ACCESSED | pte.PTE_READ | write;
}

/** First table linked at or below an entry of the table, deepest first, taken out of its parent; 0 when there is none. */
function unlinkDeepest(world: StepContext, table: number, level: number): number {
  const { memory } = world;
  for (let index = 0; index < 512 && level > 1; index++) {
    const low = memory.low(table, index);
    if (!pte.isPteValid(low) || pte.isPteLeaf(low)) continue;
    const child = pte.pteFrame(low, memory.high(table, index));
    const deeper = unlinkDeepest(world, child, level - 1);
    if (deeper !== 0) return deeper;
    memory.store(table, index, 0, 0);
    return child;
  }
  return 0;
}

/** Page tables, whose entries have one form in both stages: one store or one read each. Levels are 3 (top) to 1. */
export const tableSteps: StepSet = {
  /** The table an entry points to, or 0 for none. Fails where the entry is a leaf. */
  nextTable: {
    kind: 'read',
    inputs: ['table', 'page', 'level'],
    errors: ['EADDRINUSE'],
    skipped: 0,
    says: 'read the entry of level {level}',
    bind: (world) => (table, page, level) => {
      const at = indexAt(page, level);
      const low = world.memory.low(table, at);
      if (!pte.isPteValid(low)) return 0;
      return pte.isPteLeaf(low) ? -ERRNO.EADDRINUSE : pte.pteFrame(low, world.memory.high(table, at));
    },
  },
  /** Compare-and-exchange of an empty entry: the outcome is the table that the entry points to now. */
  installTable: store(
    'store',
    'link a table at level {level}',
    ['table', 'page', 'level', 'child'],
    (world, table, page, level, child) => {
      const at = indexAt(page, level);
      const low = world.memory.low(table, at);
      if (pte.isPteValid(low)) return pte.pteFrame(low, world.memory.high(table, at));
      const [fresh, high] = pte.makePte(child, pte.PTE_VALID);
      world.memory.store(table, at, fresh, high);
      return child;
    },
  ),
  storeLeaf: store(
    'store',
    'set the leaf of level {level}',
    ['table', 'page', 'level', 'permission', 'frame'],
    (world, table, page, level, permission, frame) => {
      const [low, high] = pte.makePte(frame, leafFlags(permission));
      world.memory.store(table, indexAt(page, level), low, high);
      return 0;
    },
  ),
  clearLeaf: store('clear', 'clear the leaf', ['table', 'page', 'level'], (world, table, page, level) => {
    world.memory.store(table, indexAt(page, level), 0, 0);
    return 0;
  }),
  clearTableLink: store(
    'clear',
    'unlink the table of level {level}',
    ['table', 'page', 'level'],
    (world, table, page, level) => {
      world.memory.store(table, indexAt(page, level), 0, 0);
      return 0;
    },
  ),
  /** Collect the tables below a root whose routes are gone: the next one unlinked, or 0. */
  collectTable: store('clear', 'collect a table of the domain', ['root', 'level'], unlinkDeepest),
};
