import type { AnyStateMachine } from 'xstate';
import type { Step } from '../vocabulary/step.js';
import { type Chart, type ChartState, type ProcedureBranch, readProcedure } from './chart.js';
import { StatechartError } from './error.js';
import { exchange, type Swap } from './exchange.js';
import type { Owner, Resolve } from './library.js';
import type { Argument } from './procedure.js';
import { MOST_INPUTS } from './program.js';

/** A chart whose names have been looked up. */
export interface Linked {
  readonly owner: Owner;
  readonly chart: Chart;
  /** What each invoke state does: a step, or another linked procedure. */
  readonly invokes: ReadonlyMap<string, Step | Linked>;
  /** Whether a final state, and whether a `fail` state, can be reached by its edges. */
  readonly canReturn: boolean;
  readonly canFail: boolean;
}

export function isProcedure(invoked: Step | Linked | undefined): invoked is Linked {
  return invoked !== undefined && 'chart' in invoked;
}

/**
 * Looks up what machines invoke and judges what can only be judged then: unknown names, inputs that do not fit, `onError`
 * that is missing or too much, recursion. Each machine is linked once.
 */
export class Linker {
  private readonly linked = new Map<AnyStateMachine, Linked>();
  private readonly open: { readonly owner: Owner; readonly machine: AnyStateMachine }[] = [];

  constructor(
    private readonly resolve: Resolve,
    private readonly swaps: readonly Swap[] = [],
  ) {}

  link(machine: AnyStateMachine, owner: Owner): Linked {
    const known = this.linked.get(machine);
    if (known) {
      return known;
    }
    const opened = this.open.findIndex((each) => each.machine === machine);
    if (opened >= 0) {
      const loop = [...this.open.slice(opened), { owner, machine }];
      throw new StatechartError(
        { file: owner.file, machine: machine.id },
        `recursion is refused: ${loop.map((each) => `${each.owner.name}/${each.machine.id}`).join(' → ')}`,
      );
    }
    this.open.push({ owner, machine });
    const linked = this.linkChart(readProcedure(machine, owner.file), owner);
    this.open.pop();
    this.linked.set(machine, linked);
    return linked;
  }

  private linkChart(written: Chart, owner: Owner): Linked {
    const invokes = new Map<string, Step | Linked>();
    for (const [name, state] of written.states) {
      if (state.kind === 'invoke') {
        invokes.set(name, this.linkInvoke(written, name, state, owner));
      }
    }
    const chart = this.exchanged(written, invokes, owner);
    const reached = reachableStates(chart, invokes);
    const reaches = (kind: ChartState['kind']) =>
      [...reached].some((name) => chart.states.get(name)?.kind === kind);
    return { owner, chart, invokes, canReturn: reaches('final'), canFail: reaches('fail') };
  }

  /** Both steps of a swap are of one machine, or it is nobody's. */
  private exchanged(written: Chart, invokes: Linked['invokes'], owner: Owner): Chart {
    const place = `${owner.name}/${written.id}/`;
    let chart = written;
    for (const [first, second] of this.swaps) {
      if (!first.startsWith(place) || !second.startsWith(place)) continue;
      chart = exchange(chart, invokes, first.slice(place.length), second.slice(place.length));
    }
    return chart;
  }

  private linkInvoke(
    chart: Chart,
    name: string,
    state: ChartState & { kind: 'invoke' },
    owner: Owner,
  ): Step | Linked {
    const refuse = (reason: string): never => {
      throw new StatechartError({ file: chart.file, machine: chart.id, state: name }, reason);
    };
    const found = this.resolve(state.src, owner);
    if (!found) {
      return refuse(`'${state.src}' names neither a procedure nor a step that ${owner.name} can use`);
    }
    if (found.kind === 'step') {
      checkStepArguments(state, found.step, refuse);
      checkStepErrors(state, found.step, refuse);
      return found.step;
    }
    const callee = this.link(found.machine, found.owner);
    checkCallArguments(chart, state, callee.chart, refuse);
    if (callee.canFail && !state.error) {
      refuse(`'${state.src}' can fail and has no \`onError\``);
    }
    return callee;
  }
}

/** States that some run can enter, as far as edges tell: guards are not judged. */
function reachableStates(chart: Chart, invokes: Linked['invokes']): ReadonlySet<string> {
  const reached = new Set<string>();
  const walk = (name: string): void => {
    if (reached.has(name)) {
      return;
    }
    reached.add(name);
    const state = chart.states.get(name) as ChartState;
    for (const branch of edgesTaken(state, invokes.get(name))) {
      walk(branch.target);
    }
  };
  walk(chart.initial);
  return reached;
}

/** The branches that can be taken: not those after a call that never returns, or never fails. */
function edgesTaken(state: ChartState, invoked: Step | Linked | undefined): readonly ProcedureBranch[] {
  switch (state.kind) {
    case 'choice':
      return state.always;
    case 'invoke': {
      const { canReturn, canFail } = isProcedure(invoked) ? invoked : { canReturn: true, canFail: true };
      return [...(canReturn ? state.done : []), ...(canFail ? (state.error ?? []) : [])];
    }
    default:
      return [];
  }
}

type Refuse = (reason: string) => never;

function checkStepArguments(state: ChartState & { kind: 'invoke' }, step: Step, refuse: Refuse): void {
  if (step.inputs.length > MOST_INPUTS) {
    refuse(`step '${state.src}' declares ${step.inputs.length} inputs; the most is ${MOST_INPUTS}`);
  }
  const statics = step.statics ?? [];
  for (const name of [...step.inputs, ...statics]) {
    if (!Object.hasOwn(state.args, name)) {
      refuse(`input '${name}' of step '${state.src}' is missing`);
    }
  }
  for (const [name, value] of Object.entries(state.args)) {
    if (statics.includes(name)) {
      if (typeof value !== 'string') {
        refuse(`input '${name}' of step '${state.src}' is static: it takes a string`);
      }
    } else if (!step.inputs.includes(name)) {
      refuse(`step '${state.src}' has no input '${name}'`);
    } else if (typeof value === 'string') {
      refuse(`input '${name}' of step '${state.src}' takes a number or a register, not a string`);
    }
  }
}

function checkStepErrors(state: ChartState & { kind: 'invoke' }, step: Step, refuse: Refuse): void {
  const errors = step.errors ?? [];
  if (errors.length > 0 && !state.error) {
    refuse(`step '${state.src}' can fail (${errors.join(', ')}) and has no \`onError\``);
  }
  if (errors.length === 0 && state.error) {
    refuse(`step '${state.src}' cannot fail and has an \`onError\``);
  }
}

function checkCallArguments(
  chart: Chart,
  state: ChartState & { kind: 'invoke' },
  callee: Chart,
  refuse: Refuse,
): void {
  for (const [name, value] of Object.entries(state.args)) {
    if (!Object.hasOwn(callee.registers, name)) {
      refuse(`procedure '${state.src}' has no register '${name}'`);
    }
    if (typeof value === 'string') {
      refuse(`input '${name}' of procedure '${state.src}' takes a number or a register, not a string`);
    }
    const given = typeOf(chart, value);
    const taken = callee.registers[name];
    if (given !== undefined && given !== taken) {
      refuse(
        `input '${name}' of procedure '${state.src}' is of type ${taken}; the register given is of type ${given}`,
      );
    }
  }
}

function typeOf(chart: Chart, value: Argument) {
  return typeof value === 'object' ? chart.registers[value.register] : undefined;
}
