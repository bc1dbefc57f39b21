import { type MachinePlace, StatechartError } from './error.js';
import { CALL, type Edge, FAIL, type Node, RETURN, STEP } from './program.js';

/**
 * Refuse loops that pass choices, calls and returns and never come to a step: a procedure would go round in them without
 * anybody else getting a turn. Loops through the choices of one machine are refused when it is read; these go through
 * procedures that can end without doing a step.
 */
export function refuseIdleLoops(names: ReadonlyMap<Node, string>, place: MachinePlace): void {
  const left = new Set<Node>();
  const open: Node[] = [];
  const walk = (node: Node): void => {
    if (node.kind === STEP || left.has(node)) {
      return;
    }
    const opened = open.indexOf(node);
    if (opened >= 0) {
      const loop = [...open.slice(opened), node].map((each) => names.get(each)).join(' → ');
      throw new StatechartError(place, `a loop never does a step: ${loop}`);
    }
    open.push(node);
    for (const next of nextOf(node)) {
      walk(next);
    }
    open.pop();
    left.add(node);
  };
  for (const node of names.keys()) {
    walk(node);
  }
}

/** What may follow a node that is passed through. */
function nextOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case CALL:
      return [node.entry as Node];
    case RETURN:
      return targetsOf(node.caller?.done);
    case FAIL:
      return targetsOf(node.caller?.error);
    default:
      return targetsOf(node.done);
  }
}

function targetsOf(edges: readonly Edge[] = []): readonly Node[] {
  return edges.map((edge) => edge.target);
}
