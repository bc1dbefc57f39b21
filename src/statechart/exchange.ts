import type { Step } from '../vocabulary/step.js';
import type { Chart, ChartState, ProcedureBranch } from './chart.js';
import { StatechartError } from './error.js';
import type { Linked } from './link.js';
import { ACTIONS, GUARDS } from './primitives.js';
import type { Argument } from './procedure.js';

/** Two steps of one machine that change places, each `<owner>/<machine>/<state>`; the first comes before the second. */
export type Swap = readonly [first: string, second: string];

type Invokes = Linked['invokes'];
type Invoke = ChartState & { readonly kind: 'invoke' };

/** States that are entered at one and left to one. */
interface Region {
  readonly start: string;
  readonly states: ReadonlySet<string>;
  readonly exit: string;
}

/**
 * The chart with two neighbouring steps exchanged. A flush takes the wait that follows it along; a choice between them takes along
 * every step it chooses among. What cannot be exchanged is a {@link StatechartError}: steps that do not follow each other, whose
 * outcome decides where to go on, or of which one needs what the other gives.
 */
export function exchange(chart: Chart, invokes: Invokes, first: string, second: string): Chart {
  const refuse = (reason: string): never => {
    throw new StatechartError(
      { file: chart.file, machine: chart.id, state: first },
      `cannot be exchanged with ${second}: ${reason}`,
    );
  };
  const one = regionOf(chart, invokes, first, first, refuse);
  const other = regionOf(chart, invokes, one.exit, second, refuse);
  checkEntries(chart, one, other, refuse);
  checkRegisters(chart, one, other, refuse);
  const moved = (target: string, from: string): string => {
    if (target === one.start && !one.states.has(from) && !other.states.has(from)) return other.start;
    if (target === other.start && one.states.has(from)) return other.exit;
    if (target === other.exit && other.states.has(from)) return one.start;
    return target;
  };
  const states = new Map<string, ChartState>();
  for (const [name, state] of chart.states) {
    states.set(
      name,
      retargeted(state, (target) => moved(target, name)),
    );
  }
  return { ...chart, states, initial: chart.initial === one.start ? other.start : chart.initial };
}

/** Every two flushes of the chart that can be exchanged; of those that a choice chooses among, the first. */
export function neighbouringFlushes(chart: Chart, invokes: Invokes): [first: string, second: string][] {
  const flushes = [...chart.states.keys()].filter((name) => stepOf(invokes, name)?.kind === 'flush');
  return flushes.flatMap((first) => {
    const second = flushes.find((each) => each !== first && canExchange(chart, invokes, first, each));
    return second === undefined ? [] : [[first, second]];
  });
}

function canExchange(chart: Chart, invokes: Invokes, first: string, second: string): boolean {
  try {
    exchange(chart, invokes, first, second);
    return true;
  } catch (error) {
    if (error instanceof StatechartError) return false;
    throw error;
  }
}

type Refuse = (reason: string) => never;

/** From a state to behind the step sought and its wait: choices, and the steps of one kind that they choose among. */
function regionOf(chart: Chart, invokes: Invokes, start: string, sought: string, refuse: Refuse): Region {
  const kind = stepOf(invokes, sought)?.kind;
  if (kind === undefined) refuse(`${sought} is no step`);
  const states = new Set<string>();
  let next = [start];
  while (true) {
    const [exit] = next;
    const isWait = stepOf(invokes, exit)?.kind === 'wait';
    if (states.has(sought) && next.length === 1 && !(kind === 'flush' && isWait))
      return { start, states, exit };
    const isChoice = next.every((name) => chart.states.get(name)?.kind === 'choice');
    const isSought = next.includes(sought) && next.every((name) => stepOf(invokes, name)?.kind === kind);
    if (states.has(sought) ? next.length > 1 : !isChoice && !isSought)
      refuse('they do not follow each other');
    for (const name of next) {
      const state = chart.states.get(name) as ChartState;
      if (state.kind === 'invoke' && (state.done.length > 1 || state.error !== undefined))
        refuse(`what ${name} gives decides where to go on`);
      states.add(name);
    }
    const ahead = new Set(next.flatMap((name) => targets(chart.states.get(name) as ChartState)));
    next = [...ahead].filter((name) => !states.has(name));
    if (next.length === 0) refuse('they do not follow each other');
  }
}

