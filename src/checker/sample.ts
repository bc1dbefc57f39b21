import type { Violation } from '../vocabulary/violation.js';
import { compareCosts, costOf, type Cost } from './cost.js';
import { addCoverage, clearCoverage, readCoverage, type CoverageCounts } from './coverage.js';
import { compareFindings, copyViolation, findingKey } from './finding.js';
import { IntList } from './int-list.js';
import type { Action, Model } from './model.js';
import { executeRun } from './run.js';
import { shrinkAll, type ShrinkResult } from './shrink.js';
import { recordRun, type ConcreteTrace } from './trace.js';

/** The schedules' sets of agents are 31 bits. */
const MAX_AGENTS = 31;
/** Runs of one batch in {@link sample}; no result depends on it. */
const BATCH = 64;

export interface BatchOptions {
  readonly seed: number;
  /** The runs `from` … `to - 1`. */
  readonly from: number;
  readonly to: number;
  /** Operations that each run begins before it is torn down. */
  readonly operations: number;
  /** Asked before each run; true ends the batch there. */
  readonly stop?: () => boolean;
}

/** One finding of a batch, before it is shrunk. */
export interface BatchFailure extends Cost {
  readonly violation: Violation;
  /** Runs that ended with it. */
  readonly count: number;
  /** The run whose trace is kept: the cheapest, the first of equals. */
  readonly run: number;
  readonly trace: ConcreteTrace;
}

/** Runs that a bound of the checker's own ended: they count as runs, and say nothing of what they would have found. */
export interface LimitedRuns {
  readonly limit: string;
  readonly count: number;
  /** The first of them. */
  readonly run: number;
}

/** Plain data, to be sent between threads and folded. */
export interface BatchResult {
  readonly from: number;
  /** Runs up to here were executed; less than asked only after a stop. */
  readonly to: number;
  readonly operations: number;
  readonly steps: number;
  /** By property and cause. */
  readonly failures: readonly BatchFailure[];
  /** By limit. */
  readonly limited: readonly LimitedRuns[];
  readonly coverage: CoverageCounts;
}

export interface SampleOptions extends Omit<BatchOptions, 'from' | 'to'> {
  /** Number of runs; without it, until `stop`. */
  readonly runs?: number;
  /** Replays that shrinking one finding may take. */
  readonly shrinkBudget?: number;
  /** Told at the ends of batches. */
  readonly progress?: (runs: number, failures: number) => void;
}

export interface SampleFailure extends BatchFailure {
  /** Whether shrinking came to its end within its budget. */
  readonly minimal: boolean;
}

export interface SampleResult {
  readonly verdict: 'violated' | 'sampled';
  readonly runs: number;
  readonly operations: number;
  readonly steps: number;
  readonly failures: readonly SampleFailure[];
  readonly limited: readonly LimitedRuns[];
  readonly coverage: CoverageCounts;
}

/** The first cheapest run of one finding so far. */
interface Best {
  violation: Violation;
  cost: Cost;
  count: number;
  run: number;
  actions: Action[];
  finished: boolean;
}

/** The model that a run works in: models of one design in turn. */
export function modelOf<T>(models: readonly T[], run: number): T {
  return models[run % models.length];
}

/** Random runs, folded, each finding shrunk. The result depends on the seed and on how many runs there were, on nothing else. */
export function sample(model: Model, options: SampleOptions): SampleResult {
  const runs = options.runs ?? Number.POSITIVE_INFINITY;
  let folded = sampleBatch([model], { ...options, from: 0, to: 0 });
  while (folded.to < runs) {
    const from = folded.to;
    const to = Math.min(runs, from + BATCH);
    folded = foldBatches(folded, sampleBatch([model], { ...options, from, to }));
    options.progress?.(folded.to, folded.failures.length);
    if (folded.to < to) break;
  }
  return finishSample(model, folded, options.shrinkBudget);
}

/**
 * Execute a range of runs, run n in the model whose turn it is. Ranges may be executed anywhere, in any order, and folded in theirs.
 * Models of one design may share counters of coverage.
 */
