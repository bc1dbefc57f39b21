import { LimitError } from '../vocabulary/limit.js';
import type { Violation } from '../vocabulary/violation.js';
import { continuationOf, MAX_CONTINUATION } from './continuation.js';
import { costOf, type Cost } from './cost.js';
import { copyViolation, findByKey } from './finding.js';
import type { Action, ActionRecord, Model } from './model.js';
import { tearDown } from './tear-down.js';

/** A trace that was executed and fails as wanted, written down as it went this time. */
export interface Failing {
  readonly records: readonly ActionRecord[];
  readonly actions: readonly Action[];
  readonly cost: Cost;
  readonly violation: Violation;
}

/**
 * Execute records from which some were taken away or moved. What cannot be taken is skipped; an agent that took another way than
 * its records knew, and would begin its next operation, finishes the one it is in first, without choices; at the end all do.
 * Returns what was executed if it ends with the finding `key`, undefined if it ends otherwise, or a bound of the checker's own ends
 * it.
 */
export function mendedReplay(
  model: Model,
  records: readonly ActionRecord[],
  finished: boolean,
  key: string,
): Failing | undefined {
  try {
    return new MendedReplay(model, finished, key).execute(records);
  } catch (error) {
    if (error instanceof LimitError) return undefined;
    throw error;
  }
}

class MendedReplay {
  private readonly model: Model;
  private readonly finished: boolean;
  private readonly key: string;
  private readonly agents = new Map<string, number>();
  private readonly records: ActionRecord[] = [];
  private readonly actions: Action[] = [];

  constructor(model: Model, finished: boolean, key: string) {
    this.model = model;
    this.finished = finished;
    this.key = key;
    for (let agent = 0; agent < model.agents; agent++) this.agents.set(model.agentName(agent), agent);
  }

  execute(records: readonly ActionRecord[]): Failing | undefined {
    const { model } = this;
    model.reset();
    model.setPhase('work');
    for (const record of records) {
      if (!this.take(record)) return this.ended(model.violations);
    }
    return this.finished ? this.judge() : this.finishAll();
  }

  /** False once something was violated. */
  private take(record: ActionRecord): boolean {
    const { model } = this;
    let action = model.resolve(record);
    if (action < 0 && record.operation !== undefined) {
      const agent = this.agents.get(record.agent);
      if (agent === undefined || model.position(agent) === '') return true;
      if (!this.finishOperation(agent)) return false;
      action = model.resolve(record);
    }
    return action < 0 || this.apply(action);
  }

  private apply(action: Action): boolean {
    this.note(action);
    this.model.apply(action);
    return this.model.violations.length === 0;
  }

  private note(action: Action): void {
    this.records.push(this.model.record(action));
    this.actions.push(action);
  }

  /** Go on until the agent is idle or nothing moves: the agent itself while it can, then whoever can without beginning anything. */
  private finishOperation(agent: number): boolean {
    const { model } = this;
    for (let steps = 0; steps < MAX_CONTINUATION && model.position(agent) !== ''; steps++) {
      const action = continuationOf(model, agent);
      if (action < 0) return true;
      if (!this.apply(action)) return false;
    }
    return true;
  }

  private finishAll(): Failing | undefined {
    for (let agent = 0; agent < this.model.agents; agent++) {
      if (!this.finishOperation(agent)) return this.ended(this.model.violations);
    }
    return undefined;
  }

  private judge(): Failing | undefined {
    const { model } = this;
    if (tearDown(model, (action) => this.note(action)) === undefined) return undefined;
    // A violation on the way down is another finding than one of the end.
    return model.violations.length > 0 ? undefined : this.ended(model.finish());
  }

  private ended(violations: readonly Violation[]): Failing | undefined {
    const violation = findByKey(violations, this.key);
    if (violation === undefined) return undefined;
    const { records, actions } = this;
    return { records, actions, cost: costOf(this.model, actions), violation: copyViolation(violation) };
  }
}
