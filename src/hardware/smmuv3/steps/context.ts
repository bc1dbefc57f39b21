import type { StepContext } from '../../../vocabulary/context.js';
import { read, store } from '../../../vocabulary/make-step.js';
import type { Step, StepSet } from '../../../vocabulary/step.js';
import * as context from '../entries/context.js';
import { changeOf, type Word } from './entry-change.js';

/** Levels of the first stages that drivers make: 48 bits of input. */
const FIRST_LEVELS = 4;
const TARGET = ['table', 'pasid', 'asid', 'root', 'device'] as const;

/** The accesses of a device that waits for answers are held where they fault (S, 5.5). */
function targetWords({ shape }: StepContext, asid: number, root: number, device: number): Word[] {
  const stall = shape.devices[device].pri ? context.CD_STALL : 0;
  return [context.makeContext0(asid, FIRST_LEVELS, stall), context.makeContext1(root)];
}

function entryWords({ memory }: StepContext, table: number, pasid: number): Word[] {
  const at = context.contextIndex(pasid);
  return [0, 1].map((i) => [memory.low(table, at + i), memory.high(table, at + i)]);
}

/** A valid descriptor is looked at whole, of another only that it is not. */
function usedBits([[low0]]: readonly Word[]): Word[] {
  return context.isContextValid(low0)
    ? [
        [-1, -1],
        [-1, -1],
      ]
    : [
        [context.CD_VALID, 0],
        [0, 0],
      ];
}

const SAFE: readonly Word[] = [
  [0, 0],
  [0, 0],
];

function put({ memory }: StepContext, table: number, at: number, [low, high]: Word): number {
  if (memory.low(table, at) === (low | 0) && memory.high(table, at) === (high | 0)) return 0;
  memory.store(table, at, low, high);
  return 1;
}

function storeWord(word: 0 | 1, says: string): Step {
  return store('store', says, TARGET, (world, table, pasid, asid, root, device) =>
    put(world, table, context.contextIndex(pasid) + word, targetWords(world, asid, root, device)[word]),
  );
}

/** Context descriptors in one linear table (3.3.2, 5.4): one 64-bit store or one read each. */
export const contextSteps: StepSet = {
  /** How the descriptor can become one of the ASID and the table: `CHANGE`, or the critical word plus one. */
  contextChange: read('compare the context descriptor', TARGET, (world, table, pasid, asid, root, device) =>
    changeOf(entryWords(world, table, pasid), targetWords(world, asid, root, device), usedBits, SAFE),
  ),
  isContextValid: read('read the context descriptor', ['table', 'pasid'], (world, table, pasid) =>
    context.isContextValid(world.memory.low(table, context.contextIndex(pasid))) ? 1 : 0,
  ),
  /** The outcome of this and the next is whether anything was stored. */
  storeContextTable: storeWord(1, 'set the table of the context descriptor'),
  storeContextFirst: storeWord(0, 'set the context descriptor valid'),
  clearContextValid: store(
    'clear',
    'clear the valid bit of the context descriptor',
    ['table', 'pasid'],
    (world, table, pasid) => put(world, table, context.contextIndex(pasid), [0, 0]),
  ),
  clearContextTable: store(
    'clear',
    'clear the table of the context descriptor',
    ['table', 'pasid'],
    (world, table, pasid) => put(world, table, context.contextIndex(pasid) + 1, [0, 0]),
  ),
};
