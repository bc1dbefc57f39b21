import { CALL, type Edge, FAIL, type Node, type Point, RETURN, STEP } from './program.js';

/** The registers that an edge reads. */
export interface Reads {
  readonly conditions: readonly number[];
  /** For each write of the edge, in order. */
  readonly writes: readonly (readonly number[])[];
}

/**
 * For each point, the registers that some continuation reads before it writes them: the usual backward analysis, over the
 * whole inlined graph.
 */
export function liveRegisters(
  nodes: readonly Node[],
  reads: ReadonlyMap<Edge, Reads>,
  points: readonly Point[],
  registerCount: number,
): readonly Int32Array[] {
  const live = new Map<Node, Uint8Array>(nodes.map((node) => [node, new Uint8Array(registerCount)]));
  const before = (node: Node) => live.get(node) as Uint8Array;
  /** Adds what is live before the edge is judged. */
  const addEdges = (edges: readonly Edge[], into: Uint8Array) => {
    for (const edge of edges) {
      const at = before(edge.target).slice();
      const { conditions, writes } = reads.get(edge) as Reads;
      for (let w = edge.writes.length - 1; w >= 0; w -= 1) {
        at[edge.writes[w].to] = 0;
        addAll(writes[w], at);
      }
      addAll(conditions, at);
      addSet(at, into);
    }
  };
  const judge = (node: Node): Uint8Array => {
    const at = new Uint8Array(registerCount);
    switch (node.kind) {
      case CALL:
        addSet(before(node.entry as Node), at);
        removeAll(node.registers, at);
        addAll(
          node.inputs.map((input) => input.register),
          at,
        );
        return at;
      case RETURN:
      case FAIL:
        if (node.caller) {
          addEdges(node.kind === FAIL ? node.caller.error : node.caller.done, at);
          removeAll(node.registers, at);
        }
        addAll([node.given.register], at);
        return at;
      default:
        addEdges(node.done, at);
        addEdges(node.error, at);
        if (node.kind === STEP) {
          addAll(points[node.point].registers, at);
        }
        return at;
    }
  };
  let isStable = false;
  while (!isStable) {
    isStable = true;
    // Nodes stand roughly in the order of flow, so going backwards settles most of a program in one round.
    for (let n = nodes.length - 1; n >= 0; n -= 1) {
      const now = judge(nodes[n]);
      if (now.some((bit, register) => bit !== before(nodes[n])[register])) {
        live.set(nodes[n], now);
        isStable = false;
      }
    }
  }
  const result: Int32Array[] = [];
  for (const node of nodes) {
    if (node.kind === STEP) {
      result[node.point] = registersIn(before(node));
    }
  }
  return result;
}

function registersIn(set: Uint8Array): Int32Array {
  return Int32Array.from(Array.from(set.keys()).filter((register) => set[register] === 1));
}

function addSet(from: Uint8Array, into: Uint8Array): void {
  for (let register = 0; register < from.length; register += 1) {
    into[register] |= from[register];
  }
}

/** Negative entries stand for constants. */
function addAll(registers: ArrayLike<number>, into: Uint8Array): void {
  for (let r = 0; r < registers.length; r += 1) {
    if (registers[r] >= 0) {
      into[registers[r]] = 1;
    }
  }
}

function removeAll(registers: ArrayLike<number>, from: Uint8Array): void {
  for (let r = 0; r < registers.length; r += 1) {
    from[registers[r]] = 0;
  }
}
