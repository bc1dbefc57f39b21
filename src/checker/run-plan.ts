import fc from 'fast-check';
import { Generator, seedWords } from './generator.js';

/** How one run chooses; everything else in it is drawn from {@link generatorOf}. */
export interface RunPlan {
  /** `uniform`: any agent that can move, at every step. `pct`: by random priorities, which change at few points. */
  readonly schedule: 'uniform' | 'pct';
  /** Priority changes in each window of a `pct` run. */
  readonly changePoints: number;
  /** Steps of a window. */
  readonly window: number;
  /** Of four kinds of operations, about this many are left out of the run (swarm testing); 0: all are in. */
  readonly avoidedQuarters: number;
}

const WINDOWS = [8, 16, 32, 64, 128, 256];

const plans: fc.Arbitrary<RunPlan> = fc.noBias(
  fc.record({
    schedule: fc.constantFrom('uniform', 'pct'),
    changePoints: fc.nat(3),
    window: fc.constantFrom(...WINDOWS),
    // Half of the runs swarm.
    avoidedQuarters: fc.constantFrom(0, 0, 1, 2),
  }),
);

/** The plan of a run depends on these three values alone. */
export function planOf(seed: number, model: string, run: number): RunPlan {
  const [word] = seedWords('plan', seed, model, run);
  return fc.sample(plans, { seed: word, numRuns: 1 })[0];
}

/** The choices of a run depend on the same three values, through 128 bits: two runs of a campaign never share them. */
export function generatorOf(seed: number, model: string, run: number): Generator {
  return new Generator(seedWords('choices', seed, model, run));
}
