/**
 * What guards and actions of procedures can do. Each is written here once: the machine that XState runs and the table
 * that the checker runs both call these functions.
 */

/** Where an operand comes from: the step just done (its result, or its errno), or the parameter of that name. */
export interface GuardPrimitive {
  /** The parameter that names the left register, or what the step just done gave. */
  readonly left: 'result' | 'error' | 'register' | 'left';
  /** The parameter that holds the right side. `right` names a register, the others are constants. */
  readonly right: 'value' | 'errno' | 'right';
  readonly holds: (left: number, right: number) => boolean;
  /** How a diagram writes it between its two sides. */
  readonly sign: string;
}

const equal = (left: number, right: number) => left === right;
const unequal = (left: number, right: number) => left !== right;
const less = (left: number, right: number) => left < right;
const notLess = (left: number, right: number) => left >= right;

export const GUARDS = {
  resultIs: { left: 'result', right: 'value', holds: equal, sign: '=' },
  resultIsNot: { left: 'result', right: 'value', holds: unequal, sign: '≠' },
  resultBelow: { left: 'result', right: 'value', holds: less, sign: '<' },
  errorIs: { left: 'error', right: 'errno', holds: equal, sign: '=' },
  is: { left: 'register', right: 'value', holds: equal, sign: '=' },
  isNot: { left: 'register', right: 'value', holds: unequal, sign: '≠' },
  below: { left: 'register', right: 'value', holds: less, sign: '<' },
  atLeast: { left: 'register', right: 'value', holds: notLess, sign: '≥' },
  same: { left: 'left', right: 'right', holds: equal, sign: '=' },
  differs: { left: 'left', right: 'right', holds: unequal, sign: '≠' },
} as const satisfies Record<string, GuardPrimitive>;

export type GuardName = keyof typeof GUARDS;

export interface ActionPrimitive {
  /** The parameter that names the register written. */
  readonly to: 'register' | 'to';
  /** The operand: a constant, the register that `from` names, or what the step just done gave. */
  readonly operand: 'value' | 'from' | 'outcome';
  readonly next: (current: number, operand: number) => number;
  /** Whether the new value depends on the old one. */
  readonly isUpdate: boolean;
  /** How a diagram writes it between register and operand. */
  readonly sign: string;
}

const replace = (_current: number, operand: number) => operand;
/** Registers are 32-bit integers; a sum wraps as one. */
const sum = (current: number, operand: number) => (current + operand) | 0;

export const ACTIONS = {
  set: { to: 'register', operand: 'value', next: replace, isUpdate: false, sign: ':=' },
  copy: { to: 'to', operand: 'from', next: replace, isUpdate: false, sign: ':=' },
  keep: { to: 'register', operand: 'outcome', next: replace, isUpdate: false, sign: ':=' },
  add: { to: 'register', operand: 'value', next: sum, isUpdate: true, sign: '+=' },
} as const satisfies Record<string, ActionPrimitive>;

export type ActionName = keyof typeof ACTIONS;

/** Static parameters of a guard or action as they stand in a machine. */
export type Params = Readonly<Record<string, number | string>>;

/**
 * What the step just done gave, read from XState's event: the output of `onDone` (0 where there is none), the positive
 * errno of `onError`.
 */
export function outcomeOf(event: {
  readonly type: string;
  readonly output?: unknown;
  readonly error?: unknown;
}): number {
  const given = event.type.startsWith('xstate.error.') ? event.error : event.output;
  return typeof given === 'number' ? given : 0;
}

/** A guard's verdict over named registers and the outcome of the step just done. */
export function guardHolds(
  name: GuardName,
  params: Params,
  registers: Readonly<Record<string, number>>,
  outcome: number,
): boolean {
  const { left, right, holds } = GUARDS[name];
  return holds(
    left === 'result' || left === 'error' ? outcome : registers[params[left]],
    right === 'right' ? registers[params.right] : (params[right] as number),
  );
}

/** What an action leaves in its register. */
export function actionResult(
  name: ActionName,
  params: Params,
  registers: Readonly<Record<string, number>>,
  outcome: number,
): number {
  const { to, operand, next } = ACTIONS[name];
  const given = operand === 'outcome' ? outcome : operand === 'from' ? registers[params.from] : params.value;
  return next(registers[params[to]], given as number);
}
