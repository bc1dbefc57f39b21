import type { Violation } from '../vocabulary/violation.js';
import { compareCosts, type Cost } from './cost.js';
import { findingKey } from './finding.js';
import { type Failing, mendedReplay, MendedReplays } from './mended-replay.js';
import type { ActionRecord, Model } from './model.js';
import { recordRun, type ConcreteTrace, UnrepeatableRun } from './trace.js';

const BUDGET = 4_000;
/** Above this many operations, pairs are not tried: they would take the whole budget. */
const MAX_PAIRED = 64;

export interface ShrinkOptions {
  /** Replays at most. */
  readonly budget?: number;
}

export interface ShrinkResult extends Cost {
  readonly violation: Violation;
  readonly trace: ConcreteTrace;
  readonly replays: number;
  /** Whether nothing more could be taken away; false when the budget ended first. */
  readonly minimal: boolean;
}

/**
 * Make a failing trace minimal: fewest operations, then switches, then steps, then the smallest numbers in arguments. Works on
 * the concrete trace; each attempt is executed, and counts only if it ends with the same property and cause. At the end no single
 * operation and no pair can be taken away.
 */
export function shrink(
  model: Model,
  trace: ConcreteTrace,
  violation: Violation,
  options: ShrinkOptions = {},
): ShrinkResult {
  return new Shrinker(model, trace, violation, options.budget ?? BUDGET).run();
}

/**
 * Shrink the findings of one run. They mostly end in one step, so each begins with what one before it came to, if that shows it too.
 */
export function shrinkAll(
  model: Model,
  trace: ConcreteTrace,
  violations: readonly Violation[],
  options: ShrinkOptions = {},
): ShrinkResult[] {
  const results: ShrinkResult[] = [];
  for (const violation of violations) {
    const key = findingKey(violation);
    const shorter = results.find(
      (one) => mendedReplay(model, one.trace.records, one.trace.finished, key) !== undefined,
    );
    results.push(shrink(model, shorter?.trace ?? trace, violation, options));
  }
  return results;
}

class Shrinker {
  private readonly model: Model;
  private readonly finished: boolean;
  private readonly attempts: MendedReplays;
  private readonly budget: number;
  private replays = 0;
  private best: Failing;

  constructor(model: Model, trace: ConcreteTrace, violation: Violation, budget: number) {
    this.model = model;
    this.finished = trace.finished;
    this.attempts = new MendedReplays(model, trace.finished, findingKey(violation));
    this.budget = budget;
    const first = this.attempt(trace.records);
    if (first === undefined) throw new UnrepeatableRun(model);
    this.best = first;
    this.attempts.keep(first.records);
  }

  run(): ShrinkResult {
    do {
      this.dropOperations();
      this.dropLoose();
    } while (
      this.dropPairs() ||
      this.mergeAgents() ||
      this.mergeSegments() ||
      this.dropSteps() ||
      this.lowerArguments()
    );
    const { actions, cost, violation } = this.best;
    // Named afresh: o1, o2 … without the gaps of what was taken away.
    const trace = recordRun(this.model, actions, this.finished);
    return { ...cost, violation, trace, replays: this.replays, minimal: this.replays < this.budget };
  }

  private attempt(records: readonly ActionRecord[]): Failing | undefined {
    this.replays++;
    return this.attempts.attempt(records);
  }

  private get spent(): boolean {
    return this.replays >= this.budget;
  }

  /** Keep the attempt if it fails the same and costs less, or the same with smaller numbers. */
  private improves(records: readonly ActionRecord[]): boolean {
    if (this.spent) return false;
    const found = this.attempt(records);
    if (found === undefined) return false;
    const order =
      compareCosts(found.cost, this.best.cost) || weightOf(found.records) - weightOf(this.best.records);
    if (order >= 0) return false;
    this.best = found;
    this.attempts.keep(found.records);
    return true;
  }

  /** Until no single operation can go. */
  private dropOperations(): void {
    this.dropParts(
      () => this.operationCount(),
      (from, to) => without(this.best.records, (operation) => operation >= from && operation < to),
    );
  }

  /** What belongs to no operation, accesses of devices above all: there may be a thousand, and few matter. */
  private dropLoose(): void {
    this.dropParts(
      () => looseIn(this.best.records).length,
      (from, to) => {
        const dropped = new Set(looseIn(this.best.records).slice(from, to));
        return this.best.records.filter((_, at) => !dropped.has(at));
      },
    );
  }

  /** Delta debugging: large parts first, down to single ones, until no single one can go. */
  private dropParts(count: () => number, rest: (from: number, to: number) => readonly ActionRecord[]): void {
    let size = Math.max(1, count() >> 1);
    while (!this.spent) {
      let dropped = false;
      // From the end: what comes later depends on what came before.
      for (let end = count(); end > 0; ) {
        const start = Math.max(0, end - size);
        if (this.improves(rest(start, end))) dropped = true;
        end = Math.min(start, count());
      }
      if (size === 1 && !dropped) return;
      if (!dropped || size > 1) size = Math.max(1, size >> 1);
    }
  }

  /** Two operations of which neither can go alone: one undoes what the other did. */
  private dropPairs(): boolean {
    const count = this.operationCount();
    if (count > MAX_PAIRED) return false;
    for (let second = count - 1; second > 0; second--) {
      for (let first = second - 1; first >= 0; first--) {
        if (
          this.improves(
            without(this.best.records, (operation) => operation === first || operation === second),
          )
        )
          return true;
      }
    }
    return false;
  }

