import type { AnyStateMachine } from 'xstate';
import type { FieldType } from '../vocabulary/design.js';
import type { Step } from '../vocabulary/step.js';
import type { Use } from './branch.js';
import type { Chart, ChartState, ProcedureBranch } from './chart.js';
import { TransitionCoverage } from './coverage.js';
import { refuseIdleLoops } from './idle.js';
import type { Owner } from './library.js';
import { isProcedure, type Linked, type Linker } from './link.js';
import { liveRegisters } from './liveness.js';
import { guardText } from './guard-text.js';
import { ACTIONS, type ActionName, GUARDS, type GuardName, type Params } from './primitives.js';
import type { Argument } from './procedure.js';
import {
  CALL,
  CHOICE,
  CONSTANT,
  type Condition,
  type Edge,
  FAIL,
  MOST_INPUTS,
  type Node,
  type Operand,
  OUTCOME,
  type Point,
  Program,
  RETURN,
  STEP,
  type Write,
} from './program.js';

/** Decides a guard in the place of its primitive: how the agreement check forces every valuation. */
export type Decide = (
  name: GuardName,
  params: Params,
  registers: Readonly<Record<string, number>>,
) => boolean;

export interface CompileOptions {
  readonly owner: Owner;
  /** Looks up what machines invoke. Programs of one design share it: each machine is read and judged once. */
  readonly linker: Linker;
  /** Where transitions are counted; programs of one design share it. */
  readonly coverage?: TransitionCoverage;
  /** Steps taken out, by the name of the step or of a point. */
  readonly without?: ReadonlySet<string>;
  readonly decide?: Decide;
}

/** Compile a procedure and everything it calls into one table, or say in a `StatechartError` why it cannot be. */
export function compile(machine: AnyStateMachine, options: CompileOptions): Program {
  const linked = options.linker.link(machine, options.owner);
  const inliner = new Inliner(options);
  const copy = inliner.inline(linked, undefined, []);
  refuseIdleLoops(inliner.names, { file: options.owner.file, machine: machine.id });
  return new Program(
    `${options.owner.name}/${machine.id}`,
    inliner.points,
    inliner.registerTypes,
    copy.scope,
    () => liveRegisters(inliner.nodes, inliner.points, inliner.registerTypes.length),
    copy.entry,
    inliner.steps,
    inliner.coverage.hits,
  );
}

interface Copy {
  readonly entry: Node;
  readonly scope: Readonly<Record<string, number>>;
}

/** Makes the nodes of one program. A call is copied in place at each state that makes it. */
class Inliner {
  readonly nodes: Node[] = [];
  /** `<owner>/<machine>/<state>` of each node. */
  readonly names = new Map<Node, string>();
  readonly points: Point[] = [];
  readonly steps: Node[] = [];
  readonly registerTypes: FieldType[] = [];
  readonly coverage: TransitionCoverage;
  /** Registers of copies that have ended, by type: calls one after the other share them. */
  private readonly free: Record<FieldType, number[]> = { int: [], frame: [], ref: [] };

  constructor(private readonly options: CompileOptions) {
    this.coverage = options.coverage ?? new TransitionCoverage();
  }

  /** `callers` are the states that lead here, outermost first. */
  inline(linked: Linked, caller: Node | undefined, callers: readonly string[]): Copy {
    const { chart } = linked;
    const scope = this.allocate(chart);
    const registers = Int32Array.from(Object.values(scope));
    const nodes = new Map<string, Node>();
    const nodeAt = (name: string): Node => {
      let node = nodes.get(name);
      if (!node) {
        const state = chart.states.get(name) as ChartState;
        node = this.makeNode(linked, name, state, scope, registers, caller, callers);
        nodes.set(name, node);
        this.nodes.push(node);
        this.names.set(node, pointName(linked, name));
        this.makeEdges(node, linked, name, state, scope, nodeAt);
      }
      return node;
    };
    const entry = nodeAt(chart.initial);
    for (const [name, index] of Object.entries(scope)) {
      this.free[chart.registers[name]].push(index);
    }
    return { entry, scope };
  }

