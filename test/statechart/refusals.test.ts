import { assign, not, raise, sendTo, spawnChild } from 'xstate';
import { expect, test } from 'vitest';
import { compile } from '../../src/statechart/compile.js';
import { StatechartError } from '../../src/statechart/error.js';
import { counted, lifecycle } from '../../src/statechart/lifecycle.js';
import { compileLifecycle } from '../../src/statechart/lifecycle-table.js';
import { resolver } from '../../src/statechart/library.js';
import { Linker } from '../../src/statechart/link.js';
import { args, procedure, reg, registers, result } from '../../src/statechart/procedure.js';
import { setEntry, shape, steps } from './samples.js';

// biome-ignore lint/suspicious/noExplicitAny: what is refused here is partly refused by the types already.
type Any = any;

const end = { type: 'final' };
const load = { src: 'load', input: args({ field: 'a.b', of: reg('of') }), onDone: 'end' };
const allocate = { src: 'allocate', input: args({ low: 1, high: 2 }), onDone: 'end', onError: 'end' };
const guard = (type: string, params: object) => ({ type, params });

/** A machine `m` whose first state is `s`. */
function machine(s: object, rest: object = {}, states: object = {}): Any {
  return (procedure.createMachine as Any)({
    id: 'm',
    context: registers({ of: 'ref', n: 'int', page: 'frame', old: 'ref' }),
    initial: 's',
    states: { s, end, ...states },
    ...rest,
  });
}

const driver = {
  name: 'drv',
  procedures: [setEntry],
  steps: { ...steps, flushAll: shape(['device', 'domain']) },
};
const crowded = { ...steps, crowded: shape(['a', 'b', 'c', 'd', 'e', 'f']) };

function refusal(given: Any, procedures: Any[] = [given]): string {
  const owner = { name: 'own', procedures, steps: crowded, file: 'own.ts' };
  try {
    compile(given, { owner, linker: new Linker(resolver(driver, {})) });
  } catch (error) {
    expect(error).toBeInstanceOf(StatechartError);
    return (error as StatechartError).message;
  }
  return 'accepted';
}

const at = (reason: string) => `own.ts: machine m, state s: ${reason}`;
const whole = (reason: string) => `own.ts: machine m: ${reason}`;
const branchTo = (branch: object) => machine({ invoke: { ...load, onDone: [branch, 'end'] } });
const edgeTo = (action: object) =>
  machine({ invoke: { ...load, onDone: { target: 'end', actions: action } } });
const onError = (branch: object) => machine({ invoke: { ...allocate, onError: [branch, 'end'] } });
const choice = (...always: unknown[]) => machine({ always });