  /** Let one agent do what several did: all that another does, or one operation of it. */
  private mergeAgents(): boolean {
    const acting = [...new Set(this.best.records.filter(isOperation).map(({ agent }) => agent))];
    for (const from of acting) {
      for (const to of this.alike(from)) {
        const { records } = this.best;
        if (
          this.improves(records.map((record) => (record.agent === from ? { ...record, agent: to } : record)))
        )
          return true;
      }
    }
    for (let operation = 0; operation < this.operationCount(); operation++) {
      const [begin] = this.best.records.filter(isOperation).slice(operation);
      for (const to of this.alike(begin.agent)) {
        if (this.improves(given(this.best.records, operation, to))) return true;
      }
    }
    return false;
  }

  /** Names of the other agents of the agent's sort: they differ in their number. */
  private alike(name: string): string[] {
    const { model } = this;
    const sort = sortOf(name);
    return Array.from({ length: model.agents }, (_, agent) => model.agentName(agent)).filter(
      (other) => other !== name && sortOf(other) === sort,
    );
  }

  /** Bring what one agent does together: move each stretch of its steps to its next or last one, or past its neighbour. */
  private mergeSegments(): boolean {
    const segments = segmentsOf(this.best.records);
    for (let later = segments.length - 1; later > 0; later--) {
      for (let earlier = later - 1; earlier >= 0; earlier--) {
        if (this.spent) return false;
        const same = segments[earlier][0].agent === segments[later][0].agent;
        if (!same && earlier !== later - 1) continue;
        if (this.improves(moved(segments, later, same ? earlier + 1 : earlier).flat())) return true;
        if (same && this.improves(moved(segments, earlier, later - 1).flat())) return true;
      }
    }
    return false;
  }

  /** Steps that nothing needs: the rest of a call that the violation did not wait for, what hardware did in passing. */
  private dropSteps(): boolean {
    let dropped = false;
    for (let i = this.best.records.length - 1; i >= 0; i--) {
      const { records } = this.best;
      if (i >= records.length || records[i].operation !== undefined) continue;
      if (this.improves(records.filter((_, at) => at !== i))) dropped = true;
    }
    return dropped;
  }

  private lowerArguments(): boolean {
    let lowered = this.lowerTogether();
    for (let i = 0; i < this.best.records.length; i++) {
      for (const [name, value] of Object.entries(this.best.records[i].arguments ?? {})) {
        if (typeof value !== 'number') continue;
        for (const lower of lowerValues(value)) {
          const { records } = this.best;
          const changed = { ...records[i], arguments: { ...records[i].arguments, [name]: lower } };
          if (!this.improves(records.with(i, changed))) continue;
          lowered = true;
          break;
        }
      }
    }
    return lowered;
  }

  /** A number stands for one thing wherever its argument has the same name: all of them go down together. */
  private lowerTogether(): boolean {
    for (const record of this.best.records) {
      for (const [name, value] of Object.entries(record.arguments ?? {})) {
        if (typeof value !== 'number') continue;
        for (const lower of lowerValues(value)) {
          const changed = this.best.records.map((other) =>
            other.arguments?.[name] === value
              ? { ...other, arguments: { ...other.arguments, [name]: lower } }
              : other,
          );
          if (this.improves(changed)) return true;
        }
      }
    }
    return false;
  }

  private operationCount(): number {
    return this.best.cost.operations;
  }
}

/** Records without the operations chosen, each with all steps of its call. */
function without(records: readonly ActionRecord[], dropped: (operation: number) => boolean): ActionRecord[] {
  const current = new Map<string, number>();
  let begun = 0;
  return records.filter((record) => {
    if (record.operation !== undefined) current.set(record.agent, begun++);
    const operation = current.get(record.agent);
    // Steps of an agent that has begun nothing are the hardware's own: they stay, and are skipped when they lose their sense.
    return operation === undefined || !dropped(operation);
  });
}

/** Where the steps of agents stand that have begun nothing. */
function looseIn(records: readonly ActionRecord[]): number[] {
  const busy = new Set<string>();
  const loose: number[] = [];
  records.forEach(({ agent, operation }, at) => {
    if (operation !== undefined) busy.add(agent);
    if (!busy.has(agent)) loose.push(at);
  });
  return loose;
}

/** Stretches of one agent's steps. */
function segmentsOf(records: readonly ActionRecord[]): ActionRecord[][] {
  const segments: ActionRecord[][] = [];
  for (const record of records) {
    const last = segments.at(-1);
    if (last !== undefined && last[0].agent === record.agent) last.push(record);
    else segments.push([record]);
  }
  return segments;
}

function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const result = [...items];
  const [item] = result.splice(from, 1);
  result.splice(to, 0, item);
  return result;
}

/** Records in which operation number `operation` is another agent's, with all its steps. */
function given(records: readonly ActionRecord[], operation: number, agent: string): ActionRecord[] {
  const current = new Map<string, number>();
  let begun = 0;
  return records.map((record) => {
    if (record.operation !== undefined) current.set(record.agent, begun++);
    return current.get(record.agent) === operation ? { ...record, agent } : record;
  });
}

function isOperation(record: ActionRecord): boolean {
  return record.operation !== undefined;
}

/** An agent's name without its number. */
function sortOf(name: string): string {
  return name.replace(/ \d+$/, '');
}

function weightOf(records: readonly ActionRecord[]): number {
  let weight = 0;
  for (const record of records) {
    weight += record.alternative ?? 0;
    if (record.operation !== undefined) weight += Number(/\d+$/.exec(record.agent)?.[0] ?? 0);
    for (const value of Object.values(record.arguments ?? {})) if (typeof value === 'number') weight += value;
  }
  return weight;
}

/** Smaller numbers to try, the smallest first. */
function lowerValues(value: number): number[] {
  const candidates = [0, Math.floor(value / 2), value - 1];
  return [...new Set(candidates)].filter((candidate) => candidate >= 0 && candidate < value);
}
