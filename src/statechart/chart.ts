import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { FIELD_TYPES, type FieldType } from '../vocabulary/design.js';
import { isName, NAME_RULE } from '../vocabulary/name.js';
import { type Branch, readBranches, type Use } from './branch.js';
import { type MachinePlace, StatechartError } from './error.js';
import { ACTIONS, type ActionName, GUARDS, type GuardName } from './primitives.js';
import type { Argument, ContextOfRegisters, InputOfArguments, OutputOfRegister } from './procedure.js';
import { refuseForeignParts, statesOf } from './refusals.js';

export type ProcedureBranch = Branch<GuardName, ActionName>;

export type ChartState =
  | { readonly kind: 'final' }
  | { readonly kind: 'choice'; readonly always: readonly ProcedureBranch[] }
  | { readonly kind: 'fail'; readonly errno: Argument; readonly actor: string }
  | {
      readonly kind: 'invoke';
      readonly src: string;
      /** Id of the invoked actor, which names XState's events for it. */
      readonly actor: string;
      readonly args: Readonly<Record<string, Argument>>;
      readonly done: readonly ProcedureBranch[];
      /** Left out where the machine has no `onError`. */
      readonly error?: readonly ProcedureBranch[];
    };

/** A procedure as plain data: what is left of a machine once everything outside the subset has been refused. */
export interface Chart {
  readonly id: string;
  readonly file?: string;
  readonly machine: AnyStateMachine;
  readonly registers: Readonly<Record<string, FieldType>>;
  /** The register that is returned; 0 is returned without one. */
  readonly output?: string;
  readonly initial: string;
  readonly states: ReadonlyMap<string, ChartState>;
}

const NAMED = `a name ${NAME_RULE}`;

const PROCEDURE_REASONS = {
  on: 'a procedure takes no events (`on`): what happens outside is read by a step',
  onDone: '`onDone` belongs inside the invoke',
  output: 'a state has no `output`: the procedure has one, `result(register)`',
  always: '`always` on the machine is refused',
  invoke: '`invoke` on the machine is refused: an invoke belongs to a state',
};

/**
 * Read a machine as a procedure, or say in a {@link StatechartError} where it leaves the subset. Everything that can be
 * judged from the machine alone is judged here; names of steps and procedures are judged when it is linked.
 */
export function readProcedure(machine: AnyStateMachine, file?: string): Chart {
  refuseForeignParts(machine, file, ['invoke', 'always'], PROCEDURE_REASONS);
  const place = { file, machine: machine.id };
  if (!isName(machine.id)) throw new StatechartError({ file, machine: JSON.stringify(machine.id) }, NAMED);
  const registers = readRegisters(machine, place);
  const states = new Map<string, ChartState>();
  for (const node of statesOf(machine)) {
    if (!isName(node.key)) throw new StatechartError({ ...place, state: JSON.stringify(node.key) }, NAMED);
    states.set(node.key, readState(node, registers, { ...place, state: node.key }));
  }
  refuseChoiceLoops(states, place);
  return {
    id: machine.id,
    file,
    machine,
    registers,
    output: readOutput(machine, registers, place),
    initial: machine.root.config.initial as string,
    states,
  };
}

function readRegisters(machine: AnyStateMachine, place: MachinePlace): Chart['registers'] {
  const { registers } = (machine.config.context ?? {}) as Partial<ContextOfRegisters>;
  if (typeof machine.config.context !== 'function' || !registers) {
    throw new StatechartError(place, '`context` must be made by `registers({ … })`');
  }
  for (const [name, type] of Object.entries(registers)) {
    if (!FIELD_TYPES.includes(type))
      throw new StatechartError(place, `register '${name}' must be one of ${FIELD_TYPES.join(', ')}`);
  }
  return registers;
}

function readOutput(
  machine: AnyStateMachine,
  registers: Chart['registers'],
  place: MachinePlace,
): string | undefined {
  const { output } = machine.root.config;
  if (output === undefined) {
    return undefined;
  }
  const { result } = output as Partial<OutputOfRegister>;
  if (result === undefined) {
    throw new StatechartError(place, '`output` must be made by `result(register)`');
  }
  if (!Object.hasOwn(registers, result)) {
    throw new StatechartError(place, `unknown register '${result}' in \`output\``);
  }
  return result;
}

