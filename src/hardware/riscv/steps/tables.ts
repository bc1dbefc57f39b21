import { ERRNO } from '../../../vocabulary/errno.js';
import { store } from '../../../vocabulary/make-step.js';
import { WRITE } from '../../../vocabulary/operations.js';
import type { StepSet } from '../../../vocabulary/step.js';
import { clearLeaf, clearTableLink, indexAt, unlinkDeepest } from '../../table-steps.js';
import * as pte from '../entries/page-table.js';

/**
 * Levels of the tables: Sv39 and Sv39x4. Drivers map what lies below 2^38, the lower half of a first stage: of the four pages of a
 * second stage's root that is the first, so one table serves as either.
 */
export const TOP_LEVEL = 3;

/** No hardware sets accessed and dirty bits here, so software does. Every page is a user page. */
function leafFlags(permission: number): number {
  const write = (permission & WRITE) !== 0 ? pte.PTE_WRITE | pte.PTE_DIRTY : 0;
  return pte.PTE_VALID | pte.PTE_USER | pte.PTE_ACCESSED | pte.PTE_READ | write;
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
  clearLeaf,
  clearTableLink,
  /** Collect the tables below a root whose routes are gone: the next one unlinked, or 0. */
  collectTable: store('clear', 'collect a table of the domain', ['root', 'level'], ({ memory }, root, top) =>
    unlinkDeepest(
      memory,
      (low, high) => (pte.isPteValid(low) && !pte.isPteLeaf(low) ? pte.pteFrame(low, high) : 0),
      root,
      top,
    ),
  ),
};
