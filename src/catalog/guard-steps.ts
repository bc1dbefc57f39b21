import { ERRNO, errnoName } from '../vocabulary/errno.js';
import type { BoundStep, Step, StepSet } from '../vocabulary/step.js';

const LEAST = -(2 ** 31);
const MOST = 2 ** 31 - 1;

/**
 * Steps of a user's design, each watched: what it gives must be a number that a register can hold, and a failure one that it
 * declares, or the machine would go on with nonsense and fail somewhere else.
 */
export function guardSteps(steps: StepSet): StepSet {
  return Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, guarded(name, step)]));
}

function guarded(name: string, step: Step): Step {
  const failures = new Set((step.errors ?? []).map((errno) => -ERRNO[errno]));
  const bind: Step['bind'] = (world, statics) => {
    const run = placed(name, () => step.bind(world, statics));
    if (typeof run !== 'function') throw new Error(`step ${name}: \`bind\` must give a function`);
    const watched: BoundStep = (...given) => {
      const result = run(...given);
      if (!(Number.isInteger(result) && result >= LEAST && result <= MOST))
        throw new Error(`step ${name} gave ${told(result)}: it must give a whole number of 32 bits`);
      if (result < 0 && !failures.has(result)) {
        throw new Error(
          `step ${name} gave ${result}: below zero is a failure, and its \`errors\` do not name ${errnoName(result)}`,
        );
      }
      return result;
    };
    return watched;
  };
  const { ready } = step;
  if (ready === undefined) return { ...step, bind };
  return {
    ...step,
    bind,
    ready: (world, statics) => {
      const asked = placed(name, () => ready(world, statics));
      return (...given) => placed(name, () => asked(...given));
    },
  };
}

/** Where no control state stands for the place, the step's name does. */
function placed<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`step ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function told(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
