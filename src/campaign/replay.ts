import { buildWorld, withPlace } from '../catalog/build-world.js';
import type { WorldSpec } from '../catalog/world-spec.js';
import type { Trace, TraceStep } from '../trace/format.js';
import type { Violation } from '../vocabulary/violation.js';
import { type Choice, resolveChoice } from './choice.js';
import { observe } from './record-trace.js';
import { fileOf } from './task.js';

/** Replay on something else than the trace was recorded on: then steps that mean nothing there are taken as that design takes them. */
export type ReplayOptions = Partial<Choice>;

export interface ReplayReport {
  readonly verdict: 'violated' | 'holds';
  /** Whether it fails by the property and cause that were recorded. */
  readonly same: boolean;
  readonly violations: readonly Violation[];
  /** What was done, and what each step changed this time. */
  readonly steps: readonly TraceStep[];
  /** Indexes of the recorded steps that mean nothing here. */
  readonly skipped: readonly number[];
}

/** Execute a trace again. */
export async function replay(trace: Trace, options: ReplayOptions = {}): Promise<ReplayReport> {
  const isOther = Object.values(options).some((option) => option !== undefined);
  const { specFor } = await resolveChoice({
    design: trace.file ?? trace.design,
    driver: options.design === undefined ? trace.driver : undefined,
    mends: { only: trace.mends },
    without: trace.without,
    swaps: trace.swaps,
    properties: trace.properties,
    ...options,
  });
  return replayOn(trace, specFor(trace.shape, trace.concrete), isOther);
}

/** Execute a trace in the world of a spec; `tolerant` takes what means nothing there as that world takes it. */
export async function replayOn(trace: Trace, spec: WorldSpec, tolerant: boolean): Promise<ReplayReport> {
  const world = await buildWorld(spec);
  const concrete = { records: trace.steps, finished: trace.finished };
  const { steps, result } = withPlace(fileOf(spec.design), () => observe(world, concrete, tolerant));
  const { violations, skipped } = result;
  return {
    verdict: violations.length > 0 ? 'violated' : 'holds',
    same: violations.some(
      ({ property, cause }) => property === trace.verdict.property && cause === trace.verdict.cause,
    ),
    ...{ violations, steps, skipped },
  };
}
