import { args, type Argument, reg } from '../../src/statechart/procedure.js';

/** The states that the toy's procedures are made of. Registers are given as they are in the machines that use them. */
export const done = { type: 'final' } as const;
export const failed = { invoke: { src: 'fail', input: args({ errno: reg('errno') }) } } as const;

export function failing(errno: number) {
  return { invoke: { src: 'fail', input: args({ errno }) } } as const;
}

/** A step that cannot fail; its result goes into a register where one is named. */
export function run(
  src: string,
  given: Readonly<Record<string, Argument>>,
  target: string,
  register?: string,
) {
  const actions = register === undefined ? [] : [{ type: 'keep' as const, params: { register } }];
  return { invoke: { src, input: args(given), onDone: { target, actions } } };
}

/** A step that can fail: the errno goes into the register `errno`. */
export function attempt(
  src: string,
  given: Readonly<Record<string, Argument>>,
  next: { readonly done: string; readonly error: string; readonly keep?: string },
) {
  const kept = next.keep === undefined ? [] : [{ type: 'keep' as const, params: { register: next.keep } }];
  return {
    invoke: {
      src,
      input: args(given),
      onDone: { target: next.done, actions: kept },
      onError: { target: next.error, actions: [{ type: 'keep' as const, params: { register: 'errno' } }] },
    },
  };
}

/** A choice by whether a register has the value. */
export function whether(register: string, value: number, yes: string, no: string) {
  return {
    always: [{ guard: { type: 'is' as const, params: { register, value } }, target: yes }, { target: no }],
  };
}