export function sampleBatch(models: readonly Model[], options: BatchOptions): BatchResult {
  for (const { agents, name } of models)
    if (agents > MAX_AGENTS)
      throw new RangeError(`${name}: ${agents} agents; at most ${MAX_AGENTS} can be scheduled`);
  const actions = new IntList(1024);
  const found = new Map<string, Best>();
  const limited: LimitedRuns[] = [];
  let operations = 0;
  let steps = 0;
  let run = options.from;
  for (const { coverage } of models) clearCoverage(coverage);
  // The first is always done: a report of no run at all would look like one that found nothing.
  for (; run < options.to && (!options.stop?.() || run === 0); run++) {
    const model = modelOf(models, run);
    const outcome = executeRun(model, options.seed, run, options.operations, actions);
    operations += outcome.operations;
    steps += actions.length;
    if (outcome.limit !== undefined) limited.push({ limit: outcome.limit, count: 1, run });
    for (const violation of outcome.violations) keep(model, found, violation, run, actions, outcome.finished);
  }
  // Read before the traces are written down, which executes them again.
  const coverage = readCoverage(...models.map((model) => model.coverage));
  const failures = [...found.values()]
    .sort((a, b) => compareFindings(a.violation, b.violation))
    .map(({ violation, cost, count, run, actions, finished }) => {
      return { violation, ...cost, count, run, trace: recordRun(modelOf(models, run), actions, finished) };
    });
  return { from: options.from, to: run, operations, steps, failures, limited: byLimit(limited), coverage };
}

function keep(
  model: Model,
  found: Map<string, Best>,
  violation: Violation,
  run: number,
  actions: IntList,
  finished: boolean,
): void {
  const key = findingKey(violation);
  const known = found.get(key);
  if (known !== undefined) known.count++;
  const taken = Array.from(actions.items.subarray(0, actions.length));
  const cost = costOf(model, taken);
  if (known === undefined) {
    found.set(key, { violation: copyViolation(violation), cost, count: 1, run, actions: taken, finished });
  } else if (compareCosts(cost, known.cost) < 0) {
    Object.assign(known, { violation: copyViolation(violation), cost, run, actions: taken, finished });
  }
}

/** The result of both ranges together; `b` must begin where `a` ended. Folding is associative, so batches may be cut anywhere. */
export function foldBatches(a: BatchResult, b: BatchResult): BatchResult {
  if (a.to !== b.from) throw new RangeError(`runs up to ${a.to} cannot be followed by runs from ${b.from}`);
  const failures = new Map(a.failures.map((failure) => [findingKey(failure.violation), failure]));
  for (const failure of b.failures) {
    const key = findingKey(failure.violation);
    const known = failures.get(key);
    if (known === undefined) {
      failures.set(key, failure);
      continue;
    }
    // On equal costs the earlier run stays.
    const better = compareCosts(failure, known) < 0 ? failure : known;
    failures.set(key, { ...better, count: known.count + failure.count });
  }
  return {
    from: a.from,
    to: b.to,
    operations: a.operations + b.operations,
    steps: a.steps + b.steps,
    failures: [...failures.values()].sort((x, y) => compareFindings(x.violation, y.violation)),
    limited: byLimit([...a.limited, ...b.limited]),
    coverage: addCoverage(a.coverage, b.coverage),
  };
}

/** Each limit once; `limited` is in the order of its runs. */
function byLimit(limited: readonly LimitedRuns[]): LimitedRuns[] {
  const sums = new Map<string, LimitedRuns>();
  for (const { limit, count, run } of limited) {
    const known = sums.get(limit);
    sums.set(limit, { limit, count: count + (known?.count ?? 0), run: known?.run ?? run });
  }
  return [...sums.values()].sort((a, b) => (a.limit < b.limit ? -1 : 1));
}

/** Findings of the same run together, in the order of the first of each. */
export function byRun<T extends { readonly run: number }>(failures: readonly T[]): T[][] {
  const groups = new Map<number, T[]>();
  for (const failure of failures) {
    const group = groups.get(failure.run);
    if (group === undefined) groups.set(failure.run, [failure]);
    else group.push(failure);
  }
  return [...groups.values()];
}

/** Shrink what the runs found. */
export function finishSample(model: Model, folded: BatchResult, shrinkBudget?: number): SampleResult {
  const shrunk = new Map<BatchFailure, ShrinkResult>();
  for (const group of byRun(folded.failures)) {
    const violations = group.map(({ violation }) => violation);
    const results = shrinkAll(model, group[0].trace, violations, { budget: shrinkBudget });
    group.forEach((failure, i) => {
      shrunk.set(failure, results[i]);
    });
  }
  const failures = folded.failures.map((failure): SampleFailure => {
    const { violation, trace, operations, switches, steps, minimal } = shrunk.get(failure)!;
    return { violation, operations, switches, steps, count: failure.count, run: failure.run, trace, minimal };
  });
  const { operations, steps, limited, coverage } = folded;
  const verdict = failures.length > 0 ? 'violated' : 'sampled';
  return { verdict, runs: folded.to - folded.from, operations, steps, failures, limited, coverage };
}
