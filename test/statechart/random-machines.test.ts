import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { compareProcedure, compareWalks } from '../../src/statechart/agreement.js';
import { StatechartError } from '../../src/statechart/error.js';
import { resolver } from '../../src/statechart/library.js';
import { args, procedure, reg, registers, result } from '../../src/statechart/procedure.js';
import { ERRNO } from '../../src/vocabulary/errno.js';
import { shape } from './samples.js';
import { seeded } from './seeded.js';

const steps = {
  plain: shape(['a', 'b']),
  failing: shape(['a', 'b'], { errors: ['EBUSY', 'ENOMEM'], statics: ['field'] }),
};
const REGISTERS = ['x', 'y', 'z'];

const register = fc.constantFrom(...REGISTERS);
const small = fc.nat({ max: 3 });
const argument = fc.oneof(small, register.map(reg));
const use = (type: string, params: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ type: fc.constant(type), params: fc.record(params) });

const registerGuards = [
  ...['is', 'isNot', 'below', 'atLeast'].map((type) => use(type, { register, value: small })),
  ...['same', 'differs'].map((type) => use(type, { left: register, right: register })),
];
const GUARDS_IN = {
  always: fc.oneof(...registerGuards),
  onDone: fc.oneof(
    ...registerGuards,
    ...['resultIs', 'resultIsNot', 'resultBelow'].map((type) => use(type, { value: small })),
  ),
  onError: fc.oneof(...registerGuards, use('errorIs', { errno: fc.constantFrom(ERRNO.EBUSY, ERRNO.ENOMEM) })),
};
const registerActions = [
  use('set', { register, value: small }),
  use('copy', { from: register, to: register }),
  use('add', { register, value: fc.integer({ min: -1, max: 2 }) }),
];
const keep = use('keep', { register });

/** Branches of one event: guarded ones and a default. Targets are numbers of states. */
const branches = (event: keyof typeof GUARDS_IN) => {
  const actions = fc.array(
    event === 'always' ? fc.oneof(...registerActions) : fc.oneof(keep, ...registerActions),
    {
      maxLength: 2,
    },
  );
  const target = fc.nat({ max: 30 });
  return fc
    .tuple(
      fc.array(fc.record({ target, actions, guard: GUARDS_IN[event] }), { maxLength: 2 }),
      fc.record({ target, actions }),
    )
    .map(([guarded, otherwise]) => [...guarded, otherwise]);
};

const state = fc.oneof(
  fc.record({ kind: fc.constant('final') }),
  fc.record({ kind: fc.constant('fail'), errno: fc.oneof(fc.constant(ERRNO.EIO), register.map(reg)) }),
  fc.record({ kind: fc.constant('choice'), always: branches('always') }),
  fc.record({ kind: fc.constant('step'), a: argument, b: argument, onDone: branches('onDone') }),
  fc.record({
    kind: fc.constantFrom('failing', 'call'),
    a: argument,
    b: argument,
    onDone: branches('onDone'),
    onError: branches('onError'),
  }),
);

// biome-ignore lint/suspicious/noExplicitAny: machines made at random have no static type.
type Any = any;

/** A machine whose calls, if it makes any, are of the procedure named. */
function build(id: string, states: readonly Any[], callee: string | undefined): AnyStateMachine {
  const name = (index: number) => `s${index % states.length}`;
  const to = (list: readonly Any[]) =>
    list.map((branch) => ({ ...branch, target: name(branch.target), reenter: true }));
  /** Choices lead onward only: most loops without a step are avoided that way. */
  const onward = (list: readonly Any[], from: number) =>
    to(
      list.map((branch) => ({ ...branch, target: from + 1 + (branch.target % (states.length - from - 1)) })),
    );
  const config = (given: Any, index: number): object => {
    const { kind, a, b, onDone, onError, always, errno } = given;
    switch (kind) {
      case 'final':
        return { type: 'final' };
      case 'fail':
        return { invoke: { src: 'fail', input: args({ errno }) } };
      case 'choice':
        return index === states.length - 1 ? { type: 'final' } : { always: onward(always, index) };
      case 'step':
        return { invoke: { src: 'plain', input: args({ a, b }), onDone: to(onDone) } };
      default:
        return kind === 'call' && callee
          ? { invoke: { src: callee, input: args({ x: a, z: b }), onDone: to(onDone), onError: to(onError) } }
          : {
              invoke: {
                src: 'failing',
                input: args({ field: 'a.b', a, b }),
                onDone: to(onDone),
                onError: to(onError),
              },
            };
    }
  };
  return (procedure.createMachine as Any)({
    id,
    context: registers({ x: 'int', y: 'int', z: 'int' }),
    output: result('y'),
    initial: 's0',
    states: Object.fromEntries(states.map((given, index) => [`s${index}`, config(given, index)])),
  });
}

test('random machines of the subset, three deep, agree with XState', () => {
  let agreed = 0;
  let compared = 0;
  const machines = fc.tuple(...[1, 2, 3].map(() => fc.array(state, { minLength: 1, maxLength: 8 })));
  fc.assert(
    fc.property(machines, fc.nat(), ([outer, middle, inner], seed) => {
      const procedures = [
        build('outer', outer, 'middle'),
        build('middle', middle, 'inner'),
        build('inner', inner, undefined),
      ];
      const owner = { name: 'random', procedures, steps };
      const options = { owner, resolve: resolver(undefined, {}) };
      try {
        for (const machine of procedures) {
          const both = [
            compareProcedure(machine, options),
            compareWalks(machine, options, seeded(seed), 4, 20),
          ];
          expect(both.flatMap((each) => each.differences)).toEqual([]);
          compared += both.reduce((sum, each) => sum + each.compared, 0);
        }
        agreed += 1;
      } catch (error) {
        // A loop that does no step is outside the subset, and random machines do have some.
        if (!(error instanceof StatechartError && error.reason.includes('never does a step'))) {
          throw error;
        }
      }
    }),
    { numRuns: 150, seed: 20 },
  );
  expect(agreed).toBeGreaterThan(75);
  expect(compared).toBeGreaterThan(5000);
});
