import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  fromPromise,
  initialTransition,
  transition,
} from 'xstate';
import { ERRNO } from '../vocabulary/errno.js';
import type { Random } from '../vocabulary/random.js';
import type { ChartState } from './chart.js';
import { compile } from './compile.js';
import type { FoundProcedure, Owner, Resolve } from './library.js';
import { isProcedure, type Linked, Linker } from './link.js';
import { GUARDS, type GuardName, type Params } from './primitives.js';
import { args, procedure, reg, type RegisterValues, registers, result } from './procedure.js';
import { END, type Point, type Program, type RegisterFile } from './program.js';

/**
 * Does the compiled table do what XState does? XState's pure `initialTransition` and `transition` are asked the same
 * questions as the table, and every difference is reported.
 *
 * Two ways, which complement each other:
 * - {@link compareProcedure}: one machine, every state × {done, error} × every valuation of the guards that the transition
 *   asks, forced on both sides. What it calls only answers.
 * - {@link compareWalks}: a procedure with everything it calls, on random walks with real guards. The parent's `transition`
 *   never advances a child, so the walk keeps a stack of snapshots.
 */
export interface Agreement {
  /** How many transitions were compared. */
  readonly compared: number;
  /** One line for each difference. */
  readonly differences: readonly string[];
}

export interface AgreementOptions {
  readonly owner: Owner;
  readonly resolve: Resolve;
  /** The compiled side; a test puts a wrong table here. */
  readonly compiler?: typeof compile;
}

/** What both sides show after a transition. */
interface Sight {
  /** The state, or how the procedure ended. */
  readonly at: string;
  readonly registers: RegisterValues;
  /** What the step or procedure invoked is given; at the end, the outcome. */
  readonly given: Readonly<Record<string, unknown>>;
}

/** Neither side goes on: an errno that is not positive, or a negative result. */
const REFUSED: Sight = { at: '(refused)', registers: {}, given: {} };

/** One machine, exhaustively: see {@link Agreement}. */
export function compareProcedure(machine: AnyStateMachine, options: AgreementOptions): Agreement {
  const { owner, compiler = compile } = options;
  const linked = new Linker(options.resolve).link(machine, owner);
  const differences: string[] = [];
  let compared = 0;
  let valuation = new Valuation([]);
  const decide = (name: GuardName, params: Params, values: RegisterValues) =>
    valuation.decide(name, params, values);
  const program = compiler(machine, {
    owner,
    linker: new Linker(withAnsweringCalls(options.resolve, linked)),
    decide,
  });
  const reference = withForcedGuards(withActors(linked), decide);

  /** Every valuation: the tree of answers that the transition asks for, depth first. */
  const compare = (what: string, xstate: () => Sight, table: () => Sight) => {
    const prefixes: boolean[][] = [[]];
    for (let prefix = prefixes.pop(); prefix; prefix = prefixes.pop()) {
      valuation = new Valuation(prefix);
      const expected = xstate();
      const actual = table();
      prefixes.push(...valuation.alternatives());
      compared += 1;
      if (!isSame(expected, actual)) {
        const guards = valuation.describe();
        differences.push(`${machine.id}: ${what}${guards}: XState ${show(expected)}, table ${show(actual)}`);
      }
    }
  };

  // Values that occur nowhere in machines and differ from each other: registers that are mixed up cannot hide.
  const start = Object.fromEntries(
    Object.keys(linked.chart.registers).map((name, index) => [name, 100_003 + 1009 * index]),
  );
  compare(
    'start',
    () => sightOfXState(initialTransition(reference, start as never) as Transitioned, reference, linked),
    () => sightOfTable(program, start, (file) => program.start(file, 0)),
  );
  for (const [name, state] of linked.chart.states) {
    const invoked = linked.invokes.get(name);
    const point = program.points.find((each) => stateOf(each) === name);
    if (state.kind !== 'invoke' || !point) {
      continue;
    }
    const { canReturn, canFail } = isProcedure(invoked)
      ? invoked
      : { canReturn: true, canFail: state.error !== undefined };
    for (const value of [...(canReturn ? [70_001] : []), ...(canFail ? [-70_003] : [])]) {
      compare(
        `${name} ${value < 0 ? 'error' : 'done'}`,
        () => {
          const before = reference.resolveState({ value: name, context: start }) as AnyMachineSnapshot;
          return sightOfXState(answer(reference, before, state.actor, value), reference, linked);
        },
        () => sightOfTable(program, start, (file) => program.advance(point.index, value, file, 0)),
      );
    }
  }
  return { compared, differences };
}

/**
 * A procedure and everything it calls, on random walks of at most `length` steps. On every other walk, registers that the
 * program calls dead are overwritten before each step: nothing may change.
 */
