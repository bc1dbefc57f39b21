import type { StepContext } from '../../../../src/vocabulary/context.js';
import type { Step, StepKind } from '../../../../src/vocabulary/step.js';

type Act = (world: StepContext, a: number, b: number, c: number, d: number, e: number) => number;

export function step(
  kind: StepKind,
  says: string,
  inputs: readonly string[],
  act: Act,
  more: Partial<Step> = {},
): Step {
  return {
    kind,
    inputs,
    skipped: 0,
    says,
    bind: (world) => (a, b, c, d, e) => act(world, a, b, c, d, e),
    ...more,
  };
}

/** A store into what hardware reads. */
export const store = (says: string, inputs: readonly string[], act: Act): Step =>
  step('store', says, inputs, act, { sight: 'hardware' });
export const clear = (says: string, inputs: readonly string[], act: Act): Step =>
  step('clear', says, inputs, act, { sight: 'hardware' });
export const read = (says: string, inputs: readonly string[], act: Act): Step =>
  step('read', says, inputs, act);
/** Arithmetic, or a fact that nobody changes. */
export const fact = (inputs: readonly string[], act: Act): Step =>
  step('other', '', inputs, act, { instant: true, says: undefined });
