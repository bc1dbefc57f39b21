import { CALL, type Edge, FAIL, type Node, type Point, RETURN, STEP } from './program.js';

/** What is live after a way through the graph, made from what is live at its target: some of that, and what the way itself reads. */
interface Way {
  readonly target: number;
  readonly keeps: RegisterSet;
  readonly reads: RegisterSet;
}

/** Registers as bits, 32 a word. */
type RegisterSet = Int32Array;

/**
 * For each point, the registers that some continuation reads before it writes them: the usual backward analysis, over the
 * whole inlined graph.
 */
export function liveRegisters(
  nodes: readonly Node[],
  points: readonly Point[],
  registerCount: number,
): readonly Int32Array[] {
  const words = (registerCount + 31) >>> 5;
  const numbers = new Map(nodes.map((node, n) => [node, n]));
  const numberOf = (node: Node): number => numbers.get(node) as number;
  const setOf = (registers: ArrayLike<number>): RegisterSet => addAll(registers, new Int32Array(words));
  const along = (edge: Edge): Way => {
    const keeps = new Int32Array(words).fill(-1);
    const reads = new Int32Array(words);
    for (let w = edge.writes.length - 1; w >= 0; w--) {
      const { to, from, isUpdate } = edge.writes[w];
      removeAll([to], keeps);
      removeAll([to], reads);
      addAll(isUpdate ? [from, to] : [from], reads);
    }
    for (const { left, right } of edge.conditions) addAll([left, right], reads);
    return { target: numberOf(edge.target), keeps, reads };
  };
  /** The ways on from a node, and what it reads whatever comes after. */
  const waysFrom = (node: Node): { ways: readonly Way[]; own: RegisterSet } => {
    switch (node.kind) {
      case CALL: {
        const keeps = removeAll(node.registers, new Int32Array(words).fill(-1));
        const inputs = setOf(node.inputs.map((input) => input.register));
        return { ways: [{ target: numberOf(node.entry as Node), keeps, reads: setOf([]) }], own: inputs };
      }
      case RETURN:
      case FAIL: {
        const edges = node.caller?.[node.kind === FAIL ? 'error' : 'done'] ?? [];
        const ways = edges.map(along);
        for (const way of ways) {
          removeAll(node.registers, way.keeps);
          removeAll(node.registers, way.reads);
        }
        return { ways, own: setOf([node.given.register]) };
      }
      default:
        return {
          ways: [...node.done, ...node.error].map(along),
          own: setOf(node.kind === STEP ? points[node.point].registers : []),
        };
    }
  };
  const live = new Int32Array(nodes.length * words);
  const flows = nodes.map(waysFrom);
  let isStable = false;
  while (!isStable) {
    isStable = true;
    // Nodes stand roughly in the order of flow, so going backwards settles most of a program in one round.
    for (let n = nodes.length - 1; n >= 0; n--) {
      const { ways, own } = flows[n];
      for (let word = 0; word < words; word++) {
        let now = own[word];
        for (const { target, keeps, reads } of ways)
          now |= (live[target * words + word] & keeps[word]) | reads[word];
        if (now === live[n * words + word]) continue;
        live[n * words + word] = now;
        isStable = false;
      }
    }
  }
  const result: Int32Array[] = [];
  nodes.forEach((node, n) => {
    if (node.kind === STEP)
      result[node.point] = registersIn(live.subarray(n * words, (n + 1) * words), registerCount);
  });
  return result;
}

function registersIn(set: RegisterSet, registerCount: number): Int32Array {
  const found: number[] = [];
  for (let register = 0; register < registerCount; register++)
    if ((set[register >>> 5] & (1 << (register & 31))) !== 0) found.push(register);
  return Int32Array.from(found);
}

/** Negative entries are no registers. */
function addAll(registers: ArrayLike<number>, into: RegisterSet): RegisterSet {
  for (let r = 0; r < registers.length; r++)
    if (registers[r] >= 0) into[registers[r] >>> 5] |= 1 << (registers[r] & 31);
  return into;
}

function removeAll(registers: ArrayLike<number>, from: RegisterSet): RegisterSet {
  for (let r = 0; r < registers.length; r++) from[registers[r] >>> 5] &= ~(1 << (registers[r] & 31));
  return from;
}