const REFUSALS: [what: string, given: () => Any, message: string][] = [
  [
    'parallel',
    () => machine({ type: 'parallel', states: { a: {}, b: {} } }),
    at('parallel states are refused: an agent does one thing at a time'),
  ],
  [
    'history',
    () => machine({ type: 'history' }),
    at('history states are refused: keep what matters in a register'),
  ],
  [
    'nested states',
    () => machine({ initial: 'a', states: { a: {} } }),
    at('nested states are refused: a machine of the subset is flat'),
  ],
  [
    'after',
    () => machine({ invoke: load, after: { 5: 'end' } }),
    at('delayed transitions (`after`) are refused: time passes in steps only'),
  ],
  [
    'entry',
    () => machine({ invoke: load, entry: 'x' }),
    at('`entry` actions are refused: put them on the transitions'),
  ],
  [
    'exit',
    () => machine({ invoke: load, exit: 'x' }),
    at('`exit` actions are refused: put them on the transitions'),
  ],
  [
    'entry of the machine',
    () => machine({ invoke: load }, { entry: 'x' }),
    whole('`entry` actions are refused: put them on the transitions'),
  ],
  [
    'events',
    () => machine({ invoke: load, on: { GO: 'end' } }),
    at('a procedure takes no events (`on`): what happens outside is read by a step'),
  ],
  [
    'wildcards',
    () => machine({ invoke: load, on: { '*': 'end' } }),
    at('a procedure takes no events (`on`): what happens outside is read by a step'),
  ],
  [
    'several invokes',
    () => machine({ invoke: [load, load] }),
    at('several invokes in one state: a step is one invoke'),
  ],
  [
    'an empty state',
    () => machine({}),
    at('a procedure state is exactly one of: final, a choice (`always`), or one step (`invoke`)'),
  ],
  [
    'a step that is also a choice',
    () => machine({ invoke: load, always: 'end' }),
    at('a procedure state is exactly one of: final, a choice (`always`), or one step (`invoke`)'),
  ],
  [
    'output of a state',
    () => machine({ type: 'final', output: 3 }),
    at('a state has no `output`: the procedure has one, `result(register)`'),
  ],
  [
    'spawn',
    () => branchTo({ target: 'end', actions: spawnChild('x' as Any) }),
    at('an action of onDone is `xstate.spawnChild`: only named actions are compiled'),
  ],
  [
    'sendTo',
    () => branchTo({ target: 'end', actions: sendTo('x', { type: 'X' }) }),
    at('an action of onDone is `xstate.sendTo`: only named actions are compiled'),
  ],
  [
    'raise',
    () => branchTo({ target: 'end', actions: raise({ type: 'X' }) }),
    at('an action of onDone is `xstate.raise`: only named actions are compiled'),
  ],
  [
    'assign in place',
    () => branchTo({ target: 'end', actions: assign({}) }),
    at('an action of onDone is `xstate.assign`: only named actions are compiled'),
  ],
  [
    'a function as guard',
    () => branchTo({ target: 'end', guard: () => true }),
    at('a guard of onDone is a function: only named guards and `and` of them are compiled'),
  ],
  [
    'not',
    () => branchTo({ target: 'end', guard: not('is' as Any) }),
    at(
      'a guard of onDone is a combination other than `and`: only named guards and `and` of them are compiled',
    ),
  ],
  [
    'an unknown guard',
    () => branchTo({ target: 'end', guard: guard('peek', {}) }),
    at("unknown guard 'peek' of onDone"),
  ],
  [
    'an unknown action',
    () => branchTo({ target: 'end', actions: guard('poke', {}) }),
    at("unknown action 'poke' of onDone"),
  ],
  [
    'computed parameters',
    () => branchTo({ target: 'end', guard: { type: 'is', params: () => ({}) } }),
    at("guard 'is' of onDone computes its parameters: they must be constants"),
  ],
  [
    'missing parameters',
    () => branchTo({ target: 'end', guard: guard('is', { register: 'n' }) }),
    at("guard 'is' takes register, value; it is given register"),
  ],
  [
    'a parameter that is no integer',
    () => branchTo({ target: 'end', guard: guard('is', { register: 'n', value: 0.5 }) }),
    at("guard 'is': value is not a 32-bit integer"),
  ],
  [
    'an unknown register of a guard',
    () => branchTo({ target: 'end', guard: guard('is', { register: 'x', value: 0 }) }),
    at("unknown register 'x' in guard 'is'"),
  ],
  [
    'an unknown register of an action',
    () => edgeTo(guard('keep', { register: 'x' })),
    at("unknown register 'x' in action 'keep'"),
  ],
  [
    'an unknown register of an input',
    () => machine({ invoke: { ...load, input: args({ field: 'a.b', of: reg('x') }) } }),
    at("unknown register 'x' in input 'of'"),
  ],
  [
    'an unknown register of the output',
    () => machine({ invoke: load }, { output: result('x') }),
    whole("unknown register 'x' in `output`"),
  ],
  [
    'errorIs in onDone',
    () => branchTo({ target: 'end', guard: guard('errorIs', { errno: 5 }) }),
    at("guard 'errorIs' in onDone: it can be used in onError only"),
  ],
  [
    'resultIs in onError',
    () => onError({ target: 'end', guard: guard('resultIs', { value: 5 }) }),
    at("guard 'resultIs' in onError: it can be used in onDone only"),
  ],
  [
    'resultIs in a choice',
    () => choice({ target: 'end', guard: guard('resultIs', { value: 5 }) }, 'end'),
    at("guard 'resultIs' in always: it can be used in onDone only"),
  ],
  [
    'keep in a choice',
    () => choice({ target: 'end', actions: guard('keep', { register: 'n' }) }),
    at("action 'keep' in a choice: keep the result on the edge of its step"),
  ],
  [
    'a handle compared with a number',
    () => branchTo({ target: 'end', guard: guard('is', { register: 'of', value: 3 }) }),
    at("guard 'is' on register 'of' of type ref: compare it with 0 or another register"),
  ],
  [
    'an order of frames',
    () => branchTo({ target: 'end', guard: guard('below', { register: 'page', value: 0 }) }),
    at("guard 'below' on register 'page' of type frame: compare it with 0 or another register"),
  ],
  [
    'comparing types',
    () => branchTo({ target: 'end', guard: guard('same', { left: 'of', right: 'n' }) }),
    at("guard 'same' compares register 'of' of type ref with 'n' of type int"),
  ],
  [
    'copying between types',
    () => edgeTo(guard('copy', { from: 'of', to: 'n' })),
    at("action 'copy' copies register 'of' of type ref to 'n' of type int"),
  ],
  [
    'adding to a handle',
    () => edgeTo(guard('add', { register: 'of', value: 1 })),
    at("action 'add' on register 'of' of type ref"),
  ],
  [
    'no target',
    () => branchTo({ guard: guard('resultIs', { value: 1 }) }),
    at('a transition of onDone has no target: name the state it stays in, with `reenter: true`'),
  ],
  [
    'itself without reenter',
    () => branchTo({ target: 's', guard: guard('resultIs', { value: 1 }) }),
    at(
      'a transition of onDone targets its own state without `reenter: true`: XState would not enter it again',
    ),
  ],
  [
    'a guarded last branch',
    () => machine({ invoke: { ...load, onDone: { target: 'end', guard: guard('resultIs', { value: 1 }) } } }),
    at('the last branch of onDone has a guard: nothing says what happens when it does not hold'),
  ],
  [
    'a choice without default',
    () => choice({ target: 'end', guard: guard('is', { register: 'n', value: 1 }) }),
    at('the last branch of always has a guard: nothing says what happens when it does not hold'),
  ],
  [
    'a branch behind the default',
    () => machine({ invoke: { ...load, onDone: ['end', 'end'] } }),
    at('a branch of onDone stands behind one without a guard: it can never be taken'),
  ],
  [
    'a loop of choices',
    () => machine({ always: 't' }, {}, { t: { always: 's' } }),
    at('a loop through choices only never does a step: s → t → s'),
  ],
  ['missing onDone', () => machine({ invoke: { ...load, onDone: undefined } }), at("'load' has no `onDone`")],
  [
    'missing onError',
    () => machine({ invoke: { ...allocate, onError: undefined } }),
    at("step 'allocate' can fail (ENOMEM, ENOSPC) and has no `onError`"),
  ],
  [
    'onError too much',
    () => machine({ invoke: { ...load, onError: 'end' } }),
    at("step 'load' cannot fail and has an `onError`"),
  ],
  [
    'onSnapshot',
    () => machine({ invoke: { ...load, onSnapshot: 'end' } }),
    at('`onSnapshot` and `systemId` are refused: a step only ends or fails'),
  ],
  [
    'an unknown step',
    () => machine({ invoke: { ...load, src: 'lod' } }),
    at("'lod' names neither a procedure nor a step that own can use"),
  ],
  [
    "a driver's step",
    () => machine({ invoke: { ...load, src: 'driver/load' } }),
    at("'driver/load' names neither a procedure nor a step that own can use"),
  ],
  [
    'a machine as src',
    () => machine({ invoke: { ...load, src: setEntry } }),
    at('the `src` of an invoke must be a literal name'),
  ],
  [
    'a free input function',
    () => machine({ invoke: { ...load, input: () => ({}) } }),
    at('the `input` of an invoke must be made by `args({ … })`'),
  ],
  [
    'a missing input',
    () => machine({ invoke: { ...load, input: args({ field: 'a.b' }) } }),
    at("input 'of' of step 'load' is missing"),
  ],
  [
    'a missing static',
    () => machine({ invoke: { ...load, input: args({ of: 1 }) } }),
    at("input 'field' of step 'load' is missing"),
  ],
  [
    'an extra input',
    () => machine({ invoke: { ...load, input: args({ field: 'a.b', of: 1, x: 1 }) } }),
    at("step 'load' has no input 'x'"),
  ],
  [
    'a string for a number',
    () => machine({ invoke: { ...load, input: args({ field: 'a.b', of: 'x' }) } }),
    at("input 'of' of step 'load' takes a number or a register, not a string"),
  ],
  [
    'a number for a static',
    () => machine({ invoke: { ...load, input: args({ field: 4, of: 1 }) } }),
    at("input 'field' of step 'load' is static: it takes a string"),
  ],
  [
    'a fraction',
    () => machine({ invoke: { ...load, input: args({ field: 'a.b', of: 0.5 }) } }),
    at("input 'of' is not a 32-bit integer"),
  ],
  [
    'six inputs',
    () =>
      machine({
        invoke: { src: 'crowded', input: args({ a: 0, b: 0, c: 0, d: 0, e: 0, f: 0 }), onDone: 'end' },
      }),
    at("step 'crowded' declares 6 inputs; the most is 5"),
  ],
  [
    'a call without onError',
    () => machine({ invoke: { src: 'driver/setEntry', onDone: 'end' } }),
    at("'driver/setEntry' can fail and has no `onError`"),
  ],
  [
    'a call with an unknown register',
    () =>
      machine({ invoke: { src: 'driver/setEntry', input: args({ x: 1 }), onDone: 'end', onError: 'end' } }),
    at("procedure 'driver/setEntry' has no register 'x'"),
  ],
  [
    'a call with a string',
    () =>
      machine({
        invoke: { src: 'driver/setEntry', input: args({ device: 'x' }), onDone: 'end', onError: 'end' },
      }),
    at("input 'device' of procedure 'driver/setEntry' takes a number or a register, not a string"),
  ],
  [
    'a call with another type',
    () =>
      machine({
        invoke: { src: 'driver/setEntry', input: args({ device: reg('of') }), onDone: 'end', onError: 'end' },
      }),
    at("input 'device' of procedure 'driver/setEntry' is of type int; the register given is of type ref"),
  ],
  [
    'recursion',
    () => machine({ invoke: { src: 'm', onDone: 'end' } }),
    whole('recursion is refused: own/m → own/m'),
  ],
  [
    'fail with edges',
    () => machine({ invoke: { src: 'fail', input: args({ errno: 5 }), onError: 'end' } }),
    at("'fail' has neither `onDone` nor `onError`: the caller's `onError` receives it"),
  ],
  [
    'fail without errno',
    () => machine({ invoke: { src: 'fail', input: args({ code: 5 }) } }),
    at("'fail' takes exactly one input, `errno`"),
  ],
  [
    'fail with a negated errno',
    () => machine({ invoke: { src: 'fail', input: args({ errno: -5 }) } }),
    at("the `errno` of 'fail' is a positive number or a register"),
  ],
  [
    'fail with a handle',
    () => machine({ invoke: { src: 'fail', input: args({ errno: reg('of') }) } }),
    at("register 'of' holds no errno: it is of type ref"),
  ],
  [
    'a free context',
    () => machine({ invoke: load }, { context: { of: 1 } }),
    whole('`context` must be made by `registers({ … })`'),
  ],
  [
    'a free output',
    () => machine({ invoke: load }, { output: 3 }),
    whole('`output` must be made by `result(register)`'),
  ],
];

