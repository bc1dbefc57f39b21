import { ERRNO } from '../../../vocabulary/errno.js';
import { store } from '../../../vocabulary/make-step.js';
import { READ, WRITE } from '../../../vocabulary/operations.js';
import type { StepSet } from '../../../vocabulary/step.js';
import { clearLeaf, clearTableLink, indexAt, unlinkDeepest } from '../../table-steps.js';
import { frameOf } from '../entries/address.js';
import * as first from '../entries/first-level.js';
import * as second from '../entries/second-level.js';

/** Every step takes the format: 1 first-stage, 0 second-stage. Levels are 4 (top) to 1. */
function isPresent(isFirst: number, low: number): boolean {
  return isFirst ? first.isFirstPresent(low) : second.isSecondPresent(low);
}

function isLeaf(isFirst: number, low: number, level: number): boolean {
  return isFirst ? first.isFirstLeaf(low, level) : second.isSecondLeaf(low, level);
}

/** Upper entries permit everything: the leaf decides. */
function makePointer(isFirst: number, table: number): readonly [number, number] {
  return isFirst
    ? first.makeFirstLevel(
        table,
        first.FIRST_PRESENT | first.FIRST_WRITE | first.FIRST_USER | first.FIRST_ACCESSED,
      )
    : second.makeSecondLevel(table, second.SECOND_READ | second.SECOND_WRITE);
}

/** The first-stage format cannot forbid reading. */
function makeLeaf(
  isFirst: number,
  frame: number,
  permission: number,
  level: number,
): readonly [number, number] {
  if (isFirst) {
    const large = level > 1 ? first.FIRST_LARGE : 0;
    const write = permission & WRITE ? first.FIRST_WRITE | first.FIRST_DIRTY : 0;
    return first.makeFirstLevel(
      frame,
      first.FIRST_PRESENT | first.FIRST_USER | first.FIRST_ACCESSED | write | large,
    );
  }
  const large = level > 1 ? second.SECOND_LARGE : 0;
  const rights =
    (permission & READ ? second.SECOND_READ : 0) | (permission & WRITE ? second.SECOND_WRITE : 0);
  return second.makeSecondLevel(frame, rights | large);
}

/** Page tables of both formats: one store or one read each. */
export const tableSteps: StepSet = {
  /** The table an entry points to, or 0 for none. Fails where the entry is a leaf. */
  nextTable: {
    kind: 'read',
    inputs: ['isFirst', 'table', 'page', 'level'],
    errors: ['EADDRINUSE'],
    skipped: 0,
    says: 'read the entry of level {level}',
    bind: (world) => (isFirst, table, page, level) => {
      const at = indexAt(page, level);
      const low = world.memory.low(table, at);
      if (!isPresent(isFirst, low)) return 0;
      return isLeaf(isFirst, low, level) ? -ERRNO.EADDRINUSE : frameOf(low, world.memory.high(table, at));
    },
  },
  /** Compare-and-exchange of an empty entry: the outcome is the table that the entry points to now. */
  installTable: store(
    'store',
    'link a table at level {level}',
    ['isFirst', 'table', 'page', 'level', 'child'],
    (world, isFirst, table, page, level, child) => {
      const at = indexAt(page, level);
      const low = world.memory.low(table, at);
      if (isPresent(isFirst, low)) return frameOf(low, world.memory.high(table, at));
      const [fresh, high] = makePointer(isFirst, child);
      world.memory.store(table, at, fresh, high);
      return child;
    },
  ),
  /** `rights`: permission bits, and above them the level less one. */
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
  collectTable: store(
    'clear',
    'collect a table of the domain',
    ['isFirst', 'root', 'level'],
    ({ memory }, isFirst, root, top) =>
      unlinkDeepest(
        memory,
        (low, high, level) =>
          isPresent(isFirst, low) && !isLeaf(isFirst, low, level) ? frameOf(low, high) : 0,
        root,
        top,
      ),
  ),
};
