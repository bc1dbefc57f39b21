import { InputError } from '../catalog/input-error.js';

/** Least and most of an option that is a whole number. */
export type Range = readonly [least: number, most: number];

export const RANGES = {
  runs: [1, 1_000_000_000],
  /** Milliseconds. */
  time: [1, 24 * 3_600_000],
  operations: [1, 10_000],
  callers: [1, 3],
  seed: [0, 2 ** 32 - 1],
  workers: [1, 64],
  depth: [1, 1000],
  switches: [0, 1000],
  states: [1, 1_000_000_000],
} as const satisfies Readonly<Record<string, Range>>;

/** For callers of the library, who have no command line that looks at their numbers. What is left out has a default. */
export function checkNumbers(options: Partial<Record<keyof typeof RANGES, number>>): void {
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = options[name as keyof typeof RANGES];
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
      throw new InputError(`${name} must be a whole number from ${least} to ${most}`);
  }
}
