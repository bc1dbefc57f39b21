import { expect, test } from 'vitest';
import { compile, type CompileOptions } from '../../src/statechart/compile.js';
import { TransitionCoverage } from '../../src/statechart/coverage.js';
import { resolver } from '../../src/statechart/library.js';
import { Linker } from '../../src/statechart/link.js';
import { END } from '../../src/statechart/program.js';
import { ERRNO } from '../../src/vocabulary/errno.js';
import { attach, flushAll, setEntry, steps } from './samples.js';

const driver = { name: 'driver@1', procedures: [setEntry, flushAll], steps };
const options: CompileOptions = {
  owner: { name: 'design', procedures: [attach], steps },
  linker: new Linker(resolver(driver, {})),
};

/** Run a call of `attach` at a base of 3 with the results given for its steps; the points passed and the outcome. */
function run(results: readonly number[], compiled = compile(attach, options)) {
  const words = new Int32Array(32);
  const file = { words, set: (index: number, value: number) => void (words[index] = value) };
  words[3 + compiled.inputs.device] = 2;
  words[3 + compiled.inputs.domain] = 5;
  const passed: string[] = [];
  let at = compiled.start(file, 3);
  for (const result of results) {
    passed.push(compiled.points[at].state);
    at = compiled.advance(at, result, file, 3);
  }
  return { passed, at, outcome: compiled.outcome, words };
}

test('a call goes through the procedures it calls and returns the result; no register is left set', () => {
  // lock, load (nothing there), allocate (id 6), store, unlock
  const { passed, at, outcome, words } = run([0, 0, 6, 0, 0]);
  expect(passed).toEqual(['lock', 'read', 'allocate', 'write', 'unlock']);
  expect(at).toBe(END);
  expect(outcome).toBe(6);
  expect(words.every((word) => word === 0)).toBe(true);
});

test('an errno of the driver takes the unwinding edges and is returned negated', () => {
  const { passed, outcome, words } = run([0, 0, -ERRNO.ENOSPC, 0, 0, 0]);
  expect(passed).toEqual(['lock', 'read', 'allocate', 'flush', 'flush', 'unlock']);
  expect(outcome).toBe(-ERRNO.ENOSPC);
  expect(words.every((word) => word === 0)).toBe(true);
});

test('copies of one machine share the names of points and are told apart by their callers', () => {
  const program = compile(attach, options);
  expect(program.points.map((point) => [...point.callers, point.name].join(' > ')).sort()).toEqual([
    'design/attach/change > driver@1/setEntry/allocate',
    'design/attach/change > driver@1/setEntry/flush > driver@1/flushAll/flush',
    'design/attach/change > driver@1/setEntry/write',
    'design/attach/lock',
    'design/attach/read',
    'design/attach/undo > driver@1/flushAll/flush',
    'design/attach/unlock',
  ]);
  expect(program.points.every((point, index) => point.index === index)).toBe(true);
});

test('registers of calls that never overlap in time are shared, by type', () => {
  const program = compile(attach, options);
  // attach 5, setEntry 5, flushAll 3 below it; the flushAll of `undo` reuses those.
  expect(program.registerTypes.length).toBe(13);
  for (const point of program.points) {
    for (const register of Object.values(point.scope)) {
      expect(program.registerTypes[register]).toMatch(/^(int|ref)$/);
    }
  }
});

test('a register is live from its last write to its last read', () => {
  const program = compile(attach, options);
  const { device, domain, id, old, errno } = program.inputs;
  const live = (state: string) =>
    [...(program.live[program.points.find((point) => point.state === state)?.index ?? -1] ?? [])].sort(
      (a, b) => a - b,
    );
  const sorted = (...of: number[]) => of.sort((a, b) => a - b);
  // Before the read: `old` is written by it; `errno` starts at 0 and is compared at the end; `id` is returned.
  expect(live('lock')).toEqual(sorted(device, domain, id, errno));
  expect(live('read')).toEqual(sorted(device, domain, id, errno));
  expect(live('unlock')).toEqual(sorted(device, id, errno));
  expect(live('lock')).not.toContain(old);
});

test('a step taken out by its name, or by the name of its point, is marked at every copy', () => {
  const skipped = (without: string) =>
    compile(attach, { ...options, without: new Set([without]) })
      .points.filter((point) => point.skipped)
      .map((point) => point.name);
  expect(skipped('flush')).toEqual(['driver@1/flushAll/flush', 'driver@1/flushAll/flush']);
  expect(skipped('driver@1/setEntry/write')).toEqual(['driver@1/setEntry/write']);
  expect(skipped('nothing')).toEqual([]);
});

test('transitions are counted by their machine, over all copies and programs', () => {
  const coverage = new TransitionCoverage();
  run([0, 0, 6, 0, 0], compile(attach, { ...options, coverage }));
  run([2, 3, 6], compile(attach, { ...options, coverage }));
  const taken = coverage.names.flatMap((_, id) =>
    coverage.hits[id] > 0 ? [`${coverage.describe(id)} ${coverage.hits[id]}`] : [],
  );
  expect(taken.sort()).toEqual([
    'design/attach: change --done[0]--> unlock 1',
    'design/attach: compare --always[1]--> change 1',
    'design/attach: compare --always[2]--> change 1',
    'design/attach: lock --done[0]--> read 2',
    'design/attach: read --done[0]--> compare 2',
    'design/attach: unlock --done[0]--> attached 1',
    'driver@1/setEntry: allocate --done[0]--> write 2',
    'driver@1/setEntry: write --done[1]--> end 1',
  ]);
  expect(
    coverage.names
      .filter((name) => name.isError)
      .map(({ machine, state, branch }) => `${machine} ${state} ${branch}`),
  ).toEqual(
    expect.arrayContaining([
      'attach change 0',
      'attach change 1',
      'setEntry allocate 0',
      'setEntry allocate 1',
    ]),
  );
});

test('a step that cannot fail takes no edge of failure, whatever it gives', () => {
  const [, , toCompare] = run([0, 7, 0]).passed;
  expect(run([0, -7, 0]).passed[0]).toBe('lock');
  expect(run([-1, 7, 0]).passed).toEqual(['lock', 'read', toCompare]);
});

test('an errno that is not positive stops the run: the machine is wrong', () => {
  const words = new Int32Array(8);
  const program = compile(setEntry, { ...options, owner: driver });
  const file = { words, set: (index: number, value: number) => void (words[index] = value) };
  const at = program.start(file, 0);
  const write = program.advance(at, 3, file, 0);
  words[program.inputs.id] = -4;
  expect(() => program.advance(write, 0, file, 0)).toThrow(
    'driver@1/setEntry: a result is not negative, not -4',
  );
});
