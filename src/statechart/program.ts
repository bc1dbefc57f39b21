import type { FieldType } from '../vocabulary/design.js';
import type { Step } from '../vocabulary/step.js';
import { type Relation, related, written } from './primitives.js';

/**
 * The registers of all agents. Every write goes through `set`, so that the world can journal it; reads are direct.
 */
export interface RegisterFile {
  readonly words: Int32Array;
  set(index: number, value: number): void;
}

/** {@link Program.start} and {@link Program.advance} return it when the procedure has ended: see {@link Program.outcome}. */
export const END = -1;

/** The most inputs a step has. */
export const MOST_INPUTS = 5;

/** A control point: a step that is about to be done. */
export interface Point {
  readonly index: number;
  /** `<owner>/<machine>/<state>`. Copies of a machine that was inlined several times have equal names. */
  readonly name: string;
  readonly owner: string;
  readonly machine: string;
  readonly state: string;
  /** The step's name as the machine has it. */
  readonly src: string;
  readonly step: Step;
  readonly statics: Readonly<Record<string, string>>;
  /** For each of the {@link MOST_INPUTS} inputs: its register (relative to the base), or -1 when it is the constant. */
  readonly registers: Int32Array;
  readonly constants: Int32Array;
  /** Taken out by `without`: it does nothing, and gives {@link Step.skipped}. */
  readonly skipped: boolean;
  /** The registers of the procedure the point stands in, by name, and of its callers by their own points. */
  readonly scope: Readonly<Record<string, number>>;
  /** The states that called the procedure the point stands in, outermost first: `iommufd/attach/link`. */
  readonly callers: readonly string[];
}

/** In the place of a register: the constant beside it, and what the step just done gave. */
export const CONSTANT = -1;
export const OUTCOME = -2;

/** A condition of a branch. Data, since a call of a function that is another each time costs more than what it does. */
export interface Condition {
  readonly relation: Relation;
  /** A register, or {@link OUTCOME}. */
  readonly left: number;
  /** A register, or {@link CONSTANT}. */
  readonly right: number;
  readonly constant: number;
  /** Decides in its place, where every valuation is forced. */
  readonly decided: ((words: Int32Array, base: number) => boolean) | undefined;
}

/** A write of a branch: the operand goes to register `to`, or is added to it. */
export interface Write {
  readonly to: number;
  /** A register, {@link CONSTANT} or {@link OUTCOME}. */
  readonly from: number;
  readonly constant: number;
  readonly isUpdate: boolean;
}

export interface Edge {
  readonly conditions: readonly Condition[];
  readonly writes: readonly Write[];
  readonly target: Node;
  /** The transition's id in the coverage. */
  readonly transition: number;
}

export const STEP = 0;
export const CHOICE = 1;
export const CALL = 2;
export const RETURN = 3;
export const FAIL = 4;

/**
 * A state of one inlined copy of a machine. Agents rest at steps only; the other kinds are passed through. Objects of one
 * shape for all kinds, since the engine's inner loop reads them.
 */
export interface Node {
  readonly kind: typeof STEP | typeof CHOICE | typeof CALL | typeof RETURN | typeof FAIL;
  /** STEP: its index among the points. */
  readonly point: number;
  /** After a step or call that succeeded; the branches of a choice. */
  done: readonly Edge[];
  /** After a step or call that failed. */
  error: readonly Edge[];
  /** CALL: the callee's first state. */
  entry: Node | undefined;
  /** CALL: the callee's registers, which take these values on entry (0 where the input names nothing). */
  readonly inputs: readonly Operand[];
  /** RETURN, FAIL: where the result or errno is. */
  readonly given: Operand;
  /** CALL: the callee's registers. RETURN, FAIL: the registers of the copy, which end with it. */
  readonly registers: Int32Array;
  /** RETURN, FAIL: the call that receives it; undefined at the outermost. */
  readonly caller: Node | undefined;
}

/** A register, or the constant where `register` is -1. */
export interface Operand {
  readonly register: number;
  readonly constant: number;
}

/**
 * A procedure with everything it calls, as one table. It holds no state of a run beside the outcome of the last call that
 * ended: an agent's state is its point and its registers.
 */
export class Program {
  /** After {@link END}: the result, or the negated errno. */
  outcome = 0;

  private foundLive: readonly Int32Array[] | undefined;

  constructor(
    /** `<owner>/<machine>`. */
    readonly name: string,
    readonly points: readonly Point[],
    /** The type of each register; how many there are is its length. */
    readonly registerTypes: readonly FieldType[],
    /** The registers of the outermost procedure by name: where a caller puts its arguments before {@link start}. */
    readonly inputs: Readonly<Record<string, number>>,
    private readonly findLive: () => readonly Int32Array[],
    private readonly entry: Node,
    private readonly steps: readonly Node[],
    private readonly hits: number[],
  ) {}

  /**
   * For each point, the registers whose value can still matter. The others need not be stored with a state; after a state is
   * loaded they may hold anything. Found when first asked for: random runs store no states.
   */
  get live(): readonly Int32Array[] {
    this.foundLive ??= this.findLive();
    return this.foundLive;
  }