/** Neither region may be entered but at its start, the second from the first alone, and both must come to an end. */
function checkEntries(chart: Chart, one: Region, other: Region, refuse: Refuse): void {
  if (one.states.has(other.exit) || [...one.states].some((name) => other.states.has(name)))
    refuse('they go round in a loop');
  for (const [name, state] of chart.states) {
    for (const target of targets(state)) {
      const isEntry =
        (one.states.has(target) && target !== one.start && !one.states.has(name)) ||
        (other.states.has(target) &&
          !other.states.has(name) &&
          !(target === other.start && one.states.has(name)));
      if (isEntry) refuse(`${target} is also come to from ${name}`);
    }
  }
  if (other.states.has(chart.initial)) refuse(`the procedure begins at ${chart.initial}`);
}

/** Neither may need a register that the other writes, nor what comes later one that both do. */
function checkRegisters(chart: Chart, one: Region, other: Region, refuse: Refuse): void {
  const written = writtenIn(chart, one);
  const writtenByOther = writtenIn(chart, other);
  for (const register of written)
    if (needs(chart, other.start, register, other.states))
      refuse(`it needs ${register}, which ${one.start} gives`);
  for (const register of writtenByOther) {
    if (needs(chart, one.start, register, one.states))
      refuse(`${one.start} needs ${register}, which is given there`);
    if (written.has(register) && needs(chart, other.exit, register))
      refuse(`both give ${register}, which is needed later`);
  }
}

function writtenIn(chart: Chart, { states }: Region): Set<string> {
  const written = new Set<string>();
  for (const name of states)
    for (const branch of branchesOf(chart.states.get(name) as ChartState))
      for (const register of writes(branch)) written.add(register);
  return written;
}

/** Whether what the register holds at the state is read there or later, in the states given or in all. */
function needs(chart: Chart, start: string, register: string, within?: ReadonlySet<string>): boolean {
  const seen = new Set<string>();
  const visit = (name: string): boolean => {
    if (seen.has(name) || (within !== undefined && !within.has(name))) return false;
    seen.add(name);
    const state = chart.states.get(name) as ChartState;
    if (readsOf(chart, state).has(register)) return true;
    return branchesOf(state).some(
      (branch) =>
        branchReads(branch).has(register) || (!writes(branch).has(register) && visit(branch.target)),
    );
  };
  return visit(start);
}

function readsOf(chart: Chart, state: ChartState): Set<string> {
  switch (state.kind) {
    case 'invoke':
      return new Set(Object.values(state.args).flatMap(registerOf));
    case 'fail':
      return new Set(registerOf(state.errno));
    case 'final':
      return new Set(chart.output === undefined ? [] : [chart.output]);
    case 'choice':
      return new Set();
  }
}

function branchReads({ guards, actions }: ProcedureBranch): Set<string> {
  const read = new Set<string>();
  for (const { name, params } of guards) {
    const { left, right } = GUARDS[name];
    for (const param of [left, right])
      if (param === 'register' || param === 'left' || param === 'right') read.add(params[param] as string);
  }
  for (const { name, params } of actions) {
    const { to, operand, isUpdate } = ACTIONS[name];
    if (isUpdate) read.add(params[to] as string);
    if (operand === 'from') read.add(params.from as string);
  }
  return read;
}

function writes({ actions }: ProcedureBranch): Set<string> {
  return new Set(actions.map(({ name, params }) => params[ACTIONS[name].to] as string));
}

function registerOf(value: Argument): string[] {
  return typeof value === 'object' ? [value.register] : [];
}

function stepOf(invokes: Invokes, name: string): Step | undefined {
  const invoked = invokes.get(name);
  return invoked === undefined || 'chart' in invoked ? undefined : invoked;
}

function branchesOf(state: ChartState): readonly ProcedureBranch[] {
  if (state.kind === 'choice') return state.always;
  return state.kind === 'invoke' ? [...state.done, ...(state.error ?? [])] : [];
}

function targets(state: ChartState): string[] {
  return branchesOf(state).map(({ target }) => target);
}

function retargeted(state: ChartState, moved: (target: string) => string): ChartState {
  const each = (branches: readonly ProcedureBranch[]) =>
    branches.map((branch) => ({ ...branch, target: moved(branch.target) }));
  if (state.kind === 'choice') return { ...state, always: each(state.always) };
  if (state.kind !== 'invoke') return state;
  const { done, error } = state as Invoke;
  return { ...state, done: each(done), ...(error && { error: each(error) }) };
}
