import { expect, test } from 'vitest';
import { IntList } from '../../src/checker/int-list.js';
import { executeRun } from '../../src/checker/run.js';
import { recordRun, replay } from '../../src/checker/trace.js';
import { isCall, payloadOf, unpackArguments } from '../../src/world/actions.js';
import type { World } from '../../src/world/world.js';
import { randomShape } from '../../src/world/scopes.js';
import { VARIANTS } from '../../src/world/variants.js';
import { enabledOf, randomOf, walk } from './random-walk.js';
import { PAIRS, worldOf } from './worlds.js';

const RUNS = 3;
const STEPS = 400;
const OPERATIONS = 40;

/** Do what the run did again, from what was written down of it, through text as a file has it. */
function expectAgain(world: World, run: number): void {
  const actions = new IntList(1024);
  const { finished } = executeRun(world, 11, run, OPERATIONS, actions);
  const taken = Array.from(actions.items.subarray(0, actions.length));
  const trace = recordRun(world, taken, finished);
  const again = replay(world, JSON.parse(JSON.stringify(trace)));
  const differs = taken.findIndex((action, i) => again.actions[i] !== action);
  expect({ run, differs: differs < 0 ? undefined : trace.records[differs] }).toEqual({ run });
  if (!finished) expect(again.actions).toHaveLength(taken.length);
  expect(recordRun(world, again.actions.slice(0, taken.length))).toEqual({ ...trace, finished: false });
}

test.each(PAIRS)('what $name did can be written down and done again', (pair) => {
  const whole = randomShape(pair);
  // Few of everything, so that calls are made for which no number is left.
  const few = worldOf(pair, { concrete: true, shape: { ...whole, spaces: 1, frames: 1 } });
  for (let run = 0; run < RUNS; run++) expectAgain(few, run);
  // Three callers, so that commands of one scope wait side by side.
  const crowded = worldOf(pair, { concrete: true, shape: { ...VARIANTS.few(whole), callers: 3 } });
  for (let run = 0; run < RUNS; run++) expectAgain(crowded, run);
});

test.each(PAIRS)('every record of what $name can do next means that and nothing else', (pair) => {
  const whole = randomShape(pair);
  const world = worldOf(pair, { shape: { ...VARIANTS.few(whole), callers: 3 }, properties: [] });
  const args = new Int32Array(5);
  walk(world, randomOf('records', pair.name), STEPS, () => {
    for (const action of enabledOf(world)) {
      const mark = world.mark();
      const payload = payloadOf(action);
      const record = world.record(action);
      // Some arguments say nothing beside others, and are not written down.
      if (isCall(payload)) {
        unpackArguments(payload, args);
        const parent = record.does === 'createSpace' && record.arguments?.parent === undefined ? args[2] : 0;
        const page = record.does === 'guestInvalidate' && record.arguments?.page === undefined ? args[2] : 0;
        if (parent + page !== 0) continue;
      }
      const meant = world.resolve(record);
      world.rollback(mark);
      if (meant !== action) expect({ record, meant }).toEqual({ record, meant: action });
    }
    return true;
  });
});

test('agents of one sort are told apart by their names', () => {
  for (const pair of PAIRS) {
    const world = worldOf(pair, { shape: VARIANTS.apart(randomShape(pair)) });
    const names = Array.from({ length: world.agents }, (_, agent) => world.agentName(agent));
    expect(names).toEqual([...new Set(names)]);
  }
});
