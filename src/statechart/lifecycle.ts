import { assign, setup } from 'xstate';

/**
 * How lifecycles are written.
 *
 * A lifecycle is the typestate of one object: an XState machine made by {@link lifecycle}`.createMachine`, with flat states
 * and events in upper case. An event that a state does not accept is a violation (`domain 1: MAP while freed`). An event
 * that is legal and changes nothing names its own state as target, with `reenter: true`. A state tagged `rest` is one that
 * the object may be left in for good: freed, absent, answered.
 *
 * A lifecycle may count: its context is {@link counted}`()`, one number from 0 to {@link COUNT_LIMIT}.
 * - guards `countIs` `{ value }`, `countAbove` `{ value }`; a list of branches need not have a default: where none holds, the
 *   event is not accepted;
 * - actions `countUp`, `countDown`. A branch that counts down has a guard that says the count is above 0.
 */
export const lifecycle = setup({
  types: {} as { context: { count: number } },
  guards: {
    countIs: ({ context }, { value }: { value: number }) => COUNT_GUARDS.countIs(context.count, value),
    countAbove: ({ context }, { value }: { value: number }) => COUNT_GUARDS.countAbove(context.count, value),
  },
  actions: {
    countUp: assign(({ context }) => ({ count: COUNT_ACTIONS.countUp(context.count) })),
    countDown: assign(({ context }) => ({ count: COUNT_ACTIONS.countDown(context.count) })),
  },
});

/** Counts stop here. Worlds are small: one that comes near has a fault of another kind. */
export const COUNT_LIMIT = 0x7fff;

/** The context of every lifecycle: its count, 0 at first. */
export function counted(): { count: number } {
  return { count: 0 };
}

/** Written once: XState's guards and the compiled table both call these. */
export const COUNT_GUARDS = {
  countIs: (count: number, value: number) => count === value,
  countAbove: (count: number, value: number) => count > value,
} as const;

export const COUNT_ACTIONS = {
  countUp: (count: number) => Math.min(count + 1, COUNT_LIMIT),
  countDown: (count: number) => Math.max(count - 1, 0),
} as const;

export type CountGuard = keyof typeof COUNT_GUARDS;
export type CountAction = keyof typeof COUNT_ACTIONS;
