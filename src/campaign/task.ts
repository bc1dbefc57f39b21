import { placed, worldBuilder } from '../catalog/build-world.js';
import type { DesignSource, WorldSpec } from '../catalog/world-spec.js';
import { explore, type ExploreProgress, type ExploreResult } from '../checker/explore.js';
import { type BatchResult, sampleBatch } from '../checker/sample.js';
import { shrinkAll, type ShrinkResult } from '../checker/shrink.js';
import { type ConcreteTrace, recordRun } from '../checker/trace.js';
import type { Trace } from '../trace/format.js';
import type { WorldShape } from '../vocabulary/shape.js';
import type { Violation } from '../vocabulary/violation.js';
import type { World } from '../world/world.js';
import { recordTrace } from './record-trace.js';

/** A piece of work that any worker can do: plain data in, plain data out. */
export type Task =
  | {
      readonly kind: 'batch';
      readonly spec: WorldSpec;
      /** Worlds that the runs work in by turns, in place of the spec's. */
      readonly shapes: readonly WorldShape[];
      readonly seed: number;
      readonly from: number;
      readonly to: number;
      readonly operations: number;
    }
  | {
      readonly kind: 'shrink';
      readonly spec: WorldSpec;
      readonly program: string;
      readonly trace: ConcreteTrace;
      /** What its run violated. */
      readonly violations: readonly Violation[];
      readonly found?: { readonly seed: number; readonly run: number };
      readonly budget?: number;
    }
  | {
      readonly kind: 'explore';
      readonly spec: WorldSpec;
      readonly program: string;
      readonly limits: {
        readonly maxOperations?: number;
        readonly maxSwitches?: number;
        readonly maxStates?: number;
      };
    };

export interface Shrunk
  extends Pick<ShrinkResult, 'violation' | 'operations' | 'switches' | 'steps' | 'minimal'> {
  readonly trace: Trace;
}

export interface Explored extends Omit<ExploreResult, 'violations'> {
  /** How long the search took. */
  readonly seconds: number;
  readonly violations: readonly Omit<Shrunk, 'minimal'>[];
}

export interface Results {
  readonly batch: BatchResult;
  readonly shrink: readonly Shrunk[];
  readonly explore: Explored;
}

export type ResultOf<T extends Task> = Results[T['kind']];

/** How a task under way talks to the one who gave it. */
export interface TaskControl {
  /** Asked between runs, and now and then in a search. */
  readonly stop: () => boolean;
  readonly progress?: (progress: ExploreProgress) => void;
}

/** Worlds of the last design: its tasks follow each other, and it is compiled once for all. */
let kept: { key: string; build: (shape: WorldShape) => World; worlds: Map<string, World> } | undefined;

async function worldOf(spec: WorldSpec): Promise<World> {
  const { shape, ...design } = spec;
  const key = JSON.stringify(design);
  if (kept?.key !== key) kept = { key, build: await worldBuilder(spec), worlds: new Map() };
  const { build, worlds } = kept;
  const name = JSON.stringify(shape);
  const world = worlds.get(name) ?? build(shape);
  worlds.set(name, world);
  return world;
}

/** Build the next worlds anew: the design's file may have changed. */
export function forgetWorld(): void {
  kept = undefined;
}

/** Do a task. What a user's design does wrong on the way is an `InputError` that says where. */
export async function perform<T extends Task>(task: T, control: TaskControl): Promise<ResultOf<T>> {
  const { spec } = task;
  const shapes = task.kind === 'batch' ? task.shapes : [spec.shape];
  const worlds: World[] = [];
  for (const shape of shapes) worlds.push(await worldOf({ ...spec, shape }));
  try {
    return work(worlds, task, control) as ResultOf<T>;
  } catch (error) {
    // What threw may have left the world anywhere.
    forgetWorld();
    throw placed(fileOf(task.spec.design), error);
  }
}

function work(worlds: readonly World[], task: Task, control: TaskControl): Results[keyof Results] {
  const [world] = worlds;
  switch (task.kind) {
    case 'batch': {
      const { seed, from, to, operations } = task;
      return sampleBatch(worlds, { seed, from, to, operations, stop: control.stop });
    }
    case 'shrink': {
      const results = shrinkAll(world, task.trace, task.violations, { budget: task.budget });
      return results.map(({ violation, trace, operations, switches, steps, minimal }) => ({
        violation,
        operations,
        switches,
        steps,
        minimal,
        trace: recordTrace(world, trace, violation, task),
      }));
    }
    case 'explore': {
      const start = performance.now();
      const result = explore(world, {
        ...task.limits,
        reduce: world.shape.callers === 1,
        interrupted: control.stop,
        progress: control.progress,
      });
      const seconds = Math.round(performance.now() - start) / 1000;
      const violations = result.violations.map(({ violation, operations, switches, steps, actions }) => ({
        violation,
        operations,
        switches,
        steps,
        trace: recordTrace(world, recordRun(world, actions), violation, task),
      }));
      return { ...result, seconds, violations };
    }
  }
}

/** Where to say that an error of this design lies. */
export function fileOf(design: DesignSource): string {
  return 'file' in design ? design.file : `design ${design.name}`;
}