  /**
   * Begin a call. Registers that are not arguments must be 0, as {@link advance} leaves them at the end of a call.
   * Returns the first point, or {@link END} when the procedure does no step.
   */
  start(file: RegisterFile, base: number): number {
    return this.enter(this.entry, file, base);
  }

  /** The step of the point has been done and gave this result (below zero, where it can fail: a negated errno). Returns the next point or {@link END}. */
  advance(point: number, result: number, file: RegisterFile, base: number): number {
    const node = this.steps[point];
    // A step that cannot fail has no edge for it: what it gives below zero is a number, of a count lowered once too often say.
    return result < 0 && node.error.length > 0
      ? this.enter(this.follow(node.error, -result, file, base), file, base)
      : this.enter(this.follow(node.done, result, file, base), file, base);
  }

  /** Whether the call may end with the step of the point, or with instant steps that follow it. */
  mayEnd(point: number): boolean {
    return this.after(point).mayEnd;
  }

  /** The instant steps that may be carried out together with the step of the point. */
  instantsAfter(point: number): readonly number[] {
    return this.after(point).instants;
  }

  /** What may follow the step of the point up to the next one where the agent rests. */
  private after(point: number): { mayEnd: boolean; instants: number[] } {
    const seen = new Set<Node>();
    const found = { mayEnd: false, instants: [] as number[] };
    const pass = (edges: readonly Edge[]): void => {
      for (const { target } of edges) visit(target);
    };
    const leave = (edges: readonly Edge[] | undefined): void => {
      if (edges === undefined) found.mayEnd = true;
      else pass(edges);
    };
    const visit = (node: Node): void => {
      if (seen.has(node)) return;
      seen.add(node);
      switch (node.kind) {
        case STEP:
          if (this.points[node.point].step.instant !== true) return;
          found.instants.push(node.point);
          pass(node.done);
          return pass(node.error);
        case CHOICE:
          return pass(node.done);
        case CALL:
          return visit(node.entry as Node);
        case RETURN:
          return leave(node.caller?.done);
        case FAIL:
          return leave(node.caller?.error);
      }
    };
    const { done, error } = this.steps[point];
    pass(done);
    pass(error);
    return found;
  }

  /** Take the first edge whose conditions hold; there always is one, since the last has none. */
  private follow(edges: readonly Edge[], outcome: number, file: RegisterFile, base: number): Node {
    const { words } = file;
    let index = 0;
    let edge = edges[0];
    while (!holds(edge.conditions, outcome, words, base)) {
      index += 1;
      edge = edges[index];
    }
    this.hits[edge.transition] += 1;
    const { writes } = edge;
    for (let w = 0; w < writes.length; w += 1) {
      const { to, from, constant, isUpdate } = writes[w];
      const operand = from >= 0 ? words[base + from] : from === OUTCOME ? outcome : constant;
      write(file, base + to, written(isUpdate, words[base + to], operand));
    }
    return edge.target;
  }

  /** Go on from a state just entered until an agent rests: at a step, or at the end. */
  private enter(entered: Node, file: RegisterFile, base: number): number {
    const { words } = file;
    let node = entered;
    for (;;) {
      switch (node.kind) {
        case STEP:
          return node.point;
        case CHOICE:
          node = this.follow(node.done, 0, file, base);
          break;
        case CALL: {
          const { registers, inputs } = node;
          for (let r = 0; r < registers.length; r += 1) {
            write(file, base + registers[r], read(inputs[r], words, base));
          }
          node = node.entry as Node;
          break;
        }
        default: {
          const given = read(node.given, words, base);
          const failed = node.kind === FAIL;
          if (given < 0 || (failed && given === 0)) {
            throw new RangeError(
              `${this.name}: ${failed ? 'an errno is positive' : 'a result is not negative'}, not ${given}`,
            );
          }
          const { registers, caller } = node;
          for (let r = 0; r < registers.length; r += 1) {
            write(file, base + registers[r], 0);
          }
          if (caller === undefined) {
            this.outcome = failed ? -given : given;
            return END;
          }
          node = this.follow(failed ? caller.error : caller.done, given, file, base);
        }
      }
    }
  }
}

function holds(conditions: readonly Condition[], outcome: number, words: Int32Array, base: number): boolean {
  for (let c = 0; c < conditions.length; c += 1) {
    const { relation, left, right, constant, decided } = conditions[c];
    const isTrue =
      decided !== undefined
        ? decided(words, base)
        : related(
            relation,
            left === OUTCOME ? outcome : words[base + left],
            right === CONSTANT ? constant : words[base + right],
          );
    if (!isTrue) return false;
  }
  return true;
}

function read(operand: Operand, words: Int32Array, base: number): number {
  return operand.register < 0 ? operand.constant : words[base + operand.register];
}

/** Journaling costs more than comparing. */
function write(file: RegisterFile, index: number, value: number): void {
  if (file.words[index] !== value) {
    file.set(index, value);
  }
}