test.each(REFUSALS)('refused: %s', (_what, given, message) => {
  expect(refusal(given())).toBe(message);
});

test('an unknown target is refused by XState itself, with machine and state', () => {
  expect(() => machine({ invoke: { ...load, onDone: 'nowhere' } })).toThrow(/m\.s.*nowhere/s);
});

test('recursion through another machine is refused with its path', () => {
  const call = (id: string, src: string) =>
    (procedure.createMachine as Any)({
      id,
      context: registers({}),
      initial: 's',
      states: { s: { invoke: { src, onDone: 'end' } }, end },
    });
  const [a, b] = [call('a', 'b'), call('b', 'a')];
  expect(refusal(a, [a, b])).toBe('own.ts: machine a: recursion is refused: own/a → own/b → own/a');
});

test('a loop through a procedure that does no step is refused', () => {
  const nothing = (procedure.createMachine as Any)({
    id: 'nothing',
    context: registers({}),
    initial: 'end',
    states: { end },
  });
  const spin = machine({ invoke: { src: 'nothing', onDone: { target: 's', reenter: true } } });
  expect(refusal(spin, [spin, nothing])).toBe(
    whole('a loop never does a step: own/nothing/end → own/m/s → own/nothing/end'),
  );
});

test('two procedures of one name are refused', () => {
  const one = machine({ invoke: load });
  expect(refusal(one, [one, machine({ invoke: { ...load, src: 'x' } })])).toBe(
    whole('own has two procedures of this name'),
  );
});

