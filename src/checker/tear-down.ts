import type { Random } from '../vocabulary/random.js';
import type { Action, Model } from './model.js';

const MAX_STEPS = 100_000;

/** Always the first choice. */
const FIRST: Random = { below: () => 0 };

/**
 * Finish what is open and undo what exists, without any choice: the agent that moves goes on while it can, then the first that
 * can; each takes the first thing it draws. Returns the actions taken, up to a violation; undefined when no end is in sight.
 * `before` sees each action before it is applied.
 */
export function tearDown(model: Model, before: (action: Action) => void = () => {}): Action[] | undefined {
  const taken: Action[] = [];
  for (const phase of ['drain', 'teardown'] as const) {
    model.setPhase(phase);
    let agent = 0;
    while (phase === 'teardown' || !model.quiescent()) {
      const next = drawFrom(model, agent);
      if (next < 0) break;
      if (taken.length === MAX_STEPS) return undefined;
      before(next);
      model.apply(next);
      taken.push(next);
      agent = model.agentOf(next);
      if (model.violations.length > 0) return taken;
    }
  }
  return taken;
}

function drawFrom(model: Model, preferred: number): Action {
  for (let i = 0; i < model.agents; i++) {
    const agent = (preferred + i) % model.agents;
    if (!model.canMove(agent)) continue;
    const action = model.draw(agent, FIRST);
    if (action >= 0) return action;
  }
  return -1;
}
