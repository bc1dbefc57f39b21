import { type AnyActorLogic, assign, setup } from 'xstate';
import type { FieldType } from '../vocabulary/design.js';
import {
  type ActionName,
  actionResult,
  type GuardName,
  guardHolds,
  outcomeOf,
  type Params,
} from './primitives.js';

/**
 * How procedures are written.
 *
 * A procedure is an XState machine made by {@link procedure}`.createMachine`. Each of its states is one of
 * - a **step**: exactly one `invoke` of a step by name, with `onDone`, and with `onError` exactly when the step can fail;
 * - a **call**: the same, of another procedure: `driver/NAME` is the driver's, a bare NAME is the same design's (or
 *   driver's) procedure if there is one and a step otherwise. `onError` is required when the callee can fail, and allowed
 *   when it cannot, since another driver's procedure of that name may;
 * - a **choice**: a list of `always` branches over registers, the last one without a guard;
 * - **fail**: `invoke: { src: 'fail', input: args({ errno }) }` and nothing else. The caller's `onError` receives the errno;
 * - **final**: success. The output is what {@link result} names, or 0.
 *
 * Registers are 32-bit integers and belong to one call of the procedure. Those that the caller's input names start with
 * its values, the others at 0. A machine sees nothing but its registers and what the step just done gave; whatever another
 * agent can change is read by a step.
 *
 * Guards (on branches of `onDone`, `onError` and `always`; the last branch of each list has none):
 * - `resultIs`, `resultIsNot`, `resultBelow` `{ value }`: what the step or procedure just done returned; only in `onDone`;
 * - `errorIs` `{ errno }`: the positive errno it failed with, as `ERRNO.EBUSY`; only in `onError`;
 * - `is`, `isNot`, `below`, `atLeast` `{ register, value }`: a register against a constant;
 * - `same`, `differs` `{ left, right }`: two registers.
 * XState's `and([...])` of these is allowed, and is the only combination: an alternative is one more branch.
 *
 * Actions (on the same branches, done in order):
 * - `set` `{ register, value }`, `copy` `{ from, to }`, `add` `{ register, value }`;
 * - `keep` `{ register }`: stores the result in `onDone`, the positive errno in `onError`; not in a choice.
 *
 * A register of type `ref` or `frame` holds a handle or a frame number, which have no order and no meaning as numbers:
 * it is compared with 0 or with a register of its own type, and never added to.
 *
 * @example
 * ```ts
 * export const attach = procedure.createMachine({
 *   id: 'attach',
 *   context: registers({ device: 'int', domain: 'ref', errno: 'int' }),
 *   initial: 'lock',
 *   states: {
 *     lock: { invoke: { src: 'lock', input: args({ family: 'group', id: reg('device') }), onDone: 'link' } },
 *     link: {
 *       invoke: {
 *         src: 'driver/setEntry',
 *         input: args({ device: reg('device'), domain: reg('domain') }),
 *         onDone: 'unlock',
 *         onError: { target: 'linkFailed', actions: { type: 'keep', params: { register: 'errno' } } },
 *       },
 *     },
 *     unlock: { invoke: { src: 'unlock', input: args({ family: 'group', id: reg('device') }), onDone: 'attached' } },
 *     attached: { type: 'final' },
 *     linkFailed: { invoke: { src: 'unlock', input: args({ family: 'group', id: reg('device') }), onDone: 'failed' } },
 *     failed: { invoke: { src: 'fail', input: args({ errno: reg('errno') }) } },
 *   },
 * });
 * ```
 */
export const procedure = setup({
  types: {} as { context: RegisterValues; input: Partial<RegisterValues> | undefined; output: number },
  actors: {} as Record<string, ProcedureActor>,
  guards: {
    resultIs: xstateGuard<{ value: number }>('resultIs'),
    resultIsNot: xstateGuard<{ value: number }>('resultIsNot'),
    resultBelow: xstateGuard<{ value: number }>('resultBelow'),
    errorIs: xstateGuard<{ errno: number }>('errorIs'),
    is: xstateGuard<{ register: string; value: number }>('is'),
    isNot: xstateGuard<{ register: string; value: number }>('isNot'),
    below: xstateGuard<{ register: string; value: number }>('below'),
    atLeast: xstateGuard<{ register: string; value: number }>('atLeast'),
    same: xstateGuard<{ left: string; right: string }>('same'),
    differs: xstateGuard<{ left: string; right: string }>('differs'),
  },
  actions: {
    set: assign(({ context, event }, params: { register: string; value: number }) =>
      written('set', params, context, event),
    ),
    copy: assign(({ context, event }, params: { from: string; to: string }) =>
      written('copy', params, context, event),
    ),
    keep: assign(({ context, event }, params: { register: string }) =>
      written('keep', params, context, event),
    ),
    add: assign(({ context, event }, params: { register: string; value: number }) =>
      written('add', params, context, event),
    ),
  },
});

/** The registers of one call, by name: XState's context of a procedure. */
export type RegisterValues = Record<string, number>;

/** What a step or a called procedure is to XState: something that is given named values and gives a number. */
export type ProcedureActor = AnyActorLogic;

/** A register standing for its value in {@link args}. */
export interface RegisterReference {
  readonly register: string;
}

export type Argument = number | string | RegisterReference;

export type ContextOfRegisters = ((scope: {
  input: Partial<RegisterValues> | undefined;
}) => RegisterValues) & {
  readonly registers: Readonly<Record<string, FieldType>>;
};

export type InputOfArguments = ((scope: { context: RegisterValues }) => Record<string, number | string>) & {
  readonly args: Readonly<Record<string, Argument>>;
};

export type OutputOfRegister = ((scope: { context: RegisterValues }) => number) & { readonly result: string };

/** The `context` of a procedure: its registers with their types. Those the caller's input does not name start at 0. */
export function registers(types: Readonly<Record<string, FieldType>>): ContextOfRegisters {
  if (typeof types !== 'object' || types === null)
    throw new TypeError('`registers` takes an object of names and types');
  const names = Object.keys(types);
  const start = ({ input }: { input: Partial<RegisterValues> | undefined }) =>
    Object.fromEntries(names.map((name) => [name, input?.[name] ?? 0]));
  return Object.assign(start, { registers: types });
}

/** The value of a register, as an argument. */
export function reg(register: string): RegisterReference {
  return { register };
}

/**
 * The `input` of an invoke: strings are static parameters of the step (a field, a lock family, a kind of object), numbers
 * are constants, {@link reg} is the value of a register when the state is entered.
 */
export function args(given: Readonly<Record<string, Argument>>): InputOfArguments {
  const entries = Object.entries(given);
  const input = ({ context }: { context: RegisterValues }) =>
    Object.fromEntries(
      entries.map(([name, value]) => [name, typeof value === 'object' ? context[value.register] : value]),
    );
  return Object.assign(input, { args: given });
}

/** The `output` of a procedure that returns a register. Without it a procedure returns 0. */
export function result(register: string): OutputOfRegister {
  return Object.assign(({ context }: { context: RegisterValues }) => context[register], { result: register });
}

function xstateGuard<P extends Params>(name: GuardName) {
  return ({ context, event }: { context: RegisterValues; event: { type: string } }, params: P) =>
    guardHolds(name, params, context, outcomeOf(event));
}

function written(
  name: ActionName,
  params: Params,
  context: RegisterValues,
  event: { type: string },
): RegisterValues {
  const register = params.to ?? params.register;
  return { [register]: actionResult(name, params, context, outcomeOf(event)) };
}
