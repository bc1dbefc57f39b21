import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { type Branch, readBranches, type Use } from './branch.js';
import { TransitionCoverage } from './coverage.js';
import { type MachinePlace, StatechartError } from './error.js';
import { COUNT_ACTIONS, COUNT_GUARDS, type CountAction, type CountGuard } from './lifecycle.js';
import { refuseForeignParts, statesOf } from './refusals.js';

/** {@link LifecycleTable.next} of an event that the state does not accept. */
export const NOT_ACCEPTED = -1;

const STATE_BITS = 8;
const STATE_MASK = (1 << STATE_BITS) - 1;

interface Row {
  readonly guards: readonly {
    readonly holds: (count: number, value: number) => boolean;
    readonly value: number;
  }[];
  readonly actions: readonly ((count: number) => number)[];
  readonly target: number;
  readonly transition: number;
}

/**
 * A lifecycle as a table. The state of one object is one integer: the state's index and, above {@link STATE_BITS} bits, the
 * count. Equal integers are equal states.
 */
export class LifecycleTable {
  /** The state of an object that has seen no event. */
  readonly initial = 0;

  constructor(
    readonly name: string,
    readonly states: readonly string[],
    readonly events: readonly string[],
    /** By state: whether an object may be left in it for good. */
    private readonly rests: readonly boolean[],
    /** By state × event. */
    private readonly rows: readonly (readonly Row[])[],
    private readonly hits: number[],
  ) {}

  /** The state after the event (an index of {@link events}), or {@link NOT_ACCEPTED}. */
  next(packed: number, event: number): number {
    const count = packed >> STATE_BITS;
    const rows = this.rows[(packed & STATE_MASK) * this.events.length + event];
    for (let r = 0; r < rows.length; r += 1) {
      if (accepts(rows[r], count)) {
        const { actions, target, transition } = rows[r];
        this.hits[transition] += 1;
        let after = count;
        for (let a = 0; a < actions.length; a += 1) {
          after = actions[a](after);
        }
        return target | (after << STATE_BITS);
      }
    }
    return NOT_ACCEPTED;
  }

  /** Index of an event; -1 for a name the lifecycle does not have. */
  event(name: string): number {
    return this.events.indexOf(name);
  }

  /** Whether the state has the tag `rest`. */
  isAtRest(packed: number): boolean {
    return this.rests[packed & STATE_MASK];
  }

  stateName(packed: number): string {
    return this.states[packed & STATE_MASK];
  }

  count(packed: number): number {
    return packed >> STATE_BITS;
  }

  /** For people: `attached`, or `live, count 2`. */
  describe(packed: number): string {
    const count = this.count(packed);
    return count === 0 ? this.stateName(packed) : `${this.stateName(packed)}, count ${count}`;
  }

  /** The integer for a state by name. */
  pack(state: string, count: number): number {
    return this.states.indexOf(state) | (count << STATE_BITS);
  }
}

function accepts({ guards }: Row, count: number): boolean {
  for (let g = 0; g < guards.length; g += 1) {
    if (!guards[g].holds(count, guards[g].value)) {
      return false;
    }
  }
  return true;
}

const LIFECYCLE_REASONS = {
  always: 'a lifecycle has no choices (`always`): it changes by events only',
  invoke: 'a lifecycle invokes nothing',
  onDone: 'a lifecycle has no nested states, and so no `onDone`',
  output: 'a lifecycle has no `output`',
  on: 'transitions of the machine as a whole are refused: put them on the states',
};

/** Compile a lifecycle, or say in a {@link StatechartError} where it leaves the subset. */
export function compileLifecycle(
  machine: AnyStateMachine,
  options: { readonly file?: string; readonly coverage?: TransitionCoverage } = {},
): LifecycleTable {
  const { file, coverage = new TransitionCoverage() } = options;
  const place = { file, machine: machine.id };
  refuseForeignParts(machine, file, ['on'], LIFECYCLE_REASONS);
  if (machine.root.config.output !== undefined) {
    throw new StatechartError(place, LIFECYCLE_REASONS.output);
  }
  const { context } = machine.config as { context?: unknown };
  if (JSON.stringify(context) !== '{"count":0}') {
    throw new StatechartError(place, '`context` must be `counted()`');
  }
  const { initial } = machine.root.config;
  // The initial state comes first, so that a zeroed store holds fresh objects.
  const nodes = [...statesOf(machine)].sort(
    (one, other) => Number(other.key === initial) - Number(one.key === initial),
  );
  if (nodes.length > STATE_MASK) {
    throw new StatechartError(place, `more than ${STATE_MASK} states`);
  }
  const states = nodes.map((node) => node.key);
  const events = [...new Set(nodes.flatMap((node) => Object.keys(node.config.on ?? {})))];
  const rows = nodes.flatMap((node) => {
    const at = { ...place, state: node.key };
    if (node.type === 'final') {
      throw new StatechartError(
        at,
        'final states are refused: a state to be left in for good has the tag `rest`',
      );
    }
    return events.map((event) =>
      readLifecycleEvent(node, event, at).map(
        (branch, index): Row => ({
          guards: branch.guards.map((guard) => ({
            holds: COUNT_GUARDS[guard.name],
            value: guard.params.value as number,
          })),
          actions: branch.actions.map((action) => COUNT_ACTIONS[action.name]),
          target: states.indexOf(branch.target),
          transition: coverage.id({
            owner: 'lifecycle',
            machine: machine.id,
            state: node.key,
            event,
            branch: index,
            target: branch.target,
            isError: false,
          }),
        }),
      ),
    );
  });
  const rests = nodes.map((node) => node.tags.includes('rest'));
  return new LifecycleTable(machine.id, states, events, rests, rows, coverage.hits);
}

type CountBranch = Branch<CountGuard, CountAction>;

/** The branches of one event of a state, inside the subset. */
export function readLifecycleEvent(
  node: AnyStateNode,
  event: string,
  place: MachinePlace,
): readonly CountBranch[] {
  if (!/^[A-Z][A-Z0-9_]*$/.test(event)) {
    throw new StatechartError(place, `event '${event}': events are in upper case, and wildcards are refused`);
  }
  const vocabulary = { guards: COUNT_GUARDS, actions: COUNT_ACTIONS };
  const branches = readBranches(node.transitions.get(event) ?? [], event, vocabulary, place) as CountBranch[];
  branches.forEach((branch, index) => {
    if (branch.guards.length === 0 && index < branches.length - 1) {
      throw new StatechartError(
        place,
        `a branch of ${event} stands behind one without a guard: it can never be taken`,
      );
    }
    for (const { name, params } of branch.guards) {
      if (
        Object.keys(params).join() !== 'value' ||
        !Number.isInteger(params.value) ||
        Number(params.value) < 0
      ) {
        throw new StatechartError(place, `guard '${name}' takes value, a count`);
      }
    }
    if (branch.actions.some((action) => action.name === 'countDown') && !branch.guards.some(saysAboveZero)) {
      throw new StatechartError(place, `${event} counts down without a guard that says the count is above 0`);
    }
  });
  return branches;
}

function saysAboveZero({ name, params }: Use<CountGuard>): boolean {
  return name === 'countAbove' || Number(params.value) > 0;
}
