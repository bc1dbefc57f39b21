import { expect, test } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import type { ChartState } from '../../src/statechart/chart.js';
import { StatechartError } from '../../src/statechart/error.js';
import { neighbouringFlushes, type Swap } from '../../src/statechart/exchange.js';
import { type Owner, resolver } from '../../src/statechart/library.js';
import { Linker } from '../../src/statechart/link.js';
import { args, procedure, reg, registers } from '../../src/statechart/procedure.js';
import { shape } from './samples.js';

const steps = {
  flush: shape(['id'], { kind: 'flush' }),
  wait: shape(['ticket'], { kind: 'wait' }),
  store: shape(['value'], { kind: 'store' }),
  read: shape([], { kind: 'read' }),
};

const keep = (register: string) => ({ type: 'keep', params: { register } }) as const;
const invoke = (src: string, input: Parameters<typeof args>[0], onDone: object | object[]) => ({
  invoke: { src, input: args(input), onDone },
});
const flush = (id: number, target: string, register: 'ticket' | 'other' = 'ticket') =>
  invoke('flush', { id }, { target, actions: keep(register) });
const wait = (target: string, register: 'ticket' | 'other' = 'ticket') =>
  invoke('wait', { ticket: reg(register) }, { target });
const store = (target: string, value: number | 'n' = 1) =>
  invoke('store', { value: value === 'n' ? reg('n') : value }, { target });
const end = { type: 'final' };

function linked(states: object, swaps: readonly Swap[] = []) {
  const machine = procedure.createMachine({
    id: 'm',
    context: registers({ n: 'int', ticket: 'int', other: 'int' }),
    initial: Object.keys(states)[0],
    states: { ...states, end },
  } as never);
  const owner: Owner = { name: 'own', procedures: [machine as unknown as AnyStateMachine], steps };
  return new Linker(resolver(owner, {}), swaps).link(owner.procedures[0], owner);
}

/** The states in the order in which they are come to, a choice taking the branch of the number. */
function order(states: object, first: string, second: string, branch = 0): string {
  const { chart } = linked(states, [[`own/m/${first}`, `own/m/${second}`]]);
  const path: string[] = [];
  for (let name = chart.initial; name !== 'end'; ) {
    const state = chart.states.get(name) as ChartState;
    if (state.kind === 'invoke') path.push(name);
    if (state.kind === 'choice') name = state.always[branch].target;
    else if (state.kind === 'invoke') name = state.done[0].target;
  }
  return path.join(' ');
}

function refusal(states: object, first: string, second: string): string {
  try {
    order(states, first, second);
  } catch (error) {
    if (error instanceof StatechartError) return error.reason;
    throw error;
  }
  return '';
}

const stores = { a: store('b'), b: store('c'), c: store('end') };
const flushes = {
  flushA: flush(1, 'waitA'),
  waitA: wait('flushB'),
  flushB: flush(2, 'waitB'),
  waitB: wait('last'),
  last: store('end'),
};
const chosen = {
  flushA: flush(1, 'waitA'),
  waitA: wait('which'),
  which: {
    always: [
      { guard: { type: 'is', params: { register: 'n', value: 1 } }, target: 'flushB' },
      { target: 'flushC' },
    ],
  },
  flushB: flush(2, 'waitB'),
  flushC: flush(3, 'waitB'),
  waitB: wait('end'),
};

test('a step that follows another changes places with it', () => {
  expect(order(stores, 'a', 'b')).toBe('b a c');
  expect(order(stores, 'b', 'c')).toBe('a c b');
});

test('a flush takes its wait along', () => {
  expect(order(flushes, 'flushA', 'flushB')).toBe('flushB waitB flushA waitA last');
  expect(order(flushes, 'flushB', 'last')).toBe('flushA waitA last flushB waitB');
});

test('a choice between flushes takes along all that it chooses among', () => {
  expect(order(chosen, 'flushA', 'flushB')).toBe('flushB waitB flushA waitA');
  expect(order(chosen, 'flushA', 'flushB', 1)).toBe('flushC waitB flushA waitA');
  expect(order(chosen, 'flushA', 'flushC', 1)).toBe('flushC waitB flushA waitA');
});

test('neighbouring flushes are found, of those chosen among one', () => {
  const found = (states: object) => {
    const { chart, invokes } = linked(states);
    return neighbouringFlushes(chart, invokes);
  };
  expect(found(flushes)).toEqual([['flushA', 'flushB']]);
  expect(found(chosen)).toEqual([['flushA', 'flushB']]);
  expect(found(stores)).toEqual([]);
});

test('swaps of other machines change nothing', () => {
  const { chart } = linked(stores, [['own/other/a', 'own/other/b']]);
  expect(chart.initial).toBe('a');
});

const refused: readonly [what: string, states: object, first: string, second: string, says: string][] = [
  ['steps apart', stores, 'a', 'c', 'do not follow'],
  ['steps in the other order', stores, 'b', 'a', 'do not follow'],
  [
    'a flush behind another step',
    { ...flushes, waitA: wait('last'), last: store('flushB'), waitB: wait('end') },
    'flushA',
    'flushB',
    'do not follow',
  ],
  [
    'a step that decides where to go on',
    {
      a: invoke('read', {}, [
        { guard: { type: 'resultIs', params: { value: 0 } }, target: 'end' },
        { target: 'b' },
      ]),
      b: store('end'),
    },
    'a',
    'b',
    'decides where to go on',
  ],
  [
    'a step that needs what the other gives',
    { a: invoke('read', {}, { target: 'b', actions: keep('n') }), b: store('end', 'n') },
    'a',
    'b',
    'needs n',
  ],
  [
    'steps that both give what is needed later',
    {
      flushA: flush(1, 'flushB'),
      flushB: flush(2, 'store'),
      store: store('waitB'),
      waitB: wait('end'),
    },
    'flushA',
    'flushB',
    'needed later',
  ],
  [
    'a step that is also come to from elsewhere',
    {
      start: {
        always: [
          { guard: { type: 'is', params: { register: 'n', value: 1 } }, target: 'b' },
          { target: 'a' },
        ],
      },
      ...stores,
    },
    'a',
    'b',
    'also come to from start',
  ],
  ['a loop', { a: store('b'), b: store('a') }, 'a', 'b', 'round in a loop'],
  ['no step', { ...stores, c: { always: [{ target: 'end' }] } }, 'b', 'c', 'is no step'],
];
test.each(refused)('%s cannot be exchanged', (_, states, first, second, says) => {
  expect(refusal(states, first, second)).toContain(says);
});
