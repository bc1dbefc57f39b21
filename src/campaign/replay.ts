import { buildWorld, withPlace } from '../catalog/build-world.js';
import { InputError } from '../catalog/input-error.js';
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
    // What the other does not have says nothing there.
    anyNames: isOther,
  });
  return replayOn(trace, specFor(trace.shape, trace.concrete), isOther);
}

/** A trace that was cut between two steps, or has nothing checked, would seem to hold. */
function refuseCut({ steps, switches, properties, verdict }: Trace): void {
  const counted = steps.filter(({ agent }, i) => i > 0 && agent !== steps[i - 1].agent).length;
  if (counted !== switches)
    throw new InputError(
      `it violates nothing, and says that it has ${switches} switches between agents, where its steps have ${counted}: it was cut or changed`,
    );
  if (properties?.includes(verdict.property) === false)
    throw new InputError(
      `it violates nothing, for \`properties\` does not have its own, ${verdict.property}`,
    );
}

/** Execute a trace in the world of a spec; `tolerant` takes what means nothing there as that world takes it. */
export async function replayOn(trace: Trace, spec: WorldSpec, tolerant: boolean): Promise<ReplayReport> {
  const world = await buildWorld(spec);
  const concrete = { records: trace.steps, finished: trace.finished };
  const { steps, result } = withPlace(fileOf(spec.design), () => observe(world, concrete, tolerant));
  const { violations, skipped } = result;
  if (violations.length === 0 && !tolerant) refuseCut(trace);
  return {
    verdict: violations.length > 0 ? 'violated' : 'holds',
    same: violations.some(
      ({ property, cause }) => property === trace.verdict.property && cause === trace.verdict.cause,
    ),
    ...{ violations, steps, skipped },
  };
}