function readState(node: AnyStateNode, registers: Chart['registers'], place: MachinePlace): ChartState {
  const isFinal = node.type === 'final';
  const isChoice = node.always !== undefined;
  if (node.invoke.length > 1) {
    throw new StatechartError(place, 'several invokes in one state: a step is one invoke');
  }
  if (Number(isFinal) + Number(isChoice) + node.invoke.length !== 1) {
    throw new StatechartError(
      place,
      'a procedure state is exactly one of: final, a choice (`always`), or one step (`invoke`)',
    );
  }
  if (isFinal) {
    return { kind: 'final' };
  }
  return isChoice ? readChoice(node, registers, place) : readInvoke(node, registers, place);
}

function readChoice(node: AnyStateNode, registers: Chart['registers'], place: MachinePlace): ChartState {
  return { kind: 'choice', always: readEvent(node.always, 'always', registers, place) };
}

function readInvoke(node: AnyStateNode, registers: Chart['registers'], place: MachinePlace): ChartState {
  const config = [node.config.invoke].flat()[0] as Readonly<Record<string, unknown>>;
  const { id: actor } = node.invoke[0];
  const { src, input, onDone, onError, onSnapshot, systemId } = config;
  if (typeof src !== 'string') {
    throw new StatechartError(place, 'the `src` of an invoke must be a literal name');
  }
  if (onSnapshot !== undefined || systemId !== undefined) {
    throw new StatechartError(place, '`onSnapshot` and `systemId` are refused: a step only ends or fails');
  }
  const { args } = (input ?? { args: {} }) as Partial<InputOfArguments>;
  if (!args) {
    throw new StatechartError(place, 'the `input` of an invoke must be made by `args({ … })`');
  }
  for (const [name, value] of Object.entries(args)) {
    refuseArgument(name, value, registers, place);
  }
  if (src === 'fail') {
    return readFail(args, actor, onDone !== undefined || onError !== undefined, registers, place);
  }
  if (onDone === undefined) {
    throw new StatechartError(place, `'${src}' has no \`onDone\``);
  }
  const on = (event: string) => node.transitions.get(`xstate.${event}.actor.${actor}`);
  return {
    kind: 'invoke',
    src,
    actor,
    args,
    done: readEvent(on('done'), 'onDone', registers, place),
    error: onError === undefined ? undefined : readEvent(on('error'), 'onError', registers, place),
  };
}

function readFail(
  args: Readonly<Record<string, Argument>>,
  actor: string,
  hasEdges: boolean,
  registers: Chart['registers'],
  place: MachinePlace,
): ChartState {
  if (hasEdges) {
    throw new StatechartError(
      place,
      "'fail' has neither `onDone` nor `onError`: the caller's `onError` receives it",
    );
  }
  const { errno, ...rest } = args;
  if (errno === undefined || Object.keys(rest).length > 0) {
    throw new StatechartError(place, "'fail' takes exactly one input, `errno`");
  }
  if (typeof errno === 'string' || (typeof errno === 'number' && errno <= 0)) {
    throw new StatechartError(place, "the `errno` of 'fail' is a positive number or a register");
  }
  if (typeof errno === 'object' && registers[errno.register] !== 'int') {
    throw new StatechartError(
      place,
      `register '${errno.register}' holds no errno: it is of type ${registers[errno.register]}`,
    );
  }
  return { kind: 'fail', errno, actor };
}

function refuseArgument(
  name: string,
  value: Argument,
  registers: Chart['registers'],
  place: MachinePlace,
): void {
  if (typeof value === 'object' && !Object.hasOwn(registers, value.register)) {
    throw new StatechartError(place, `unknown register '${value.register}' in input '${name}'`);
  }
  if (typeof value === 'number' && !isInteger(value)) {
    throw new StatechartError(place, `input '${name}' is not a 32-bit integer`);
  }
}

type ProcedureEvent = 'always' | 'onDone' | 'onError';

function readEvent(
  transitions: AnyStateNode['always'],
  event: ProcedureEvent,
  registers: Chart['registers'],
  place: MachinePlace,
): readonly ProcedureBranch[] {
  const branches = readBranches(
    transitions ?? [],
    event,
    { guards: GUARDS, actions: ACTIONS },
    place,
  ) as ProcedureBranch[];
  branches.forEach((branch, index) => {
    const isLast = index === branches.length - 1;
    if (isLast && branch.guards.length > 0) {
      throw new StatechartError(
        place,
        `the last branch of ${event} has a guard: nothing says what happens when it does not hold`,
      );
    }
    if (!isLast && branch.guards.length === 0) {
      throw new StatechartError(
        place,
        `a branch of ${event} stands behind one without a guard: it can never be taken`,
      );
    }
    for (const guard of branch.guards) {
      checkGuard(guard, event, registers, place);
    }
    for (const action of branch.actions) {
      checkAction(action, event, registers, place);
    }
  });
  if (branches.length === 0) {
    throw new StatechartError(place, `${event} has no branch`);
  }
  return branches;
}

