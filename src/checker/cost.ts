import type { Action, Model } from './model.js';

/**
 * What a trace costs its reader. Compared in this order everywhere, so that "shortest" means one thing: operations begun, then
 * switches (an action whose agent is not the one that acted before; the first action is none), then steps (all actions).
 */
export interface Cost {
  readonly operations: number;
  readonly switches: number;
  readonly steps: number;
}

/** Negative when `a` is lower. */
export function compareCosts(a: Cost, b: Cost): number {
  return a.operations - b.operations || a.switches - b.switches || a.steps - b.steps;
}

export function costOf(model: Model, actions: readonly Action[]): Cost {
  let operations = 0;
  let switches = 0;
  for (let i = 0; i < actions.length; i++) {
    if (model.isOperation(actions[i])) operations++;
    if (i > 0 && model.agentOf(actions[i]) !== model.agentOf(actions[i - 1])) switches++;
  }
  return { operations, switches, steps: actions.length };
}
