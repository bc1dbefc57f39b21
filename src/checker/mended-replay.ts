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
  return new MendedReplays(model, finished, key).attempt(records);
}

/**
 * Mended replays of many lists of records that are mostly alike: each goes on from where the model stood after the records that it
 * begins with like the list which is kept, instead of from the start.
 */
export class MendedReplays {
  private readonly model: Model;
  private readonly finished: boolean;
  private readonly key: string;
  private readonly agents = new Map<string, number>();
  /** What was executed of the attempt under way. */
  private readonly records: ActionRecord[] = [];
  private readonly actions: Action[] = [];
  /** The list that attempts are compared with, and where the model stood before each of its first records. */
  private kept: readonly ActionRecord[] = [];
  private readonly stands: { readonly mark: number; readonly executed: number }[] = [];

  constructor(model: Model, finished: boolean, key: string) {
    this.model = model;
    this.finished = finished;
    this.key = key;
    for (let agent = 0; agent < model.agents; agent++) this.agents.set(model.agentName(agent), agent);
  }

  /** From now on attempts go on from what they have in common with these records. */
  keep(records: readonly ActionRecord[]): void {
    this.stands.length = Math.min(this.stands.length, commonLength(this.kept, records) + 1);
    this.kept = records;
  }

  attempt(records: readonly ActionRecord[]): Failing | undefined {
    try {
      return this.execute(records);
    } catch (error) {
      if (error instanceof LimitError) return undefined;
      throw error;
    }
  }

  private execute(records: readonly ActionRecord[]): Failing | undefined {
    const { model, stands } = this;
    const common = commonLength(this.kept, records);
    this.rewind(common);
    for (let at = stands.length - 1; at < records.length; at++) {
      if (!this.take(records[at])) return this.ended(model.violations);
      if (at < common) this.stand();
    }
    return this.finished ? this.judge() : this.finishAll();
  }

  /** Back to where the model stood before the record of this number, or as far towards it as is known. */
  private rewind(to: number): void {
    const { model, stands } = this;
    if (stands.length === 0) {
      model.reset();
      this.records.length = 0;
      this.actions.length = 0;
      this.stand();
    }
    stands.length = Math.min(stands.length, to + 1);
    // Coming back to a mark closes it.
    const { mark, executed } = stands.pop()!;
    model.rollback(mark);
    model.setPhase('work');
    this.records.length = executed;
    this.actions.length = executed;
    this.stand();
  }

  private stand(): void {
    this.stands.push({ mark: this.model.mark(), executed: this.actions.length });
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
    return action < 0 || this.apply(action, record);
  }

  private apply(action: Action, asked?: ActionRecord): boolean {
    this.note(action, asked);
    this.model.apply(action);
    return this.model.violations.length === 0;
  }

  /** A record that says what was asked for is that one again: lists that begin alike are known by it. */
  private note(action: Action, asked?: ActionRecord): void {
    const record = this.model.record(action);
    this.records.push(asked !== undefined && isSame(record, asked) ? asked : record);
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
    const actions = [...this.actions];
    return {
      records: [...this.records],
      actions,
      cost: costOf(this.model, actions),
      violation: copyViolation(violation),
    };
  }
}

/** How many records two lists begin with in common. */
function commonLength(one: readonly ActionRecord[], other: readonly ActionRecord[]): number {
  const end = Math.min(one.length, other.length);
  let at = 0;
  while (at < end && one[at] === other[at]) at++;
  return at;
}

function isSame(one: ActionRecord, other: ActionRecord): boolean {
  if (one.agent !== other.agent || one.does !== other.does || one.operation !== other.operation) return false;
  if (one.alternative !== other.alternative) return false;
  const names = Object.keys(one.arguments ?? {});
  return (
    names.length === Object.keys(other.arguments ?? {}).length &&
    names.every((name) => one.arguments?.[name] === other.arguments?.[name])
  );
}