test('a call that cannot fail may have an onError: another driver may fail there', () => {
  const calm = (procedure.createMachine as Any)({
    id: 'calm',
    context: registers({}),
    initial: 'end',
    states: { end },
  });
  const caller = machine({ invoke: { src: 'calm', onDone: 'end', onError: 'end' } });
  expect(refusal(caller, [caller, calm])).toBe('accepted');
});

const cycle = (s: object, rest: object = {}): Any =>
  (lifecycle.createMachine as Any)({
    id: 'l',
    context: counted(),
    initial: 's',
    states: { s, t: {} },
    ...rest,
  });

const LIFECYCLE_REFUSALS: [what: string, given: () => Any, message: string][] = [
  [
    'wildcards',
    () => cycle({ on: { '*': 't' } }),
    "l.ts: machine l, state s: event '*': events are in upper case, and wildcards are refused",
  ],
  [
    'no target',
    () => cycle({ on: { GO: { actions: 'countUp' } } }),
    'l.ts: machine l, state s: a transition of GO has no target: name the state it stays in, with `reenter: true`',
  ],
  [
    'itself without reenter',
    () => cycle({ on: { GO: { target: 's', actions: 'countUp' } } }),
    'l.ts: machine l, state s: a transition of GO targets its own state without `reenter: true`: XState would not enter it again',
  ],
  [
    'counting below 0',
    () => cycle({ on: { GO: { target: 't', actions: 'countDown' } } }),
    'l.ts: machine l, state s: GO counts down without a guard that says the count is above 0',
  ],
  [
    'a guard without a count',
    () => cycle({ on: { GO: { target: 't', guard: guard('countIs', { value: -1 }) } } }),
    "l.ts: machine l, state s: guard 'countIs' takes value, a count",
  ],
  [
    'a branch behind the default',
    () => cycle({ on: { GO: ['t', 't'] } }),
    'l.ts: machine l, state s: a branch of GO stands behind one without a guard: it can never be taken',
  ],
  ['invokes', () => cycle({ invoke: { src: 'x' } }), 'l.ts: machine l, state s: a lifecycle invokes nothing'],
  [
    'choices',
    () => cycle({ always: 't' }),
    'l.ts: machine l, state s: a lifecycle has no choices (`always`): it changes by events only',
  ],
  [
    'final states',
    () => cycle({ type: 'final' }),
    'l.ts: machine l, state s: final states are refused: a state to be left in for good has the tag `rest`',
  ],
  [
    'another context',
    () => cycle({}, { context: { count: 1 } }),
    'l.ts: machine l: `context` must be `counted()`',
  ],
  ['an output', () => cycle({}, { output: 1 }), 'l.ts: machine l: a lifecycle has no `output`'],
  [
    'transitions of the whole',
    () => cycle({}, { on: { GO: '.t' } }),
    'l.ts: machine l: transitions of the machine as a whole are refused: put them on the states',
  ],
];

test.each(LIFECYCLE_REFUSALS)('refused in a lifecycle: %s', (_what, given, message) => {
  expect(() => compileLifecycle(given(), { file: 'l.ts' })).toThrow(
    new StatechartError({ machine: '' }, '').constructor,
  );
  try {
    compileLifecycle(given(), { file: 'l.ts' });
  } catch (error) {
    expect((error as Error).message).toBe(message);
  }
});
