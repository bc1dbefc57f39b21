import type { Violation } from '../vocabulary/violation.js';
import { continuationOf, MAX_CONTINUATION } from './continuation.js';
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
  /**
   * For another model than the trace was recorded on. A record that means nothing in its state is skipped, and where its agent is
   * in the middle of an operation, that goes on by a step of its own instead; all operations are brought to their ends. Without
   * it such a record is an error.
   */
  readonly tolerant?: boolean;
  /** Called before each action is applied, and after. */
  readonly before?: (action: Action) => void;
  readonly after?: (record: ActionRecord) => void;
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
      `step ${index + 1} of the trace cannot be taken: ${record.agent} ${record.does}${named.join('')}${operation}; ${standing(model, record.agent)} (${model.name})`,
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
  const agent = agentOf(model, name);
  if (agent === undefined) return `there is no agent '${name}'`;
  const position = model.position(agent);
  return position === '' ? `${name} is idle` : `${name} stands at ${position}`;
}

function agentOf(model: Model, name: string): number | undefined {
  for (let agent = 0; agent < model.agents; agent++) if (model.agentName(agent) === name) return agent;
  return undefined;
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
  return new Replay(model, options).execute(trace);
}

class Replay {
  private readonly model: Model;
  private readonly options: ReplayOptions;
  private readonly actions: Action[] = [];
  private readonly skipped: number[] = [];

  constructor(model: Model, options: ReplayOptions) {
    this.model = model;
    this.options = options;
  }

  execute({ records, finished }: ConcreteTrace): ReplayResult {
    const { model } = this;
    model.reset();
    model.setPhase('work');
    for (let i = 0; i < records.length; i++) if (!this.take(records[i], i)) return this.ended();
    if (this.options.tolerant && !this.finishAll()) return this.ended();
    if (!finished) return this.ended();
    const taken = tearDown(model);
    if (taken === undefined)
      throw new Error(`${model.name}: what the trace leaves behind cannot be torn down`);
    this.actions.push(...taken);
    return this.ended(model.violations.length > 0 ? model.violations : model.finish());
  }

  private ended(violations: readonly Violation[] = this.model.violations): ReplayResult {
    const { actions, skipped } = this;
    return { actions, violations: violations.map(copyViolation), skipped };
  }

  /** False once something was violated. */
  private take(record: ActionRecord, at: number): boolean {
    const { model } = this;
    const action = model.resolve(record);
    if (action >= 0) return this.apply(action, record);
    if (!this.options.tolerant) throw new UnresolvedRecord(model, at, record);
    const agent = agentOf(model, record.agent);
    const isBusy = agent !== undefined && model.position(agent) !== '';
    if (isBusy && record.operation !== undefined) {
      if (!this.finishOperation(agent)) return false;
      const begins = model.resolve(record);
      if (begins >= 0) return this.apply(begins, record);
    }
    this.skipped.push(at);
    return !isBusy || record.operation !== undefined || this.goOn(agent);
  }

  private apply(action: Action, record = this.model.record(action)): boolean {
    this.options.before?.(action);
    this.model.apply(action);
    this.actions.push(action);
    this.options.after?.(record);
    return this.model.violations.length === 0;
  }

  /** One step of the agent, if it can take any. */
  private goOn(agent: number): boolean {
    const action = continuationOf(this.model, agent);
    return action < 0 || this.model.agentOf(action) !== agent || this.apply(action);
  }

  private finishOperation(agent: number): boolean {
    const { model } = this;
    for (let steps = 0; steps < MAX_CONTINUATION && model.position(agent) !== ''; steps++) {
      const action = continuationOf(model, agent);
      if (action < 0) return true;
      if (!this.apply(action)) return false;
    }
    return true;
  }

  private finishAll(): boolean {
    for (let agent = 0; agent < this.model.agents; agent++) if (!this.finishOperation(agent)) return false;
    return true;
  }
}
