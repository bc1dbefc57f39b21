import type { WorldSpec } from '../catalog/world-spec.js';
import type { CoverageCounts } from '../checker/coverage.js';
import {
  type BatchFailure,
  type BatchResult,
  byRun,
  foldBatches,
  type LimitedRuns,
  modelOf,
} from '../checker/sample.js';
import type { WorldShape } from '../vocabulary/shape.js';
import type { Executor } from './executor.js';
import type { Shrunk } from './task.js';

/**
 * Runs of one batch. Results do not depend on it; it is small enough that a worker hears of a stop and of progress soon, and large
 * enough that sending its result costs nothing beside it.
 */
const BATCH = 32;

export interface SamplingOptions {
  readonly spec: Omit<WorldSpec, 'shape'>;
  /** Worlds that the runs work in by turns. */
  readonly shapes: readonly WorldShape[];
  readonly program: string;
  readonly seed: number;
  /** Operations that each run begins. */
  readonly operations: number;
  /** Number of runs; without it, until stopped. */
  readonly runs?: number;
  /** Replays that shrinking one finding may take. */
  readonly shrinkBudget?: number;
  /** Told when a worker stands ready: a time that was given counts from here, and not from the start of a process. */
  readonly ready?: () => void;
  /** Asked when a batch has ended, and by a timer. */
  readonly stopped: () => boolean;
  /** Told of the runs folded and the findings so far. */
  readonly progress?: (runs: number, findings: number) => void;
}

export interface Sampled {
  readonly runs: number;
  readonly operations: number;
  readonly steps: number;
  readonly findings: readonly (Shrunk & { readonly count: number })[];
  readonly limited: readonly LimitedRuns[];
  readonly coverage: CoverageCounts;
}

/**
 * Random runs of one design over all workers. Batches are folded in the order of their runs, and what follows the first run not
 * done is thrown away: the result depends on the seed and on how many runs there were, on nothing else.
 */
export async function sampling(executor: Executor, options: SamplingOptions): Promise<Sampled> {
  const folded = await runBatches(executor, options);
  const { shapes, program, seed, shrinkBudget } = options;
  const shrunk = new Map<BatchFailure, Shrunk>();
  await Promise.all(
    byRun(folded.failures).map(async (group) => {
      const [{ run, trace }] = group;
      const results = await executor.run({
        kind: 'shrink',
        spec: { ...options.spec, shape: modelOf(shapes, run) },
        program,
        trace,
        violations: group.map(({ violation }) => violation),
        found: { seed, run },
        budget: shrinkBudget,
      });
      group.forEach((failure, i) => {
        shrunk.set(failure, results[i]);
      });
    }),
  );
  const findings = folded.failures.map((failure) => ({ ...shrunk.get(failure)!, count: failure.count }));
  const { to, operations, steps, limited, coverage } = folded;
  return { runs: to, operations, steps, findings, limited, coverage };
}

async function runBatches(executor: Executor, options: SamplingOptions): Promise<BatchResult> {
  const { shapes, seed, operations, stopped } = options;
  const spec = { ...options.spec, shape: shapes[0] };
  const runs = options.runs ?? Number.POSITIVE_INFINITY;
  const batch = (from: number, to: number) =>
    executor.run({ kind: 'batch', spec, shapes, seed, from, to, operations });
  let folded = await batch(0, 0);
  options.ready?.();
  const underWay: { to: number; result: Promise<BatchResult> }[] = [];
  let next = 0;
  for (;;) {
    // One batch more than there are workers, so that none waits for the folding.
    while (next < runs && !stopped() && underWay.length <= executor.width) {
      const to = Math.min(runs, next + BATCH);
      const result = batch(next, to);
      // A failure is met when its turn comes, and not before.
      result.catch(() => {});
      underWay.push({ to, result });
      next = to;
    }
    const first = underWay.shift();
    if (first === undefined) break;
    const result = await first.result;
    folded = foldBatches(folded, result);
    options.progress?.(folded.to, folded.failures.length);
    if (result.to < first.to) break;
  }
  await Promise.allSettled(underWay.map(({ result }) => result));
  return folded;
}
