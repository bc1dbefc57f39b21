import fc from 'fast-check';
import type { Instruction } from './program-model.js';

/** Two agents add one to a counter without a lock; the last line of each expects both to have counted once both have. */
export function unlockedCounter(): Instruction[][] {
  const adder: Instruction[] = [{ does: 'begin' }, { does: 'load', on: 0 }, { does: 'storeNext', on: 0 }];
  return [adder, [...adder, { does: 'expect', on: 0, to: 2 }]];
}

/** Each agent's steps touch only its own variable, so nothing orders them. */
export function independent(agents: number, steps: number): Instruction[][] {
  return Array.from({ length: agents }, (_, agent) =>
    Array.from({ length: steps }, (): Instruction => ({ does: 'set', on: agent, to: 1 })),
  );
}

/** Two locks, taken in opposite order. */
export function crossedLocks(): Instruction[][] {
  const taking = (first: number, second: number): Instruction[] => [
    { does: 'begin' },
    { does: 'lock', on: first },
    { does: 'lock', on: second },
    { does: 'unlock', on: second },
    { does: 'unlock', on: first },
  ];
  return [taking(0, 1), taking(1, 0)];
}

/** `set` 1, then expect it; another agent sets 0. With `padding` steps before, only a switch at one place is seen. */
export function narrowWindow(padding: number): Instruction[][] {
  const pad = Array.from({ length: padding }, (): Instruction => ({ does: 'local', to: 1 }));
  return [
    [{ does: 'begin' }, ...pad, { does: 'set', on: 0, to: 1 }, { does: 'expect', on: 0, to: 1 }],
    [{ does: 'begin' }, { does: 'set', on: 0, to: 0 }],
  ];
}

/** Two agents, each with a first operation that matters to nobody, enter a section that only one may be in. */
export function unguardedSection(): Instruction[][] {
  const enter: Instruction[] = [
    { does: 'begin' },
    { does: 'load', on: 1 },
    { does: 'local', to: 2 },
    { does: 'begin' },
    { does: 'load', on: 0 },
    { does: 'expectOwn', to: 0 },
    { does: 'set', on: 0, to: 1 },
    { does: 'load', on: 1 },
    { does: 'set', on: 0, to: 0 },
  ];
  return [enter, enter];
}

const instruction: fc.Arbitrary<Instruction> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Instruction>({ does: 'begin' }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('local' as const), to: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('set' as const), on: fc.nat(1), to: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('load' as const), on: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('storeNext' as const), on: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.constant<Instruction>({ does: 'choose' }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('lock' as const), on: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('unlock' as const), on: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('expect' as const), on: fc.nat(1), to: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('expectOwn' as const), to: fc.nat(2) }) },
);

/** More and longer ones: too many interleavings to try each. */
export const largerPrograms: fc.Arbitrary<Instruction[][]> = fc.array(
  fc.array(instruction, { minLength: 2, maxLength: 6, size: 'max' }),
  { minLength: 2, maxLength: 3 },
);

/** Two or three agents with a few instructions each. */
export const somePrograms: fc.Arbitrary<Instruction[][]> = fc.oneof(
  fc.array(fc.array(instruction, { minLength: 1, maxLength: 6, size: 'max' }), {
    minLength: 2,
    maxLength: 2,
  }),
  fc.array(fc.array(instruction, { minLength: 1, maxLength: 3, size: 'max' }), {
    minLength: 3,
    maxLength: 3,
  }),
);
