import type { CoverageCounts } from '../checker/coverage.js';
import type { LimitedRuns } from '../checker/sample.js';
import { sampledShapes } from '../world/sampled-shapes.js';
import { type Choice, type Finding, resolveChoice } from './choice.js';
import { checkNumbers } from './ranges.js';
import { createExecutor, defaultWorkers } from './executor.js';
import { Halt } from './halt.js';
import { sampling } from './sampling.js';

/** Runs when neither a number nor a time is given: some seconds. */
export const DEFAULT_RUNS = 1000;
export const DEFAULT_OPERATIONS = 100;
export const DEFAULT_CALLERS = 2;
/** Fixed, so that what one person sees another sees too; other seeds are for looking further. */
export const DEFAULT_SEED = 1;

export interface RunOptions extends Choice {
  readonly runs?: number;
  /** Milliseconds to run instead of a number of runs. */
  readonly time?: number;
  /** Operations that each run begins. */
  readonly operations?: number;
  /** Callers beside devices and hardware, 1 to 3. */
  readonly callers?: number;
  readonly seed?: number;
  readonly workers?: number;
}

export interface RunReport {
  readonly verdict: 'violated' | 'sampled';
  readonly seed: number;
  readonly runs: number;
  readonly operations: number;
  readonly steps: number;
  readonly findings: readonly Finding[];
  /** Runs that a bound of the checker's own ended before their end. */
  readonly limited: readonly LimitedRuns[];
  readonly coverage: CoverageCounts;
}

/** Random checking of one design. The report depends on the options and on how many runs there were, on nothing else. */
export async function run(options: RunOptions): Promise<RunReport> {
  checkNumbers(options);
  const { pair, program, specFor } = await resolveChoice(options);
  const { callers = DEFAULT_CALLERS, operations = DEFAULT_OPERATIONS, seed = DEFAULT_SEED } = options;
  const executor = createExecutor(options.workers ?? defaultWorkers());
  const halt = new Halt(executor);
  halt.begin();
  try {
    const shapes = sampledShapes(pair, callers);
    const spec = specFor(shapes[0], true);
    const runs = options.time === undefined ? (options.runs ?? DEFAULT_RUNS) : undefined;
    const sampled = await sampling(executor, {
      spec,
      shapes,
      program,
      seed,
      operations,
      runs,
      ready: () => halt.begin(options.time),
      stopped: halt.stopped,
    });
    return { ...sampled, seed, verdict: sampled.findings.length > 0 ? 'violated' : 'sampled' };
  } finally {
    halt.end();
    await executor.close();
  }
}
