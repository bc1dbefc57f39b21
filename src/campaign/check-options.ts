import { type DesignPair, compilePair } from '../catalog/build-world.js';
import { InputError, unknownName } from '../catalog/input-error.js';
import { mendsOf } from '../catalog/mend-choice.js';
import type { Choice } from './choice.js';

/** Least and most of an option that is a whole number. */
export type Range = readonly [least: number, most: number];

/** Numbers of a caller of the library, who has no command line that looks at them; those left out have defaults. */
export function checkNumbers<T extends object>(
  options: T,
  ranges: { readonly [Name in keyof T]?: Range },
): void {
  for (const [name, [least, most]] of Object.entries<Range>(ranges as Record<string, Range>)) {
    const value: unknown = options[name as keyof T];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || Number(value) < least || Number(value) > most)
      throw new InputError(`${name} must be a whole number from ${least} to ${most}`);
  }
}

/** A mend or step that there is not would leave the design as it is, without a word. */
export function checkNames(pair: DesignPair, mends: readonly string[], choice: Choice): void {
  const { design, driver } = pair;
  const { mends: asked = { mended: 'none' as const }, without = [], swaps = [] } = choice;
  const known = new Set(mendsOf(design.value, driver.value).map(({ name }) => name));
  const named = 'only' in asked ? asked.only : 'allBut' in asked ? asked.allBut : [];
  for (const name of named) if (!known.has(name)) throw unknownName('mend', name, known);
  if (without.length === 0 && swaps.length === 0) return;
  const { points } = compilePair(pair, mends);
  const full = new Set(points.map(({ name }) => name));
  const steps = new Set([...full, ...points.map(({ program, local }) => program.points[local].src)]);
  for (const name of without) if (!steps.has(name)) throw unknownName('step', name, steps);
  for (const name of swaps.flat()) if (!full.has(name)) throw unknownName('step', name, full);
}
