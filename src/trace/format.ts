import type { WorldShape } from '../vocabulary/shape.js';
import type { StepKind } from '../vocabulary/step.js';

/** Version of the trace format that this program writes; it reads this one and none later. */
export const TRACE_VERSION = 1;
const FORMAT_NAME = 'iommu-check/trace@';
export const TRACE_FORMAT = `${FORMAT_NAME}${TRACE_VERSION}`;

/** The version that a `format` names, or -1 when it is not of a trace. */
export function traceVersion(format: unknown): number {
  if (typeof format !== 'string' || !format.startsWith(FORMAT_NAME)) return -1;
  const version = Number(format.slice(FORMAT_NAME.length));
  return Number.isInteger(version) && version > 0 ? version : -1;
}

/**
 * A recorded counterexample: the world, the design, the operations and their schedule, what each step changed, and the verdict.
 * It replays without the seed that found it, and on later versions of the program.
 */
export interface Trace {
  readonly format: string;
  /** Version of the program that wrote it. */
  readonly program: string;
  readonly design: string;
  /** File of a design that does not come with the program, as it was given. */
  readonly file?: string;
  readonly driver: string;
  readonly hardware: string;
  /** Mends that were switched on. */
  readonly mends: readonly string[];
  /** Steps that were taken out. */
  readonly without: readonly string[];
  /** Neighbouring steps that have changed places. */
  readonly swaps?: readonly (readonly [first: string, second: string])[];
  /** Names of the properties that were checked, where not all were: whatever violates another goes on. */
  readonly properties?: readonly string[];
  /** The world: everything about it, so that a scope may change between versions. */
  readonly shape: WorldShape;
  /** Whether devices act through concrete caches. */
  readonly concrete: boolean;
  /** The random run it comes from; a search has none. */
  readonly found?: { readonly seed: number; readonly run: number };
  readonly verdict: TraceVerdict;
  readonly operations: number;
  readonly switches: number;
  /** Whether everything is torn down after the steps, and the violation is one of the end. */
  readonly finished: boolean;
  readonly steps: readonly TraceStep[];
}

/** What the trace ends in. */
export interface TraceVerdict {
  readonly property: string;
  readonly cause: string;
  /** At most three lines. */
  readonly explanation: readonly string[];
  readonly fault?: 'design' | 'driver';
}

/** One action, in words that name nothing but what earlier steps made. */
export interface TraceStep {
  readonly agent: string;
  /** Set when it begins an operation: its name. */
  readonly operation?: string;
  readonly does: string;
  readonly arguments?: Readonly<Record<string, string | number>>;
  readonly alternative?: number;
  /** For a step of a procedure: what kind of step. */
  readonly kind?: StepKind;
  /** What it changed, for people. */
  readonly changes: readonly string[];
}

/** The text of a trace file: one step a line, so that two traces can be compared by eye and by diff. */
export function writeTrace(trace: Trace): string {
  const { steps, ...head } = trace;
  const lines = JSON.stringify(head, null, 2).split('\n').slice(0, -1);
  const body = steps.map((step) => `    ${JSON.stringify(step)}`).join(',\n');
  return `${lines.join('\n')},\n  "steps": [\n${body}\n  ]\n}\n`;
}
