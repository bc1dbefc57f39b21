import type { Action, Model } from './model.js';

/** Steps that finishing one operation may take. */
export const MAX_CONTINUATION = 10_000;

/** Where enabled actions are listed: shared, since shrinking replays thousands of times. */
const ENABLED = new Int32Array(1 << 16);

/**
 * What brings an agent's operation forward without any choice: its own first step while it can take one, then the first of
 * whoever can move without beginning anything; below zero when nothing moves.
 */
export function continuationOf(model: Model, agent: number): Action {
  const enabled = ENABLED;
  // Nothing new is begun, and listing what could be would be most of the work.
  model.setPhase('drain');
  const count = model.enabled(enabled);
  model.setPhase('work');
  let other = -1;
  for (let i = 0; i < count; i++) {
    if (model.isOperation(enabled[i])) continue;
    if (model.agentOf(enabled[i]) === agent) return enabled[i];
    if (other < 0) other = enabled[i];
  }
  return other;
}
