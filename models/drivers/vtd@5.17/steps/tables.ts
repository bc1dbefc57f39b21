import { frameOf } from '../../../../src/hardware/vtd/entries/address.js';
import { indexAt } from '../../../../src/hardware/table-steps.js';
import * as second from '../../../../src/hardware/vtd/entries/second-level.js';
import type { StepContext } from '../../../../src/vocabulary/context.js';
import { fact, read, store } from '../../../../src/vocabulary/make-step.js';
import type { StepSet } from '../../../../src/vocabulary/step.js';

/** What {@link tableSteps.tableEntry} answers for an entry that maps a page. */
export const LEAF = 1 << 30;
/** Entries of a table: what {@link tableSteps.nextSlot} answers when there is no further one. */
export const SLOTS = 512;

/** Frame of the table an entry of a second-level table points to; 0 for an empty one, {@link LEAF} for a mapped page. */
function tableAt(world: StepContext, table: number, index: number, level: number): number {
  const low = world.memory.low(table, index);
  if (!second.isSecondPresent(low)) return 0;
  return second.isSecondLeaf(low, level) ? LEAF : frameOf(low, world.memory.high(table, index));
}

/** Second-level tables: one store or one read each, without a lock. */
export const tableSteps: StepSet = {
  /** Levels of a domain's tables: hardware of scalable mode walks 4 of them. */
  tableLevels: fact([], () => 4),
  /** Entry of a second-level table on the way to a page: 0 empty, {@link LEAF}, or the frame of the next table. */
  tableEntry: read(
    'read the entry of level {level}',
    ['table', 'page', 'level'],
    (world, table, page, level) => tableAt(world, table, indexAt(page, level), level),
  ),
  /** Compare-and-exchange of an empty entry: the outcome is the table that the entry points to now. */
  linkTable: store(
    'store',
    'link a table at level {level}',
    ['table', 'page', 'level', 'child'],
    (world, table, page, level, child) => {
      const at = indexAt(page, level);
      const there = tableAt(world, table, at, level);
      if (there !== 0) return there;
      const [low, high] = second.makeSecondLevel(child, second.SECOND_READ | second.SECOND_WRITE);
      world.memory.store(table, at, low, high);
      return child;
    },
  ),
  /**
   * Compare-and-exchange of an empty entry. An entry in use stays as it is, and the code only warns. `rights`: permission
   * bits, above them the level less one.
   */
  storeLeaf: store(
    'store',
    'set the leaf',
    ['table', 'page', 'rights', 'frame'],
    (world, table, page, rights, frame) => {
      const level = (rights >> 2) + 1;
      const at = indexAt(page, level);
      if (world.memory.low(table, at) !== 0) return 0;
      const large = level > 1 ? second.SECOND_LARGE : 0;
      const permission = (rights & 1 ? second.SECOND_READ : 0) | (rights & 2 ? second.SECOND_WRITE : 0);
      const [low, high] = second.makeSecondLevel(frame, permission | large);
      world.memory.store(table, at, low, high);
      return 0;
    },
  ),
  clearSlot: store(
    'clear',
    'clear the entry of level {level}',
    ['table', 'page', 'level'],
    (world, table, page, level) => {
      world.memory.store(table, indexAt(page, level), 0, 0);
      return 0;
    },
  ),
  /** Next entry in use at or after a place, or {@link SLOTS}. */
  nextSlot: read('find the next entry in use', ['table', 'from'], (world, table, from) => {
    for (let at = from; at < SLOTS; at++)
      if ((world.memory.low(table, at) | world.memory.high(table, at)) !== 0) return at;
    return SLOTS;
  }),
  slotTable: read('read the entry at {index}', ['table', 'index', 'level'], tableAt),
  clearSlotAt: store('clear', 'clear the entry at {index}', ['table', 'index'], (world, table, index) => {
    world.memory.store(table, index, 0, 0);
    return 0;
  }),
};
