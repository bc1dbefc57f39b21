import { and } from 'xstate';
import { type Argument, args } from './procedure.js';
import type { ActionName, GuardName } from './primitives.js';

/** Short ways to write the states of a procedure; each gives plain XState configuration (procedure.ts). */

/** Names are checked when the machine is read; `never` lets a branch stand wherever XState wants one. */
interface Named<N extends string> {
  type: N;
  params: never;
}
export type Action = Named<ActionName>;
export type Guard = Named<GuardName>;

export interface Branch {
  target: string;
  guard?: never;
  actions?: never;
}
export type Next = string | Branch | Branch[];

/** A state that does a step or calls a procedure. */
export function run(src: string, inputs: Readonly<Record<string, Argument>>, onDone: Next, onError?: Next) {
  return { invoke: { src, input: args(inputs), onDone, ...(onError === undefined ? {} : { onError }) } };
}

/** A state that decides by registers. */
export function choose(...always: Branch[]) {
  return { always };
}

/** A state in which the procedure fails. */
export function fails(errno: Argument) {
  return { invoke: { src: 'fail', input: args({ errno }) } };
}

/** A state in which the procedure succeeds. */
export const done = { type: 'final' as const };

/** Go to the target and do the actions. */
export function to(target: string, ...actions: Action[]): Branch {
  return actions.length === 0 ? { target } : { target, actions: actions as never };
}

/** Go there if all guards hold. */
export function when(guards: Guard | readonly Guard[], target: string, ...actions: Action[]): Branch {
  const guard = Array.isArray(guards) ? and(guards as never) : guards;
  return { ...to(target, ...actions), guard: guard as never };
}

function named<N extends string>(type: N, params: Readonly<Record<string, number | string>>): Named<N> {
  return { type, params: params as never };
}

export const keep = (register: string) => named('keep', { register });
export const set = (register: string, value: number) => named('set', { register, value });
export const copy = (from: string, register: string) => named('copy', { from, to: register });
export const add = (register: string, value: number) => named('add', { register, value });

export const result = (value: number) => named('resultIs', { value });
export const resultNot = (value: number) => named('resultIsNot', { value });
export const error = (errno: number) => named('errorIs', { errno });
export const is = (register: string, value: number) => named('is', { register, value });
export const isNot = (register: string, value: number) => named('isNot', { register, value });
export const below = (register: string, value: number) => named('below', { register, value });
export const atLeast = (register: string, value: number) => named('atLeast', { register, value });
export const same = (left: string, right: string) => named('same', { left, right });
export const differs = (left: string, right: string) => named('differs', { left, right });
