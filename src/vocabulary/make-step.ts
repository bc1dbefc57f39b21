import type { StepContext } from './context.js';
import type { Step, StepKind } from './step.js';

/** What a step does in a world, given its inputs; the result is the step's output. */
export type Act = (world: StepContext, a: number, b: number, c: number, d: number, e: number) => number;

/** A step that touches nothing but what software remembers. */
export function step(kind: StepKind, says: string, inputs: readonly string[], act: Act): Step {
  return {
    kind,
    inputs,
    skipped: 0,
    says,
    bind: (world) => (a, b, c, d, e) => act(world, a, b, c, d, e),
  };
}

export function read(says: string, inputs: readonly string[], act: Act): Step {
  return step('read', says, inputs, act);
}

/** A step that stores into what hardware reads. */
export function store(kind: StepKind, says: string, inputs: readonly string[], act: Act): Step {
  return { ...step(kind, says, inputs, act), sight: 'hardware' };
}

/** Arithmetic on what was read before, or a fact that nobody changes: no step that others could see. */
export function fact(inputs: readonly string[], act: Act): Step {
  return { ...step('other', '', inputs, act), says: undefined, instant: true };
}

/** First live object of the kind that the test accepts, or 0. */
export function firstObject(
  world: StepContext,
  kind: string,
  accepts: (get: (field: string) => number) => boolean,
): number {
  const objects = world.objects(kind);
  for (let of = objects.following(0); of !== 0; of = objects.following(of)) {
    if (accepts((field) => world.field(`${kind}.${field}`).get(of))) return of;
  }
  return 0;
}

/** Write fields of an object all at once: nobody looks at it in between. The result is 0. */
export function fillObject(
  world: StepContext,
  kind: string,
  of: number,
  values: Readonly<Record<string, number>>,
): number {
  for (const [name, value] of Object.entries(values)) world.field(`${kind}.${name}`).set(of, value);
  return 0;
}
