import type { Executor } from '../campaign/executor.js';
import { DEFAULT_RUNS } from '../campaign/run.js';
import type { Halt } from '../campaign/halt.js';
import { sampling } from '../campaign/sampling.js';
import type { LimitedRuns } from '../checker/sample.js';
import { InputError } from '../catalog/input-error.js';
import type { WorldSpec } from '../catalog/world-spec.js';
import { type NotExpressible, notExpressible } from '../world/lacking.js';
import { sampledShapes } from '../world/sampled-shapes.js';
import type { Session } from './command-line.js';
import {
  checkedIn,
  type CoverageReport,
  coverageReport,
  coverageSource,
  outcomesOf,
  refusedIn,
} from './coverage-report.js';
import { compilePair } from '../catalog/build-world.js';
import type { Choice, FailedChoice } from './design-options.js';
import { type FindingReport, reportFindings } from './findings.js';
import { FORMAT } from './json.js';
import type { Progress } from './progress.js';
import type { RunOptions } from './run-options.js';

export interface DesignReport {
  readonly design: string;
  readonly driver: string;
  readonly hardware: string;
  /** What the design asks for and the driver lacks: calls for it can only be refused. */
  readonly notExpressible: readonly NotExpressible[];
  readonly verdict: 'violated' | 'sampled';
  /** Names of the worlds that the runs worked in, by turns. */
  readonly worlds: readonly string[];
  readonly runs: number;
  readonly operations: number;
  readonly steps: number;
  readonly seconds?: number;
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Calls that ended with an errno. */
  readonly refused: number;
  readonly coverage: CoverageReport;
  /** How often each property's premise was true. */
  readonly checked: Readonly<Record<string, number>>;
  readonly violations: readonly FindingReport[];
  /** Runs that a bound of the checker's own ended before their end. */
  readonly limited: readonly LimitedRuns[];
}

export interface DesignFault {
  readonly design: string;
  readonly file: string;
  readonly state: string;
  readonly message: string;
}

export interface RunReport {
  readonly format: string;
  readonly verdict: 'violated' | 'sampled';
  readonly seed: number;
  readonly interrupted: boolean;
  readonly designs: readonly DesignReport[];
  readonly errors: readonly DesignFault[];
}

/** What doing it takes, beside what is to be done. */
export interface Workshop {
  readonly session: Session;
  readonly executor: Executor;
  readonly halt: Halt;
  readonly progress: Progress;
}

/** What of the options shapes the runs. */
export type Sampling = Pick<
  RunOptions,
  'runs' | 'time' | 'ops' | 'threads' | 'seed' | 'property' | 'out' | 'timing'
>;

/** Random runs of one design after the other. A design that cannot be run is reported, and the others go on. */
export async function runDesigns(
  workshop: Workshop,
  choices: readonly Choice[],
  failed: readonly FailedChoice[],
  options: Sampling,
): Promise<RunReport> {
  const designs: DesignReport[] = [];
  const errors = failed.map(({ design, error }) => faultOf(design, error));
  for (const choice of choices) {
    if (workshop.halt.interrupted && designs.length > 0) break;
    try {
      designs.push(await runDesign(workshop, choice, options));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      errors.push(faultOf(choice.pair.design.value.name, error));
    }
  }
  workshop.halt.end();
  const verdict = designs.some((design) => design.verdict === 'violated') ? 'violated' : 'sampled';
  return {
    format: FORMAT.run,
    verdict,
    seed: options.seed,
    interrupted: workshop.halt.interrupted,
    designs,
    errors,
  };
}

function faultOf(design: string, { place, reason }: InputError): DesignFault {
  return { design, file: place.file ?? '', state: place.state ?? '', message: reason };
}

async function runDesign(workshop: Workshop, choice: Choice, options: Sampling): Promise<DesignReport> {
  const { session, executor, halt, progress } = workshop;
  const { io } = session;
  const design = choice.pair.design.value;
  const driver = choice.pair.driver.value;
  const spec: Omit<WorldSpec, 'shape'> = {
    design: choice.source,
    driver: driver.name,
    mends: choice.mends,
    without: choice.without,
    swaps: choice.swaps,
    ...(options.property && { properties: options.property }),
    concrete: true,
  };
  const shapes = sampledShapes({ design, driver }, options.threads);
  const runs = options.time === undefined ? (options.runs ?? DEFAULT_RUNS) : undefined;
  const start = io.now();
  halt.begin();
  progress.begin(design.name.padEnd(16), options.time ?? runs ?? 0);
  try {
    const { seed, ops } = options;
    const sampled = await sampling(executor, {
      ...{
        spec,
        shapes,
        program: session.version,
        seed,
        operations: ops,
        runs,
        ready: () => halt.begin(options.time),
        stopped: halt.stopped,
      },
      progress: (done, findings) =>
        progress.at(
          options.time === undefined ? done : io.now() - start,
          `${done} runs, ${findings} findings`,
        ),
    });
    const outcomes = outcomesOf(sampled.coverage);
    return {
      design: design.name,
      driver: driver.name,
      hardware: driver.hardware,
      notExpressible: notExpressible(design, driver),
      verdict: sampled.findings.length > 0 ? 'violated' : 'sampled',
      worlds: shapes.map(({ name }) => name),
      runs: sampled.runs,
      operations: sampled.operations,
      steps: sampled.steps,
      ...(options.timing && { seconds: secondsSince(start, io.now()) }),
      outcomes,
      refused: refusedIn(outcomes),
      coverage: coverageReport(
        sampled.coverage,
        coverageSource(compilePair(choice.pair, choice.mends, choice.without, choice.swaps)),
      ),
      checked: checkedIn(sampled.coverage),
      violations: await reportFindings(sampled.findings, options.out),
      limited: sampled.limited,
    };
  } finally {
    progress.end();
  }
}

export function secondsSince(start: number, now: number): number {
  return Math.round(now - start) / 1000;
}
