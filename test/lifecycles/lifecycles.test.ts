import { readdirSync } from 'node:fs';
import type { AnyStateMachine } from 'xstate';
import { describe, expect, test } from 'vitest';
import { compileLifecycle, type LifecycleTable, NOT_ACCEPTED } from '../../src/statechart/lifecycle-table.js';
import { compareLifecycle } from '../../src/statechart/lifecycle-agreement.js';

const folder = new URL('../../models/lifecycles/', import.meta.url);
const files = readdirSync(folder).sort();
const machines = new Map<string, AnyStateMachine>();
for (const file of files) {
  const { default: machine } = (await import(new URL(file, folder).href)) as { default: AnyStateMachine };
  machines.set(file.replace('.ts', ''), machine);
}

/** Send events in turn; the state at the end, or the first event that was not accepted. */
function send(table: LifecycleTable, events: string): string {
  let state = table.initial;
  for (const event of events.split(' ').filter((each) => each !== '')) {
    const next = table.next(state, table.event(event));
    if (next === NOT_ACCEPTED) {
      return `${event} while ${table.describe(state)}`;
    }
    state = next;
  }
  return table.describe(state);
}

test('there is one lifecycle for each object, named as its file', () => {
  expect([...machines.keys()]).toEqual([
    'device',
    'domain',
    'group',
    'hwpt',
    'invalidation',
    'page-request',
    'pasid',
    'subdevice',
  ]);
  for (const [name, machine] of machines) {
    expect(machine.id).toBe(name);
  }
});

describe.each([...machines])('%s', (_name, machine) => {
  test('the table agrees with XState on every state, event and count', () => {
    const { compared, differences } = compareLifecycle(machine);
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(5);
  });

  test('every state can be reached and left again, down to rest', () => {
    const table = compileLifecycle(machine);
    const seen = new Set([table.initial]);
    const toRest = new Set<number>();
    for (const state of seen) {
      for (let event = 0; event < table.events.length; event += 1) {
        const next = table.next(state, event);
        if (next !== NOT_ACCEPTED && table.count(next) <= 2) {
          seen.add(next);
        }
      }
    }
    expect(new Set([...seen].map((state) => table.stateName(state))).size).toBe(table.states.length);
    for (let round = 0; round < seen.size; round += 1) {
      for (const state of seen) {
        const reaches = table.events.some((_, event) => toRest.has(table.next(state, event)));
        if (table.isAtRest(state) || reaches) {
          toRest.add(state);
        }
      }
    }
    expect(toRest.size).toBe(seen.size);
  });
});

test.each([
  ['device', 'PROBE ATS_ON OWN RELEASE', 'absent'],
  ['device', 'PROBE PROBE', 'PROBE while present'],
  ['device', 'PROBE ATS_OFF', 'ATS_OFF while present'],
  ['device', 'PROBE OWN OWN', 'OWN while owned'],
  ['device', 'PROBE RELEASE ATS_ON', 'ATS_ON while absent'],
  ['domain', 'CREATE ATTACH ATTACH MAP DETACH UNMAP', 'live, count 1'],
  ['domain', 'CREATE ATTACH FREE', 'FREE while live, count 1'],
  ['domain', 'CREATE DETACH', 'DETACH while live'],
  ['domain', 'CREATE FREE MAP', 'MAP while freed'],
  ['domain', 'CREATE FREE FREE', 'FREE while freed'],
  ['group', 'CLAIM_KERNEL CLAIM_USER', 'CLAIM_USER while kernel'],
  ['group', 'CLAIM_USER ATTACH RELEASE', 'RELEASE while user, count 1'],
  ['group', 'CLAIM_USER ATTACH DETACH RELEASE CLAIM_KERNEL', 'kernel'],
  ['group', 'ATTACH', 'ATTACH while unowned'],
  ['pasid', 'ALLOC SET SET CLEAR PUT', 'PUT while allocated, count 1'],
  ['pasid', 'SET', 'SET while free'],
  ['pasid', 'ALLOC ALLOC', 'ALLOC while allocated'],
  ['pasid', 'ALLOC SET CLEAR PUT', 'free'],
  ['subdevice', 'CREATE ATTACH REMOVE', 'REMOVE while attached'],
  ['subdevice', 'CREATE ATTACH DETACH REMOVE', 'none'],
  ['page-request', 'QUEUED DELIVERED ANSWERED ANSWERED', 'ANSWERED while closed'],
  ['page-request', 'ANSWERED', 'ANSWERED while closed'],
  ['invalidation', 'SUBMITTED COMPLETED', 'COMPLETED while submitted'],
  ['invalidation', 'SUBMITTED EFFECTIVE COMPLETED', 'idle'],
  ['hwpt', 'ALLOCATE ATTACH NEST DETACH DESTROY', 'DESTROY while allocated, count 1'],
  ['hwpt', 'ALLOCATE DESTROY ATTACH', 'ATTACH while destroyed'],
])('%s: %s → %s', (name, events, outcome) => {
  expect(send(compileLifecycle(machines.get(name) as AnyStateMachine), events)).toBe(outcome);
});
