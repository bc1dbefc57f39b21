import { WHOLE } from '../vocabulary/architecture.js';
import { type ConcreteTrace, replay, type ReplayResult } from '../checker/trace.js';
import { costOf } from '../checker/cost.js';
import type { Violation } from '../vocabulary/violation.js';
import { TRACE_FORMAT, type Trace, type TraceStep } from '../trace/format.js';
import type { World } from '../world/world.js';
import type { WorldSpec } from '../catalog/world-spec.js';

/** Where a trace comes from, beside what the world says of itself. */
export interface TraceOrigin {
  readonly spec: WorldSpec;
  readonly program: string;
  readonly found?: { readonly seed: number; readonly run: number };
}

/** Execute a counterexample once more and write down what each step changes. */
export function recordTrace(
  world: World,
  concrete: ConcreteTrace,
  violation: Violation,
  origin: TraceOrigin,
): Trace {
  const { steps, result } = observe(world, concrete, false);
  const { operations, switches } = costOf(world, result.actions.slice(0, concrete.records.length));
  const { design, driver } = world.compiled;
  const { spec } = origin;
  const { property, cause, explanation, fault } = violation;
  return {
    format: TRACE_FORMAT,
    program: origin.program,
    design: design.name,
    ...('file' in spec.design && { file: spec.design.file }),
    driver: driver.name,
    hardware: world.architecture.name,
    mends: spec.mends,
    without: spec.without,
    ...(spec.swaps !== undefined && spec.swaps.length > 0 && { swaps: spec.swaps }),
    ...(spec.properties !== undefined && { properties: spec.properties }),
    shape: world.shape,
    concrete: world.concrete,
    ...(origin.found && { found: origin.found }),
    verdict: { property, cause, explanation, ...(fault && { fault }) },
    operations,
    switches,
    finished: concrete.finished,
    steps,
  };
}

/** Replay, and tell what each step changed: what the step says of itself, and which entries it left or ended as stale. */
export function observe(
  world: World,
  concrete: ConcreteTrace,
  tolerant: boolean,
): { steps: TraceStep[]; result: ReplayResult } {
  const steps: TraceStep[] = [];
  let before: readonly string[] = [];
  let kind: TraceStep['kind'];
  world.setTracing(true);
  try {
    const result = replay(world, concrete, {
      tolerant,
      before: (action) => {
        before = staleEntries(world);
        const agent = world.agentOf(action);
        kind =
          world.position(agent) === '' ? undefined : world.points[world.agentStates.point(agent)].step.kind;
      },
      after: (record) => {
        const after = staleEntries(world);
        const changes = [
          ...world.changes,
          ...after.filter((entry) => !before.includes(entry)).map((entry) => `now stale: ${entry}`),
          ...before.filter((entry) => !after.includes(entry)).map((entry) => `no longer stale: ${entry}`),
        ];
        steps.push({ ...record, ...(kind && { kind }), changes });
      },
    });
    return { steps, result };
  } finally {
    world.setTracing(false);
  }
}

function staleEntries(world: World): string[] {
  const entries = new Set<string>();
  world.view.forEachStale(({ kind, device, pasid, tag, page, size, frame }) => {
    const parts = [kind];
    if (device >= 0) parts.push(`of device ${device}`);
    if (pasid > 0) parts.push(`PASID ${pasid}`);
    if (tag > 0) parts.push(`domain id ${tag}`);
    if (size < WHOLE) parts.push(`at 0x${hexPage(page)}`);
    if (frame > 0) parts.push(`to frame 0x${hexPage(frame)}`);
    entries.add(parts.join(' '));
  });
  return [...entries].sort();
}

function hexPage(page: number): string {
  return (page * 4096).toString(16);
}