function checkGuard(
  use: Use<GuardName>,
  event: ProcedureEvent,
  registers: Chart['registers'],
  place: MachinePlace,
): void {
  const { left, right } = GUARDS[use.name];
  const seenIn = left === 'result' ? 'onDone' : left === 'error' ? 'onError' : event;
  if (seenIn !== event) {
    throw new StatechartError(place, `guard '${use.name}' in ${event}: it can be used in ${seenIn} only`);
  }
  const names = [
    ...(left === 'register' || left === 'left' ? [left] : []),
    ...(right === 'right' ? [right] : []),
  ];
  const types = checkParams('guard', use, names, right === 'right' ? [] : [right], registers, place);
  if (types.length === 2 && types[0] !== types[1]) {
    throw new StatechartError(
      place,
      `guard '${use.name}' compares register '${use.params.left}' of type ${types[0]} with '${use.params.right}' of type ${types[1]}`,
    );
  }
  const isOrder = use.name === 'below' || use.name === 'atLeast';
  if (types.length === 1 && types[0] !== 'int' && (isOrder || use.params.value !== 0)) {
    throw new StatechartError(
      place,
      `guard '${use.name}' on register '${use.params.register}' of type ${types[0]}: compare it with 0 or another register`,
    );
  }
}

function checkAction(
  use: Use<ActionName>,
  event: ProcedureEvent,
  registers: Chart['registers'],
  place: MachinePlace,
): void {
  const { to, operand } = ACTIONS[use.name];
  if (operand === 'outcome' && event === 'always') {
    throw new StatechartError(
      place,
      `action '${use.name}' in a choice: keep the result on the edge of its step`,
    );
  }
  const constants = operand === 'value' ? [operand] : [];
  const types = checkParams(
    'action',
    use,
    operand === 'from' ? [to, operand] : [to],
    constants,
    registers,
    place,
  );
  if (types.length === 2 && types[0] !== types[1]) {
    throw new StatechartError(
      place,
      `action '${use.name}' copies register '${use.params.from}' of type ${types[1]} to '${use.params.to}' of type ${types[0]}`,
    );
  }
  if (use.name === 'add' && types[0] !== 'int') {
    throw new StatechartError(place, `action 'add' on register '${use.params.register}' of type ${types[0]}`);
  }
}

/** Parameters are exactly the named registers and constants; returns the types of the registers. */
function checkParams(
  what: string,
  use: Use,
  registerParams: readonly string[],
  constantParams: readonly string[],
  registers: Chart['registers'],
  place: MachinePlace,
): FieldType[] {
  const expected = [...registerParams, ...constantParams];
  const given = Object.keys(use.params);
  if (given.length !== expected.length || !expected.every((name) => Object.hasOwn(use.params, name))) {
    throw new StatechartError(
      place,
      `${what} '${use.name}' takes ${expected.join(', ')}; it is given ${given.join(', ') || 'nothing'}`,
    );
  }
  for (const name of constantParams) {
    if (!isInteger(use.params[name])) {
      throw new StatechartError(place, `${what} '${use.name}': ${name} is not a 32-bit integer`);
    }
  }
  return registerParams.map((name) => {
    const register = use.params[name];
    if (!Object.hasOwn(registers, register)) {
      throw new StatechartError(place, `unknown register '${register}' in ${what} '${use.name}'`);
    }
    return registers[register];
  });
}

function isInteger(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value;
}

/** A loop that only passes choices would never do a step. */
function refuseChoiceLoops(states: ReadonlyMap<string, ChartState>, place: MachinePlace): void {
  const left = new Set<string>();
  const walk = (name: string, open: readonly string[]): void => {
    const state = states.get(name);
    if (state?.kind !== 'choice' || left.has(name)) {
      return;
    }
    if (open.includes(name)) {
      const loop = [...open.slice(open.indexOf(name)), name].join(' → ');
      throw new StatechartError(
        { ...place, state: name },
        `a loop through choices only never does a step: ${loop}`,
      );
    }
    for (const { target } of state.always) {
      walk(target, [...open, name]);
    }
    left.add(name);
  };
  for (const name of states.keys()) {
    walk(name, []);
  }
}