export function compareWalks(
  machine: AnyStateMachine,
  options: AgreementOptions,
  random: Random,
  walks: number,
  length: number,
): Agreement {
  const { owner, resolve, compiler = compile } = options;
  const linker = new Linker(resolve);
  const linked = linker.link(machine, owner);
  const program = compiler(machine, { owner, linker });
  const values = interestingValues(linked);
  const pick = () => values[random.below(values.length)];
  const differences: string[] = [];
  let compared = 0;
  for (let walk = 0; walk < walks; walk += 1) {
    const scrambles = walk % 2 === 1;
    const start = Object.fromEntries(Object.keys(linked.chart.registers).map((name) => [name, pick()]));
    const file = registerFile(program, start);
    const stack = new SnapshotStack(linked, start);
    let at = attempt(() => program.start(file, 0));
    for (let step = 0; ; step += 1) {
      compared += 1;
      const expected = stack.sight();
      const actual = at === undefined ? REFUSED : sightOfPoint(program, at, file, scrambles);
      if (!isSame(expected, restrictTo(expected, actual))) {
        differences.push(
          `${program.name}: walk ${walk}, step ${step}: XState ${show(expected)}, table ${show(actual)}`,
        );
      }
      if (at === undefined || at === END || stack.hasEnded || differences.length > 0 || step === length) {
        break;
      }
      const point = program.points[at];
      const errors = point.step.errors ?? [];
      const value =
        errors.length > 0 && random.below(3) === 0 ? -ERRNO[errors[random.below(errors.length)]] : pick();
      if (scrambles) {
        scrambleDead(program, at, file, pick);
      }
      stack.answer(value);
      at = attempt(() => program.advance(point.index, value, file, 0));
    }
  }
  return { compared, differences };
}

/**
 * Guard answers as they are asked for. Equal questions (the same guard, parameters and registers) get equal answers, as
 * they would from any function; the answers beyond the prefix are "no".
 */
class Valuation {
  private readonly answers = new Map<string, boolean>();

  constructor(private readonly prefix: readonly boolean[]) {}

  decide(name: GuardName, params: Params, values: RegisterValues): boolean {
    const key = JSON.stringify([name, params, Object.entries(values).sort()]);
    let given = this.answers.get(key);
    if (given === undefined) {
      given = this.prefix[this.answers.size] ?? false;
      this.answers.set(key, given);
    }
    return given;
  }

  /** The prefixes that turn one of the answers given by default. */
  alternatives(): boolean[][] {
    const given = [...this.answers.values()];
    return given.map((_, index) => [...given.slice(0, index), true]).slice(this.prefix.length);
  }

  describe(): string {
    const given = [...this.answers].map(
      ([key, held]) => `${JSON.parse(key)[0]} ${held ? 'holds' : 'does not hold'}`,
    );
    return given.length > 0 ? ` (${given.join(', ')})` : '';
  }
}

type Transitioned = [AnyMachineSnapshot, readonly { readonly type: string; readonly params?: unknown }[]];

/** An invoked actor ended with a result, or failed with a negated errno. */
function answer(
  machine: AnyStateMachine,
  before: AnyMachineSnapshot,
  actor: string,
  value: number,
): Transitioned {
  const event =
    value < 0
      ? { type: `xstate.error.actor.${actor}`, error: -value, actorId: actor }
      : { type: `xstate.done.actor.${actor}`, output: value, actorId: actor };
  return transition(machine, before, event as never) as Transitioned;
}

/** What XState resolved the input of the invoke just entered to. */
function inputGiven([, actions]: Transitioned): Readonly<Record<string, unknown>> {
  const spawned = actions.filter((action) => action.type === 'xstate.spawnChild').at(-1);
  return (spawned?.params as { input?: Readonly<Record<string, unknown>> } | undefined)?.input ?? {};
}

/** Where XState's machine rests. In a `fail` state nothing but the failure can follow, so it is made to. */
function sightOfXState(given: Transitioned, machine: AnyStateMachine, linked: Linked): Sight {
  const [snapshot] = given;
  if (snapshot.status === 'done') {
    return ended((snapshot.output as number | undefined) ?? 0, false);
  }
  const state = linked.chart.states.get(snapshot.value as string) as ChartState;
  if (state.kind === 'fail') {
    const errno = inputGiven(given).errno as number;
    const [after] = answer(machine, snapshot, state.actor, -errno);
    return errno > 0 && after.status === 'error' ? ended(after.error as number, true) : REFUSED;
  }
  const invoked = linked.invokes.get(snapshot.value as string);
  const unnamed = isProcedure(invoked) ? Object.keys(invoked.chart.registers).map((name) => [name, 0]) : [];
  return {
    at: snapshot.value as string,
    registers: snapshot.context as RegisterValues,
    given: { ...Object.fromEntries(unnamed), ...inputGiven(given) },
  };
}

