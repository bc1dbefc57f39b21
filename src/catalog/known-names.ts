import type { Swap } from '../statechart/exchange.js';
import { compilePair, type DesignPair } from './build-world.js';
import { InputError, unknownName } from './input-error.js';
import { mendsOf } from './mend-choice.js';

/** A design on its driver, with the mends that are chosen. */
export interface MendedPair {
  readonly pair: DesignPair;
  readonly mends: readonly string[];
}

/** The steps of a design on a driver, each once, in the order in which its procedures are written. */
export function stepPoints({ pair, mends }: MendedPair) {
  const compiled = compilePair(pair, mends);
  const programs = [...new Set([...compiled.firstPoint.keys()])];
  const steps = new Map<string, (typeof programs)[number]['points'][number]>();
  for (const program of programs) {
    for (const point of program.points)
      if (!point.step.instant && !steps.has(point.name)) steps.set(point.name, point);
  }
  return [...steps.values()];
}

/** A mend that none of the pairs has is a slip of the keyboard, and would leave the design as it is without a word. */
export function checkMends(asked: readonly string[], among: readonly MendedPair[]): void {
  const known = new Set(
    among.flatMap(({ pair }) => mendsOf(pair.design.value, pair.driver.value).map(({ name }) => name)),
  );
  for (const name of asked) if (!known.has(name)) throw unknownName('mend', name, known);
}

/** So is a step that none has; two that change places are steps of one machine. Whether they can is found by compiling. */
export function checkSteps(
  { without, swaps }: { readonly without: readonly string[]; readonly swaps: readonly Swap[] },
  among: readonly MendedPair[],
): void {
  if (without.length === 0 && swaps.length === 0) return;
  const points = among.flatMap(stepPoints);
  const full = new Set(points.map(({ name }) => name));
  const steps = new Set(points.flatMap(({ name, src }) => [name, src]));
  for (const name of without) if (!steps.has(name)) throw unknownName('step', name, steps);
  const machineOf = (step: string) => step.slice(0, step.lastIndexOf('/'));
  for (const [first, second] of swaps) {
    for (const name of [first, second]) if (!full.has(name)) throw unknownName('step', name, full);
    if (machineOf(first) !== machineOf(second))
      throw new InputError(`${first} and ${second} are steps of two machines: they cannot be exchanged`);
  }
}
