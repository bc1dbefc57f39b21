/**
 * What guards and actions of procedures can do. Each is written here once: the machine that XState runs and the table
 * that the checker runs both call these functions.
 */

export const EQUAL = 0;
export const UNEQUAL = 1;
export const LESS = 2;
export const NOT_LESS = 3;
/** A number, since the table's inner loop switches on it. */
export type Relation = typeof EQUAL | typeof UNEQUAL | typeof LESS | typeof NOT_LESS;

export function related(relation: Relation, left: number, right: number): boolean {
  switch (relation) {
    case EQUAL:
      return left === right;
    case UNEQUAL:
      return left !== right;
    case LESS:
      return left < right;
    case NOT_LESS:
      return left >= right;
  }
}

/** What a write leaves: the operand, or for an update the sum. Registers are 32-bit integers; a sum wraps as one. */
export function written(isUpdate: boolean, current: number, operand: number): number {
  return isUpdate ? (current + operand) | 0 : operand;
}

/** Where an operand comes from: the step just done (its result, or its errno), or the parameter of that name. */
export interface GuardPrimitive {
  /** The parameter that names the left register, or what the step just done gave. */
  readonly left: 'result' | 'error' | 'register' | 'left';
  /** The parameter that holds the right side. `right` names a register, the others are constants. */
  readonly right: 'value' | 'errno' | 'right';
  readonly relation: Relation;
  /** How a diagram writes it between its two sides. */
  readonly sign: string;
}

export const GUARDS = {
  resultIs: { left: 'result', right: 'value', relation: EQUAL, sign: '=' },
  resultIsNot: { left: 'result', right: 'value', relation: UNEQUAL, sign: '≠' },
  resultBelow: { left: 'result', right: 'value', relation: LESS, sign: '<' },
  errorIs: { left: 'error', right: 'errno', relation: EQUAL, sign: '=' },
  is: { left: 'register', right: 'value', relation: EQUAL, sign: '=' },
  isNot: { left: 'register', right: 'value', relation: UNEQUAL, sign: '≠' },
  below: { left: 'register', right: 'value', relation: LESS, sign: '<' },
  atLeast: { left: 'register', right: 'value', relation: NOT_LESS, sign: '≥' },
  same: { left: 'left', right: 'right', relation: EQUAL, sign: '=' },
  differs: { left: 'left', right: 'right', relation: UNEQUAL, sign: '≠' },
} as const satisfies Record<string, GuardPrimitive>;

export type GuardName = keyof typeof GUARDS;

export interface ActionPrimitive {
  /** The parameter that names the register written. */
  readonly to: 'register' | 'to';
  /** The operand: a constant, the register that `from` names, or what the step just done gave. */
  readonly operand: 'value' | 'from' | 'outcome';
  /** Whether it adds to the old value. */
  readonly isUpdate: boolean;
  /** How a diagram writes it between register and operand. */
  readonly sign: string;
}

export const ACTIONS = {
  set: { to: 'register', operand: 'value', isUpdate: false, sign: ':=' },
  copy: { to: 'to', operand: 'from', isUpdate: false, sign: ':=' },
  keep: { to: 'register', operand: 'outcome', isUpdate: false, sign: ':=' },
  add: { to: 'register', operand: 'value', isUpdate: true, sign: '+=' },
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
  const { left, right, relation } = GUARDS[name];
  return related(
    relation,
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
  const { to, operand, isUpdate } = ACTIONS[name];
  const given = operand === 'outcome' ? outcome : operand === 'from' ? registers[params.from] : params.value;
  return written(isUpdate, registers[params[to]], given as number);
}
