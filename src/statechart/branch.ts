import { and, type AnyTransitionDefinition } from 'xstate';
import { type MachinePlace, StatechartError } from './error.js';
import type { Params } from './primitives.js';

/** A named guard or action with its static parameters. */
export interface Use<Name extends string = string> {
  readonly name: Name;
  readonly params: Params;
}

/** One transition as the subset allows it: all guards must hold, then the actions are done, then the target is entered. */
export interface Branch<G extends string = string, A extends string = string> {
  readonly guards: readonly Use<G>[];
  readonly actions: readonly Use<A>[];
  readonly target: string;
}

/** What one kind of machine calls its guards and actions; each checks the parameters of its own uses. */
export interface Vocabulary {
  readonly guards: Readonly<Record<string, unknown>>;
  readonly actions: Readonly<Record<string, unknown>>;
}

/**
 * Read the transitions of one event. XState has resolved the targets by now; an unknown target it refuses itself, when the
 * machine is created.
 */
export function readBranches(
  transitions: readonly AnyTransitionDefinition[],
  event: string,
  vocabulary: Vocabulary,
  place: MachinePlace,
): Branch[] {
  return transitions.map((transition) => readBranch(transition, event, vocabulary, place));
}

function readBranch(
  transition: AnyTransitionDefinition,
  event: string,
  vocabulary: Vocabulary,
  place: MachinePlace,
): Branch {
  const [target, more] = transition.target ?? [];
  if (!target) {
    throw new StatechartError(
      place,
      `a transition of ${event} has no target: name the state it stays in, with \`reenter: true\``,
    );
  }
  if (more) {
    throw new StatechartError(place, `a transition of ${event} has several targets`);
  }
  if (target === target.machine.root) {
    throw new StatechartError(place, `a transition of ${event} targets the machine itself`);
  }
  if (target === transition.source && !transition.reenter) {
    throw new StatechartError(
      place,
      `a transition of ${event} targets its own state without \`reenter: true\`: XState would not enter it again`,
    );
  }
  return {
    guards: readGuard(transition.guard, vocabulary.guards, event, place),
    actions: transition.actions.map((action) => readAction(action, vocabulary.actions, event, place)),
    target: target.key,
  };
}

/** The function that all of XState's conjunctions share: it tells `and` from `or`, which looks the same otherwise. */
const checkAnd = (and([]) as unknown as { check: unknown }).check;

function readGuard(
  guard: unknown,
  known: Vocabulary['guards'],
  event: string,
  place: MachinePlace,
): readonly Use[] {
  if (guard === undefined) {
    return [];
  }
  if (typeof guard === 'function') {
    const { check, guards } = guard as { check?: unknown; guards?: readonly unknown[] };
    if (check === checkAnd && guards) {
      return guards.flatMap((each) => readGuard(each, known, event, place));
    }
    throw new StatechartError(
      place,
      `a guard of ${event} is ${check ? 'a combination other than `and`' : 'a function'}: only named guards and \`and\` of them are compiled`,
    );
  }
  const use = readUse(guard, 'guard', event, place);
  if (!Object.hasOwn(known, use.name)) {
    throw new StatechartError(place, `unknown guard '${use.name}' of ${event}`);
  }
  return [use];
}

function readAction(action: unknown, known: Vocabulary['actions'], event: string, place: MachinePlace): Use {
  if (typeof action === 'function') {
    const { type } = action as { type?: unknown };
    throw new StatechartError(
      place,
      `an action of ${event} is ${typeof type === 'string' ? `\`${type}\`` : 'a function'}: only named actions are compiled`,
    );
  }
  const use = readUse(action, 'action', event, place);
  if (!Object.hasOwn(known, use.name)) {
    throw new StatechartError(place, `unknown action '${use.name}' of ${event}`);
  }
  return use;
}

function readUse(given: unknown, what: string, event: string, place: MachinePlace): Use {
  const { type, params = {} } =
    typeof given === 'string' ? { type: given } : (given as { type: string; params?: unknown });
  if (typeof params !== 'object') {
    throw new StatechartError(
      place,
      `${what} '${type}' of ${event} computes its parameters: they must be constants`,
    );
  }
  return { name: type, params: params as Params };
}
