import { compareCosts, costOf, type Cost } from '../../src/checker/cost.js';
import type { Action, Model } from '../../src/checker/model.js';

/** What trying every sequence of actions finds, with nothing remembered between sequences. */
export interface BruteForce {
  /** Complete sequences: to a violation or to where nothing can be done. */
  readonly sequences: number;
  /** The lowest cost of each cause. */
  readonly costs: ReadonlyMap<string, Cost>;
}

export function bruteForce(model: Model): BruteForce {
  const costs = new Map<string, Cost>();
  let sequences = 0;
  const path: Action[] = [];
  const walk = () => {
    const out = new Int32Array(64);
    const actions = out.subarray(0, model.enabled(out));
    if (actions.length === 0) sequences++;
    for (const action of actions) {
      const mark = model.mark();
      model.apply(action);
      path.push(action);
      if (model.violations.length > 0) {
        sequences++;
        const cost = costOf(model, path);
        const { cause } = model.violations[0];
        const known = costs.get(cause);
        if (known === undefined || compareCosts(cost, known) < 0) costs.set(cause, cost);
      } else {
        walk();
      }
      path.pop();
      model.rollback(mark);
    }
  };
  model.reset();
  walk();
  return { sequences, costs };
}
