import { expect, test } from 'vitest';
import { agentOf, isCall, payloadOf } from '../../src/world/actions.js';
import { INJECTED } from '../../src/world/agent-states.js';
import { randomShape } from '../../src/world/scopes.js';
import { VARIANTS } from '../../src/world/variants.js';
import { drawAny, randomOf } from './random-walk.js';
import { PAIRS, worldOf } from './worlds.js';

const STEPS = 2000;

/** docs/decisions/world-failures.md */
test.each(PAIRS)('$name: one allocation fails in a call, and no more than the world allows', (pair) => {
  const shape = { ...VARIANTS.group(randomShape(pair)), allocationFailures: 12 };
  const world = worldOf(pair, { shape, concrete: true });
  const random = randomOf(pair.name);
  const failed = new Set<number>();
  let left = shape.allocationFailures;
  for (let step = 0; step < STEPS; step++) {
    const action = drawAny(world, random);
    if (action < 0) break;
    const agent = agentOf(action);
    const payload = payloadOf(action);
    if (world.isOperation(action)) failed.delete(agent);
    else if (agent < shape.callers && !isCall(payload)) {
      const { step: taken } = world.points[world.agentStates.point(agent)];
      const canFail = (taken.alternatives ?? 1) > 1;
      expect(world.alternatives(agent) > 1).toBe(canFail && left > 0 && !failed.has(agent));
      const mark = world.mark();
      world.agentStates.flag(agent, INJECTED);
      expect(world.alternatives(agent)).toBe(1);
      world.rollback(mark);
      if (payload > 0) {
        left--;
        failed.add(agent);
      }
    }
    world.apply(action);
  }
  expect(left).toBeLessThan(shape.allocationFailures);
});
