import { Generator, seedWords } from '../../src/checker/generator.js';
import { UniformSchedule } from '../../src/checker/schedule.js';
import type { Model } from '../../src/checker/model.js';
import type { Random } from '../../src/vocabulary/random.js';

export function randomOf(...parts: readonly (string | number)[]): Random {
  return new Generator(seedWords(...parts));
}

/** An action of an agent that can move, or -1 when none was found. */
export function drawAny(model: Model, random: Random): number {
  const schedule = new UniformSchedule();
  for (let attempt = 0; attempt < 8; attempt++) {
    const agent = schedule.pick(model, random, 0);
    if (agent < 0) return -1;
    const action = model.draw(agent, random);
    if (action >= 0) return action;
  }
  return -1;
}

/** Take random actions; `taken` sees each, after it was done, and ends the walk by answering false. */
export function walk(
  model: Model,
  random: Random,
  steps: number,
  taken: (action: number) => boolean,
): number {
  for (let step = 0; step < steps; step++) {
    const action = drawAny(model, random);
    if (action < 0) return step;
    model.apply(action);
    if (!taken(action)) return step + 1;
  }
  return steps;
}

export function encodingOf(model: Model): Uint8Array {
  const bytes = new Uint8Array(model.maxEncoding);
  return bytes.slice(0, model.encode(bytes, 0));
}

export function enabledOf(model: Model): Int32Array {
  const actions = new Int32Array(1 << 16);
  return actions.slice(0, model.enabled(actions));
}

/** Whether two lists of numbers are the same: told apart by a loop, where an assertion at every step would take most of the time. */
export function isSame(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
