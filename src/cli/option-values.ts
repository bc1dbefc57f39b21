import { InvalidArgumentError } from 'commander';
import { RANGES } from '../campaign/ranges.js';
import type { Swap } from '../statechart/exchange.js';

/** A parser for whole numbers in a range. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new InvalidArgumentError(`give a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration as `60s`, `2m` or `500ms`, in milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const value = match ? Number(match[1]) * UNITS[match[2]] : Number.NaN;
  const [least, most] = RANGES.time;
  if (!(value >= least && value <= most)) {
    throw new InvalidArgumentError('give a duration such as 500ms, 60s or 2m, at most 24h.');
  }
  return value;
}

/** Two steps with a comma between; gathered, since the option may be given several times. */
export function pairOfSteps(text: string, before: readonly Swap[] | undefined): Swap[] {
  const [first, second, ...rest] = text.split(',').map((name) => name.trim());
  if (!first || !second || rest.length > 0)
    throw new InvalidArgumentError(
      'give two steps with a comma between: OWNER/MACHINE/STATE,OWNER/MACHINE/STATE.',
    );
  return [...(before ?? []), [first, second]];
}

/** Gathers an option that may be given several times. */
export function several(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}
