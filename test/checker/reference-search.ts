import { compareCosts, type Cost } from '../../src/checker/cost.js';
import type { Model } from '../../src/checker/model.js';

export interface Reference {
  readonly states: number;
  readonly transitions: number;
  /** The lowest cost of each cause. */
  readonly costs: ReadonlyMap<string, Cost>;
}

interface Node {
  readonly bytes: Uint8Array;
  readonly last: number;
  readonly cost: Cost;
}

/**
 * Dijkstra over (state, agent that acted last), with strings in a map and a list that is sorted again and again: too slow to use,
 * too simple to be wrong.
 */
export function referenceSearch(model: Model): Reference {
  const encode = () => {
    const out = new Uint8Array(model.maxEncoding);
    return out.slice(0, model.encode(out, 0));
  };
  const settled = new Set<string>();
  const states = new Map<string, number>();
  const costs = new Map<string, Cost>();
  model.reset();
  const queue: Node[] = [{ bytes: encode(), last: -1, cost: { operations: 0, switches: 0, steps: 0 } }];
  while (queue.length > 0) {
    queue.sort((a, b) => compareCosts(b.cost, a.cost));
    const { bytes, last, cost } = queue.pop()!;
    const key = `${bytes.join()} ${last}`;
    if (settled.has(key)) continue;
    settled.add(key);
    model.decode(bytes, 0, bytes.length);
    const out = new Int32Array(64);
    const actions = [...out.subarray(0, model.enabled(out))];
    states.set(bytes.join(), actions.length);
    for (const action of actions) {
      model.decode(bytes, 0, bytes.length);
      model.apply(action);
      const agent = model.agentOf(action);
      const reached = {
        operations: cost.operations + (model.isOperation(action) ? 1 : 0),
        switches: cost.switches + (last >= 0 && last !== agent ? 1 : 0),
        steps: cost.steps + 1,
      };
      if (model.violations.length === 0) {
        const next = encode();
        if (!settled.has(`${next.join()} ${agent}`)) queue.push({ bytes: next, last: agent, cost: reached });
      }
      for (const { cause } of model.violations) {
        const known = costs.get(cause);
        if (known === undefined || compareCosts(reached, known) < 0) costs.set(cause, reached);
      }
    }
  }
  return { states: states.size, transitions: [...states.values()].reduce((a, b) => a + b), costs };
}
