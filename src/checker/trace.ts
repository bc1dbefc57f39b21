import type { Violation } from '../vocabulary/violation.js';
import { copyViolation } from './finding.js';
import type { Action, ActionRecord, Model } from './model.js';
import { tearDown } from './tear-down.js';

/** What happened, in words that outlive action numbers: operations and a schedule, never only a seed. */
export interface ConcreteTrace {
  readonly records: readonly ActionRecord[];
  /** Whether the violation is one of `finish`: after the records everything is torn down, and then judged. */
  readonly finished: boolean;
}

export interface ReplayOptions {
  /** Skip records that mean nothing in their state. Without it they are an error. */
  readonly tolerant?: boolean;
  /** Called before each action is applied, and after, with the number of its record. */
  readonly before?: (action: Action, record: number) => void;
  readonly after?: (action: Action, record: number) => void;
}

export interface ReplayResult {
  /** What was applied, the last one the one that violated if any did. */
  readonly actions: readonly Action[];
  /** Of the last action, or of the end of a finished trace; empty: the trace holds. */
  readonly violations: readonly Violation[];
  /** Numbers of the records skipped. */
  readonly skipped: readonly number[];
}

/** A record that names nothing which the model can do where it stands. */
export class UnresolvedRecord extends Error {
  override readonly name = 'UnresolvedRecord';
  readonly index: number;
  readonly record: ActionRecord;

  constructor(model: Model, index: number, record: ActionRecord) {
    const named = Object.entries(record.arguments ?? {}).map(([key, value]) => ` ${key} ${value}`);
    const operation = record.operation === undefined ? '' : ` (${record.operation})`;
    super(
      `step ${index + 1} of the trace cannot be taken on ${model.name}: ${record.agent} ${record.does}${named.join('')}${operation}; ${standing(model, record.agent)}`,
    );
    this.index = index;
    this.record = record;
  }
}

/** The same actions did something else the second time: no trace of such a model is worth anything. */
export class UnrepeatableRun extends Error {
  override readonly name = 'UnrepeatableRun';

  constructor(model: Model) {
    super(
      `${model.name}: the same actions do not do the same twice: some step depends on more than its inputs and the world`,
    );
  }
}

/** Where the agent is instead. */
function standing(model: Model, name: string): string {
  for (let agent = 0; agent < model.agents; agent++) {
    if (model.agentName(agent) !== name) continue;
    const position = model.position(agent);
    return position === '' ? `${name} is idle` : `${name} stands at ${position}`;
  }
  return `there is no agent '${name}'`;
}

/** Execute the actions from `reset`, which were executed before, and write them down. */
export function recordRun(model: Model, actions: readonly Action[], finished = false): ConcreteTrace {
  try {
    model.reset();
    model.setPhase('work');
    const records = actions.map((action) => {
      const record = model.record(action);
      model.apply(action);
      return record;
    });
    return { records, finished };
  } catch {
    throw new UnrepeatableRun(model);
  }
}

/** Execute a trace from `reset`, up to its first violation. */
export function replay(model: Model, trace: ConcreteTrace, options: ReplayOptions = {}): ReplayResult {
  model.reset();
  model.setPhase('work');
  const actions: Action[] = [];
  const skipped: number[] = [];
  for (let i = 0; i < trace.records.length; i++) {
    const action = model.resolve(trace.records[i]);
    if (action < 0) {
      if (!options.tolerant) throw new UnresolvedRecord(model, i, trace.records[i]);
      skipped.push(i);
      continue;
    }
    options.before?.(action, i);
    model.apply(action);
    actions.push(action);
    options.after?.(action, i);
    if (model.violations.length > 0)
      return { actions, violations: model.violations.map(copyViolation), skipped };
  }
  if (!trace.finished) return { actions, violations: [], skipped };
  const taken = tearDown(model);
  if (taken === undefined) throw new Error(`${model.name}: what the trace leaves behind cannot be torn down`);
  actions.push(...taken);
  const violations = model.violations.length > 0 ? model.violations : model.finish();
  return { actions, violations: violations.map(copyViolation), skipped };
}