  private allocate(chart: Chart): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(chart.registers).map(([name, type]) => [
        name,
        this.free[type].pop() ?? this.registerTypes.push(type) - 1,
      ]),
    );
  }

  private makeNode(
    linked: Linked,
    name: string,
    state: ChartState,
    scope: Copy['scope'],
    registers: Int32Array,
    caller: Node | undefined,
    callers: readonly string[],
  ): Node {
    const { chart } = linked;
    switch (state.kind) {
      case 'final':
        return nodeOf(RETURN, { given: outputOf(chart, scope), registers, caller });
      case 'fail':
        return nodeOf(FAIL, { given: operand(state.errno, scope), registers, caller });
      case 'choice':
        return nodeOf(CHOICE, {});
      case 'invoke': {
        const invoked = linked.invokes.get(name);
        if (isProcedure(invoked)) {
          return this.makeCall(invoked, state, scope, [...callers, pointName(linked, name)]);
        }
        const point = this.makePoint(linked, name, state, invoked as Step, scope, callers);
        const node = nodeOf(STEP, { point });
        this.steps.push(node);
        return node;
      }
    }
  }

  private makePoint(
    linked: Linked,
    name: string,
    state: ChartState & { kind: 'invoke' },
    step: Step,
    scope: Copy['scope'],
    callers: readonly string[],
  ): number {
    const { without } = this.options;
    const operands = step.inputs.map((input) => operand(state.args[input], scope));
    const fullName = pointName(linked, name);
    const index = this.points.length;
    this.points.push({
      index,
      name: fullName,
      owner: linked.owner.name,
      machine: linked.chart.id,
      state: name,
      src: state.src,
      step,
      statics: Object.fromEntries((step.statics ?? []).map((key) => [key, state.args[key] as string])),
      registers: padded(
        operands.map((each) => each.register),
        -1,
      ),
      constants: padded(
        operands.map((each) => each.constant),
        0,
      ),
      skipped: without !== undefined && (without.has(state.src) || without.has(fullName)),
      scope,
      callers,
    });
    return index;
  }

  private makeCall(
    callee: Linked,
    state: ChartState & { kind: 'invoke' },
    scope: Copy['scope'],
    callers: readonly string[],
  ): Node {
    const inputs: Operand[] = [];
    const registers = new Int32Array(Object.keys(callee.chart.registers).length);
    const node = nodeOf(CALL, { inputs, registers });
    const copy = this.inline(callee, node, callers);
    node.entry = copy.entry;
    Object.entries(copy.scope).forEach(([name, index], place) => {
      registers[place] = index;
      inputs.push(operand(state.args[name] ?? 0, scope));
    });
    return node;
  }

  private makeEdges(
    node: Node,
    linked: Linked,
    name: string,
    state: ChartState,
    scope: Copy['scope'],
    nodeAt: (name: string) => Node,
  ): void {
    const edges = (branches: readonly ProcedureBranch[], event: 'done' | 'error' | 'always') =>
      branches.map((branch, index) =>
        this.makeEdge(branch, scope, nodeAt(branch.target), {
          owner: linked.owner.name,
          machine: linked.chart.id,
          state: name,
          event,
          branch: index,
          target: branch.target,
          isError: event === 'error',
          condition: branch.guards.map(({ name, params }) => guardText(name, params)).join(' and '),
        }),
      );
    if (state.kind === 'choice') {
      node.done = edges(state.always, 'always');
    }
    if (state.kind === 'invoke') {
      const invoked = linked.invokes.get(name);
      if (!isProcedure(invoked) || invoked.canReturn) {
        node.done = edges(state.done, 'done');
      }
      if (state.error && (!isProcedure(invoked) || invoked.canFail)) {
        node.error = edges(state.error, 'error');
      }
    }
  }

  private makeEdge(
    branch: ProcedureBranch,
    scope: Copy['scope'],
    target: Node,
    name: Parameters<TransitionCoverage['id']>[0],
  ): Edge {
    return {
      conditions: branch.guards.map((guard) => condition(guard, scope, this.options.decide)),
      writes: branch.actions.map((action) => boundWrite(action, scope)),
      target,
      transition: this.coverage.id(name),
    };
  }
}

const ZERO: Operand = { register: -1, constant: 0 };
const NO_REGISTERS = new Int32Array(0);
const NO_INPUTS: readonly Operand[] = [];
const NO_EDGES: readonly Edge[] = [];

/** A node without its edges. Of one shape whatever its kind, and made without copies: a design has tens of thousands. */
function nodeOf(
  kind: Node['kind'],
  {
    point = -1,
    inputs = NO_INPUTS,
    given = ZERO,
    registers = NO_REGISTERS,
    caller,
  }: Partial<Pick<Node, 'point' | 'inputs' | 'given' | 'registers' | 'caller'>>,
): Node {
  return {
    kind,
    point,
    done: NO_EDGES,
    error: NO_EDGES,
    entry: undefined,
    inputs,
    given,
    registers,
    caller,
  };
}

function pointName(linked: Linked, state: string): string {
  return `${linked.owner.name}/${linked.chart.id}/${state}`;
}

function operand(value: Argument, scope: Copy['scope']): Operand {
  return typeof value === 'object'
    ? { register: scope[value.register], constant: 0 }
    : { register: -1, constant: value as number };
}

function outputOf(chart: Chart, scope: Copy['scope']): Operand {
  return chart.output === undefined ? ZERO : { register: scope[chart.output], constant: 0 };
}

function padded(values: readonly number[], filler: number): Int32Array {
  const all = new Int32Array(MOST_INPUTS).fill(filler);
  all.set(values);
  return all;
}

function condition(guard: Use<GuardName>, scope: Copy['scope'], decide: Decide | undefined): Condition {
  const { name, params } = guard;
  const { left, right, relation } = GUARDS[name];
  const isRegister = right === 'right';
  return {
    relation,
    left: left === 'result' || left === 'error' ? OUTCOME : scope[params[left]],
    right: isRegister ? scope[params.right] : CONSTANT,
    constant: isRegister ? 0 : (params[right] as number),
    decided:
      decide &&
      ((words, base) =>
        decide(
          name,
          params,
          Object.fromEntries(Object.entries(scope).map(([key, at]) => [key, words[base + at]])),
        )),
  };
}

function boundWrite(action: Use<ActionName>, scope: Copy['scope']): Write {
  const { name, params } = action;
  const { to, operand: given, isUpdate } = ACTIONS[name];
  return {
    to: scope[params[to]],
    from: given === 'outcome' ? OUTCOME : given === 'from' ? scope[params.from] : CONSTANT,
    constant: given === 'value' ? (params.value as number) : 0,
    isUpdate,
  };
}
