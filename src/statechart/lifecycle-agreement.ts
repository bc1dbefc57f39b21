import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition, transition } from 'xstate';
import type { Agreement } from './agreement.js';
import { COUNT_LIMIT } from './lifecycle.js';
import { compileLifecycle, NOT_ACCEPTED, readLifecycleEvent } from './lifecycle-table.js';
import { statesOf } from './refusals.js';

/**
 * Does the compiled lifecycle do what XState does? Every state × every event × every count at which a guard can change its
 * mind, and the limit. Accepted means `snapshot.can(event)`.
 */
export function compareLifecycle(
  machine: AnyStateMachine,
  compiler: typeof compileLifecycle = compileLifecycle,
): Agreement {
  const table = compiler(machine);
  const differences: string[] = [];
  let compared = 1;
  const [start] = initialTransition(machine) as [AnyMachineSnapshot, unknown];
  if (table.describe(table.initial) !== start.value || start.context.count !== 0) {
    differences.push(`${machine.id}: start: XState ${start.value}, table ${table.describe(table.initial)}`);
  }
  for (const node of statesOf(machine)) {
    for (const event of table.events) {
      for (const count of interestingCounts(machine)) {
        const snapshot = machine.resolveState({ value: node.key, context: { count } }) as AnyMachineSnapshot;
        const expected = snapshot.can({ type: event }) ? after(machine, snapshot, event) : 'not accepted';
        const packed = table.next(table.pack(node.key, count), table.event(event));
        const actual =
          packed === NOT_ACCEPTED ? 'not accepted' : `${table.stateName(packed)} ${table.count(packed)}`;
        compared += 1;
        if (expected !== actual) {
          differences.push(
            `${machine.id}: ${event} in ${node.key}, count ${count}: XState ${expected}, table ${actual}`,
          );
        }
      }
    }
  }
  return { compared, differences };
}

function after(machine: AnyStateMachine, snapshot: AnyMachineSnapshot, event: string): string {
  const [next] = transition(machine, snapshot, { type: event }) as [AnyMachineSnapshot, unknown];
  return `${next.value} ${next.context.count}`;
}

/** The counts next to every constant that a guard compares with, and both ends. */
function interestingCounts(machine: AnyStateMachine): ReadonlySet<number> {
  const counts = new Set([0, 1, 2, COUNT_LIMIT - 1, COUNT_LIMIT]);
  for (const node of statesOf(machine)) {
    for (const event of node.transitions.keys()) {
      for (const { params } of readLifecycleEvent(node, event, { machine: machine.id }).flatMap(
        (each) => each.guards,
      )) {
        for (const near of [-1, 0, 1]) {
          counts.add(Math.max(Number(params.value) + near, 0));
        }
      }
    }
  }
  return counts;
}
