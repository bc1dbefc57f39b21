import type { StepContext } from '../../../vocabulary/context.js';
import { ERRNO } from '../../../vocabulary/errno.js';
import { store } from '../../../vocabulary/make-step.js';
import { READ, WRITE } from '../../../vocabulary/operations.js';
import type { StepSet } from '../../../vocabulary/step.js';
import { clearLeaf, clearTableLink, indexAt, unlinkDeepest } from '../../table-steps.js';
import * as entry from '../entries/table.js';

/** Upper entries permit everything: the leaf decides. */
function makePointer(table: number): [low: number, high: number] {
  return entry.makeDescriptor(table, entry.DESCRIPTOR_VALID | entry.DESCRIPTOR_TABLE);
}

/** The stage 1 format cannot forbid reading. */
function makeLeaf(
  isFirst: number,
  frame: number,
  permission: number,
  level: number,
): [low: number, high: number] {
  const form = entry.DESCRIPTOR_VALID | entry.ACCESSED | (level === 1 ? entry.DESCRIPTOR_TABLE : 0);
  const rights = isFirst
    ? entry.AP_USER | entry.NOT_GLOBAL | (permission & WRITE ? 0 : entry.AP_READ_ONLY)
    : (permission & READ ? entry.S2_READ : 0) | (permission & WRITE ? entry.S2_WRITE : 0);
  return entry.makeDescriptor(frame, form | rights);
}

function targetOf(world: StepContext, table: number, at: number, level: number): number {
  return entry.descriptorFrame(world.memory.low(table, at), world.memory.high(table, at), level, false);
}

/**
 * Translation tables of both stages, 4 KiB granules (Arm ARM, VMSAv8-64): one store or one read each. Levels are
 * 4 (top, level 0 of the manual) to 1.
 */
export const tableSteps: StepSet = {
  /** The table an entry points to, or 0 for none. Fails where the entry is a leaf. */
  nextTable: {
    kind: 'read',
    inputs: ['table', 'page', 'level'],
    errors: ['EEXIST'],
    skipped: 0,
    says: 'read the entry of level {level}',
    bind: (world) => (table, page, level) => {
      const at = indexAt(page, level);
      const low = world.memory.low(table, at);
      if (!entry.isDescriptor(low, level)) return 0;
      return entry.isDescriptorLeaf(low, level) ? -ERRNO.EEXIST : targetOf(world, table, at, level);
    },
  },
  /** Compare-and-exchange of an empty entry: the outcome is the table that the entry points to now. */
  installTable: store(
    'store',
    'link a table at level {level}',
    ['table', 'page', 'level', 'child'],
    (world, table, page, level, child) => {
      const at = indexAt(page, level);
      if (entry.isDescriptor(world.memory.low(table, at), level)) return targetOf(world, table, at, level);
      const [low, high] = makePointer(child);
      world.memory.store(table, at, low, high);
      return child;
    },
  ),
  /** `rights`: permission bits, and above them the level less one. `isFirst`: the format, 1 stage 1, 0 stage 2. */
  storeLeaf: store(
    'store',
    'set the leaf',
    ['isFirst', 'table', 'page', 'rights', 'frame'],
    (world, isFirst, table, page, rights, frame) => {
      const level = (rights >> 2) + 1;
      const [low, high] = makeLeaf(isFirst, frame, rights & 3, level);
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
      (low, high, level) =>
        entry.isDescriptor(low, level) && !entry.isDescriptorLeaf(low, level)
          ? entry.descriptorFrame(low, high, level, false)
          : 0,
      root,
      top,
    ),
  ),
};