function ended(value: number, failed: boolean): Sight {
  return value < 0 || (failed && value === 0)
    ? REFUSED
    : { at: '(end)', registers: {}, given: { outcome: failed ? -value : value } };
}

/** Names that the answering stand-ins of called procedures add to the registers; no machine can use them. */
const OUTCOME = '(outcome)';

/** Calls of the machine answer like a step: one point, then the result or the errno that it is given. */
function withAnsweringCalls(resolve: Resolve, linked: Linked): Resolve {
  const standIns = new Map<AnyStateMachine, FoundProcedure>();
  for (const invoked of linked.invokes.values()) {
    if (isProcedure(invoked)) {
      standIns.set(invoked.chart.machine, { kind: 'procedure', machine: standIn(invoked), owner: STAND_INS });
    }
  }
  return (src, owner) => {
    const found = resolve(src, owner);
    return found?.kind === 'procedure'
      ? standIns.get(found.machine)
      : (found ?? { kind: 'step', step: ANSWERS[src] });
  };
}

const STAND_INS: Owner = { name: '(called)', procedures: [], steps: {} };

const ANSWERS: Owner['steps'] = {
  '(answer)': { kind: 'other', inputs: [], skipped: 0, bind: () => () => 0 },
  '(answer or fail)': { kind: 'other', inputs: [], errors: ['EIO'], skipped: 0, bind: () => () => 0 },
};

function standIn({ chart, canFail, canReturn }: Linked): AnyStateMachine {
  const keep = { type: 'keep', params: { register: OUTCOME } } as const;
  const onDone = { target: canReturn ? 'end' : 'failed', actions: [keep] };
  const states = {
    ask: canFail
      ? { invoke: { src: '(answer or fail)', onDone, onError: { target: 'failed', actions: [keep] } } }
      : { invoke: { src: '(answer)', onDone } },
    end: { type: 'final' },
    failed: { invoke: { src: 'fail', input: args({ errno: reg(OUTCOME) }) } },
  } as const;
  return procedure.createMachine({
    id: chart.id,
    context: registers({ ...chart.registers, [OUTCOME]: 'int' }),
    output: result(OUTCOME),
    initial: 'ask',
    states,
  });
}

/** XState resolves the input only of actors it knows; these are never started. */
function withActors({ chart }: Linked): AnyStateMachine {
  const sources = [...chart.states.values()].flatMap((state) =>
    state.kind === 'invoke' ? [state.src] : state.kind === 'fail' ? ['fail'] : [],
  );
  const actors = Object.fromEntries(sources.map((src) => [src, fromPromise(async () => 0)]));
  return chart.machine.provide({ actors } as never);
}

function withForcedGuards(
  machine: AnyStateMachine,
  decide: (name: GuardName, params: Params, values: RegisterValues) => boolean,
): AnyStateMachine {
  const forced =
    (name: GuardName) =>
    ({ context }: { context: RegisterValues }, params: Params) =>
      decide(name, params, context);
  const names = Object.keys(GUARDS) as GuardName[];
  return machine.provide({ guards: Object.fromEntries(names.map((name) => [name, forced(name)])) } as never);
}

/** The state of the outermost machine that a point belongs to. */
function stateOf(point: Point): string {
  return point.callers.length > 0 ? (point.callers[0].split('/').at(-1) as string) : point.state;
}

function registerFile(program: Program, start: RegisterValues): RegisterFile {
  const words = new Int32Array(program.registerTypes.length);
  for (const [name, value] of Object.entries(start)) {
    words[program.inputs[name]] = value;
  }
  return {
    words,
    set: (index, value) => {
      words[index] = value;
    },
  };
}

/** One transition of the table from registers set by name. */
function sightOfTable(program: Program, start: RegisterValues, go: (file: RegisterFile) => number): Sight {
  const file = registerFile(program, start);
  const at = attempt(() => go(file));
  if (at === undefined) {
    return REFUSED;
  }
  const sight = sightOfPoint(program, at, file, false);
  return at === END
    ? sight
    : { ...sight, at: stateOf(program.points[at]), registers: named(program.inputs, file) };
}

/** The next point, or undefined when the table refuses to go on. */
function attempt(go: () => number): number | undefined {
  try {
    return go();
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

function sightOfPoint(program: Program, at: number, file: RegisterFile, scrambles: boolean): Sight {
  if (at === END) {
    const left = scrambles ? 0 : file.words.filter((word) => word !== 0).length;
    return { at: '(end)', registers: {}, given: { outcome: program.outcome, ...(left > 0 && { left }) } };
  }
  const point = program.points[at];
  const inputs = point.step.inputs.map((name, index) => [
    name,
    point.registers[index] < 0 ? point.constants[index] : file.words[point.registers[index]],
  ]);
  const isStandIn = point.src in ANSWERS;
  const { [OUTCOME]: _, ...given } = named(point.scope, file);
  const live = new Set(program.live[at]);
  const known = Object.entries(point.scope).filter(([, index]) => !scrambles || live.has(index));
  return {
    at: [...point.callers, point.name].join(' > '),
    registers: named(Object.fromEntries(known), file),
    given: isStandIn ? given : { ...point.statics, ...Object.fromEntries(inputs) },
  };
}

function named(scope: Readonly<Record<string, number>>, { words }: RegisterFile): RegisterValues {
  return Object.fromEntries(Object.entries(scope).map(([name, index]) => [name, words[index]]));
}

/** Keep of what XState shows the registers that the table vouches for. */
function restrictTo(expected: Sight, actual: Sight): Sight {
  return { ...actual, registers: { ...expected.registers, ...actual.registers } };
}

function isSame(one: Sight, other: Sight): boolean {
  return show(one) === show(other);
}

function show({ at, registers: values, given }: Sight): string {
  const list = (of: object) => JSON.stringify(Object.fromEntries(Object.entries(of).sort(byName)));
  return `${at} ${list(values)} with ${list(given)}`;
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : Number(one > other);
}

function scrambleDead(program: Program, at: number, file: RegisterFile, pick: () => number): void {
  const live = new Set(program.live[at]);
  for (let register = 0; register < program.registerTypes.length; register += 1) {
    if (!live.has(register)) {
      file.set(register, pick());
    }
  }
}

/** Values at the edges of every guard, so that walks go both ways. */
function interestingValues(linked: Linked): readonly number[] {
  const values = new Set([0, 1, 2, 7]);
  const visit = ({ chart, invokes }: Linked): void => {
    for (const state of chart.states.values()) {
      const branches =
        state.kind === 'choice'
          ? state.always
          : state.kind === 'invoke'
            ? [...state.done, ...(state.error ?? [])]
            : [];
      for (const value of branches.flatMap((branch) =>
        branch.guards.flatMap((guard) => Object.values(guard.params)),
      )) {
        if (typeof value === 'number') {
          for (const near of [value - 1, value, value + 1]) {
            values.add(Math.max(near, 0));
          }
        }
      }
    }
    for (const invoked of invokes.values()) {
      if (isProcedure(invoked)) {
        visit(invoked);
      }
    }
  };
  visit(linked);
  return [...values];
}

interface Frame {
  readonly linked: Linked;
  readonly machine: AnyStateMachine;
  readonly given: Transitioned;
}

/** XState's side of a walk: one snapshot for the procedure at hand and each of its callers. */
class SnapshotStack {
  private readonly frames: Frame[] = [];
  private end: Sight | undefined;

  constructor(outermost: Linked, input: RegisterValues) {
    this.call(outermost, input);
  }

  get hasEnded(): boolean {
    return this.end !== undefined;
  }

  sight(): Sight {
    if (this.end) {
      return this.end;
    }
    const path = this.frames.map(
      ({ linked, given }) => `${linked.owner.name}/${linked.chart.id}/${given[0].value}`,
    );
    const { given, machine, linked } = this.frames[this.frames.length - 1];
    return { ...sightOfXState(given, machine, linked), at: path.join(' > ') };
  }

  /** The step at hand gave this result. */
  answer(value: number): void {
    const { linked, machine, given } = this.frames.pop() as Frame;
    const state = linked.chart.states.get(given[0].value as string) as ChartState & { kind: 'invoke' };
    this.settle({ linked, machine, given: answer(machine, given[0], state.actor, value) });
  }

  private call(linked: Linked, input: Readonly<Record<string, unknown>>): void {
    const machine = withActors(linked);
    this.settle({ linked, machine, given: initialTransition(machine, input as never) as Transitioned });
  }

  /** Push the frame; go into what it calls, or back to its caller when it has ended. */
  private settle(frame: Frame): void {
    const sight = sightOfXState(frame.given, frame.machine, frame.linked);
    if (sight === REFUSED) {
      this.end = REFUSED;
      return;
    }
    if (sight.at === '(end)') {
      if (this.frames.length === 0) {
        this.end = sight;
      } else {
        this.answer(sight.given.outcome as number);
      }
      return;
    }
    this.frames.push(frame);
    const invoked = frame.linked.invokes.get(frame.given[0].value as string);
    if (isProcedure(invoked)) {
      this.call(invoked, sight.given);
    }
  }
}
