import { LimitError } from '../vocabulary/limit.js';
import type { Violation } from '../vocabulary/violation.js';
import { Column } from './column.js';
import { compareCosts, costOf, type Cost } from './cost.js';
import { clearCoverage, readCoverage, type CoverageCounts } from './coverage.js';
import { compareFindings, copyViolation, findingKey } from './finding.js';
import { IntList } from './int-list.js';
import type { Action, Judging, Model } from './model.js';
import { invisible, listEnough, retrace, type MacroStep } from './retrace.js';
import { agentOfArrival, MAX_ARRIVAL_STEPS, packArrival, StateStore, stepsOfArrival } from './state-store.js';

/** An agent's number has four bits in a record. */
const MAX_AGENTS = 16;
/** The most actions a state may enable. */
const MAX_ENABLED = 1 << 16;
/** Steps taken together at most: an endless loop of them is then cut into stored states, and the search ends. */
const MAX_CHAIN = MAX_ARRIVAL_STEPS - 2;
/** Widest numbers of operations, switches and steps that {@link packCost} can hold. */
const COST_BITS = { operations: 8, switches: 10, steps: 14 } as const;
/** Expansions between two looks at the callbacks. */
const CALLBACK_PERIOD = 1024;
/** Successors that are settled together, once there are so many: enough that their cache misses overlap. */
const STAGED = 64;

export interface ExploreOptions {
  /** Store at most this many states. */
  readonly maxStates?: number;
  /** Take no action that begins operation number `maxOperations + 1`. */
  readonly maxOperations?: number;
  /**
   * Follow no state's cheapest trace past this many switches. Cheapest counts operations first, so this is a budget, not a
   * promise that every trace with so few switches was seen.
   */
  readonly maxSwitches?: number;
  /** Take an agent's invisible steps together with its next visible one, and steps that nothing else can come between together. */
  readonly reduce?: boolean;
  /** Also run `model.check()` wherever a step led that violated nothing. */
  readonly fullCheck?: boolean;
  /** End as soon as no cheaper counterexample than the cheapest one found can exist. */
  readonly firstOnly?: boolean;
  /** Asked now and then; true ends the search with what it has. */
  readonly interrupted?: () => boolean;
  /** Told now and then. */
  readonly progress?: (progress: ExploreProgress) => void;
}

export interface ExploreProgress {
  readonly states: number;
  readonly transitions: number;
  readonly operations: number;
  readonly switches: number;
  readonly steps: number;
}

/** What kept a search from being exhaustive. */
export type Limit = 'states' | 'operations' | 'switches' | 'first' | 'interrupt' | 'capacity';

/** A bound of the checker's own that steps met, which were then not followed. */
export interface Outgrown {
  readonly limit: string;
  readonly count: number;
}

export interface FoundViolation extends Cost {
  readonly violation: Violation;
  /** From `reset`, by plain `apply`. */
  readonly actions: readonly Action[];
}

export interface ExploreResult {
  /** `exhaustive`: every reachable state was expanded and none violates. `violated` says nothing about what was left out: see {@link limits}. */
  readonly verdict: 'violated' | 'exhaustive' | 'bounded';
  /** Limits that cut something off, in a fixed order; empty when everything reachable (but past violations) was seen. */
  readonly limits: readonly Limit[];
  /** What the limit `capacity` stands for. */
  readonly outgrown: readonly Outgrown[];
  /** States stored; states reached by violating steps alone, or refused by the full check, are not among them. */
  readonly states: number;
  /** Actions applied to expanded states. */
  readonly transitions: number;
  /** The most operations begun on the cheapest trace that ends in any action applied. */
  readonly depth: number;
  /** One for each distinct (property, cause), each with its cheapest trace, by property and cause. */
  readonly violations: readonly FoundViolation[];
  readonly bytesPerState: number;
  readonly coverage: CoverageCounts;
}

/** The cheapest way known to one finding: an arrival, then a step from it where it is not the arrival itself that is wrong. */
interface Candidate extends Cost {
  readonly violation: Violation;
  readonly from: number;
  readonly step: MacroStep | undefined;
}

/**
 * Search every state of the model, the cheapest first, and report each distinct violation once with its cheapest trace. A state
 * is expanded in parts: the agent that acted last goes on for nothing, any other agent costs a switch. So each (state, agent) is
 * settled once, at its exact least cost, and each action of each state is applied once.
 */
export function explore(model: Model, options: ExploreOptions = {}): ExploreResult {
  return judge(model, options) ?? new Search(model, options).run();
}

/**
 * Look first whether anything violates at all, where that takes fewer states. Undefined where something does, for which the whole
 * search finds the cheapest traces, or where a bound asks for costs.
 */
function judge(model: Model, options: ExploreOptions): ExploreResult | undefined {
  const { reduce, fullCheck, maxOperations, maxSwitches } = options;
  const { judging } = model;
  const isBounded = maxOperations !== undefined || maxSwitches !== undefined;
  if (judging === undefined || !reduce || fullCheck || isBounded) return undefined;
  judging.forget();
  try {
    for (;;) {
      judging.begin();
      const search = new Search(model, options, judging);
      const result = search.run();
      if (!judging.isWrong) return result.verdict === 'violated' ? undefined : result;
    }
  } finally {
    judging.end();
  }
}

class Search {
  private readonly model: Model;
  private readonly options: ExploreOptions;
  private readonly maxStates: number;
  private readonly maxOperations: number;
  private readonly maxSwitches: number;
  private readonly fullCheck: boolean;
  private readonly all: number;

  /** Marks of a state: agents settled or waiting at their least cost. */
  private readonly store: StateStore;
  /**
   * Arrivals say how a state was reached. Number s ≥ 0 is the arrival that discovered state s, kept in its record. Others are
   * needed when a state is reached again cheaper, or by another agent that can go on without a switch; they are -1, -2 ….
   */
  private readonly extraStates = new Column();
  private readonly extraParents = new Column();
  private readonly extraActions = new Column();
  /** How many steps, and whose was the last: as {@link packArrival} packs them. */
  private readonly extraEnds = new Column();

  private readonly enabled = new Int32Array(MAX_ENABLED);
  private readonly enabledLater = new Int32Array(MAX_ENABLED);
  private readonly scratch = new Int32Array(MAX_ENABLED);
  private readonly stagedParents: number[] = [];
  private readonly stagedActions: Action[] = [];
  private readonly stagedAgents: number[] = [];
  private readonly stagedLengths: number[] = [];
  private readonly stagedSwitches: number[] = [];

  /** Arrivals by [switches][steps] of the present layer of operations whose turn is to come. */
  private seeds: IntList[][] = [];
  /** Arrivals by [switches][steps] that begin the next layer of operations. */
  private nextSeeds: IntList[][] = [];
  /** Arrivals of the present bucket by [steps] that are not claimed yet. */
  private unclaimed: IntList[] = [];
  /** Claimed arrivals of the present bucket, one step on. */
  private nextClaimed = new IntList();
  /** Arrivals by [steps] at states whose other agents take their turn one switch later. */
  private nextTurns: IntList[] = [];

  private operations = 0;
  private switches = 0;
  private steps = 0;
  private transitions = 0;
  private expansions = 0;
  private depth = 0;
  private halted = false;
  private readonly limits = new Set<Limit>();
  private readonly outgrown = new Map<string, number>();
  private readonly candidates = new Map<string, Candidate>();
  private cheapest: Cost | undefined;

  constructor(
    model: Model,
    options: ExploreOptions,
    /** Set while the search only asks whether anything violates. */
    private readonly judging?: Judging,
  ) {
    if (model.agents > MAX_AGENTS) {
      throw new RangeError(
        `${model.name}: ${model.agents} agents; exhaustive search takes at most ${MAX_AGENTS}`,
      );
    }
    this.model = model;
    this.options = options;
    this.maxStates = options.maxStates ?? 2 ** 31 - 2;
    this.maxOperations = options.maxOperations ?? Number.POSITIVE_INFINITY;
    this.maxSwitches = options.maxSwitches ?? Number.POSITIVE_INFINITY;
    this.fullCheck = options.fullCheck ?? false;
    this.all = (1 << model.agents) - 1;
    this.store = new StateStore(model);
  }

  run(): ExploreResult {
    this.model.reset();
    this.model.setPhase('work');
    clearCoverage(this.model.coverage);
    let turns = this.start();
    while (!this.halted && (turns.length > 0 || this.seeds.length > 0)) {
      this.nextSeeds = [];
      this.exploreOperations(turns);
      this.seeds = this.nextSeeds;
      turns = [];
      this.operations++;
    }
    return this.result();
  }

  /** Store the initial state. Nobody acted before, so every agent has its turn there without a switch. */
  private start(): IntList[] {
    const initial = this.store.stage();
    this.store.prepare();
    this.store.add(initial, -1, -1, 0, -1, this.maxStates);
    this.store.clearStaged();
    if (
      this.fullCheck &&
      this.recordAll(this.model.check(), 0, undefined, { operations: 0, switches: 0, steps: 0 })
    ) {
      return [];
    }
    const turns: IntList[] = [];
    addAt(turns, 0, 0);
    return turns;
  }

  /** Everything at the present number of operations, by switches. */
  private exploreOperations(firstTurns: IntList[]): void {
    let turns = firstTurns;
    for (this.switches = 0; this.switches < this.seeds.length || turns.length > 0; this.switches++) {
      if (this.switches > this.maxSwitches) {
        this.limits.add('switches');
        return;
      }
      this.nextTurns = [];
      this.exploreBucket(this.seeds[this.switches] ?? [], turns);
      if (this.halted) return;
      turns = this.nextTurns;
    }
  }

  /** Everything at the present number of operations and switches, by steps. */
  private exploreBucket(seeds: IntList[], turns: IntList[]): void {
    this.unclaimed = seeds;
    let claimed = new IntList();
    this.nextClaimed = new IntList();
    const restArrivals = new IntList();
    const restAgents = new IntList();
    const pending = () => this.steps < Math.max(this.unclaimed.length, turns.length) || claimed.length > 0;
    for (this.steps = 0; pending(); this.steps++) {
      // All claims of this level come before its first expansion: an expansion claims for the next level, and must not take
      // what is reached here with a step less.
      this.claimArrivals(this.unclaimed[this.steps], claimed);
      this.claimTurns(turns[this.steps], restArrivals, restAgents);
      if (this.options.firstOnly && this.nothingCheaper()) {
        this.limits.add('first');
        this.halted = true;
      }
      for (let i = 0; i < claimed.length && !this.halted; i++) {
        const arrival = claimed.items[i];
        this.expand(arrival, 1 << this.agentOf(arrival));
      }
      for (let i = 0; i < restArrivals.length && !this.halted; i++) {
        this.expand(restArrivals.items[i], restAgents.items[i]);
      }
      this.settleStaged();
      if (this.halted) return;
      const done = claimed;
      claimed = this.nextClaimed;
      done.clear();
      this.nextClaimed = done;
      restArrivals.clear();
      restAgents.clear();
    }
  }

  private claimArrivals(arrivals: IntList | undefined, claimed: IntList): void {
    if (arrivals === undefined) return;
    for (let i = 0; i < arrivals.length; i++) {
      const arrival = arrivals.items[i];
      if (this.claim(arrival, this.steps)) claimed.push(arrival);
    }
  }

  private claimTurns(arrivals: IntList | undefined, rest: IntList, agents: IntList): void {
    if (arrivals === undefined) return;
    for (let i = 0; i < arrivals.length; i++) {
      const state = this.stateOf(arrivals.items[i]);
      const marks = this.store.marks(state);
      const others = this.all & ~marks;
      if (others === 0) continue;
      this.store.setMarks(state, marks | others);
      rest.push(arrivals.items[i]);
      agents.push(others);
    }
  }

  /** Settle the arrival's agent in its state, unless that was done for less. The first to do so gives the others their turn. */
  private claim(arrival: number, steps: number): boolean {
    const state = this.stateOf(arrival);
    const agent = 1 << this.agentOf(arrival);
    const marks = this.store.marks(state);
    if ((marks & agent) !== 0) return false;
    this.store.setMarks(state, marks | agent);
    if ((marks & this.all) === 0 && agent !== this.all) addAt(this.nextTurns, steps, arrival);
    return true;
  }

  /** Apply every enabled action of `agents` in the arrival's state. */
  private expand(arrival: number, agents: number): void {
    if (this.expansions++ % CALLBACK_PERIOD === 0) this.callBack();
    if (this.judging?.isWrong) {
      this.halted = true;
      return;
    }
    const { model, enabled } = this;
    const state = this.stateOf(arrival);
    this.depth = Math.max(this.depth, this.operations);
    this.store.load(state);
    const count = this.listEnabled(enabled);
    let able = 0;
    let several = 0;
    let goesOn = false;
    for (let i = 0; i < count; i++) {
      const agent = 1 << model.agentOf(enabled[i]);
      several |= able & agent;
      able |= agent;
      goesOn ||= !model.isOperation(enabled[i]);
    }
    // Calls are open and nothing but a new one could bring them forward: they may wait for ever.
    if (!goesOn && !model.quiescent()) {
      const { operations, switches, steps } = this;
      if (this.recordAll(model.finish(), arrival, undefined, { operations, switches, steps })) return;
    }
    // Agents that cannot move here are settled too: there is nothing to come back for.
    this.store.setMarks(state, this.store.marks(state) | (this.all & ~able));
    const alone = this.options.reduce ? ~several : 0;
    for (let i = 0; i < count && !this.halted; i++) {
      const agent = 1 << model.agentOf(enabled[i]);
      if ((agents & agent) === 0) continue;
      if ((alone & agent) !== 0 && invisible(model, enabled[i])) this.chain(arrival, enabled[i]);
      else this.step(arrival, enabled[i], 1);
    }
    if (this.store.stagedCount >= STAGED) this.settleStaged();
  }

  /**
   * An agent whose only action is invisible takes it, and goes on so, and then its next action, as one step. Done before the
   * visible action and not after the last one, so that no trace holds an invisible step that nothing needs: costs are the same
   * as without the reduction.
   */
  private chain(arrival: number, first: Action): void {
    const { model, enabledLater } = this;
    const agent = model.agentOf(first);
    const mark = model.mark();
    let next = first;
    for (let length = 1; !this.halted; length++) {
      if (!this.take(next) || this.violates(arrival, next, 0, length)) break;
      const count = this.listEnabled(enabledLater);
      const only = onlyActionOf(model, agent, enabledLater, count);
      if (only === NONE || length === MAX_CHAIN) {
        // Stored like any other state: somebody may have to see that the agent stands still here.
        this.arrive(arrival, next, agent, 0, length);
        break;
      }
      if (only !== SEVERAL && invisible(model, only)) {
        next = only;
        continue;
      }
      for (let i = 0; i < count && !this.halted; i++) {
        if (model.agentOf(enabledLater[i]) === agent) this.step(arrival, enabledLater[i], length + 1);
      }
      break;
    }
    model.rollback(mark);
  }

  /**
   * Apply the action, the `length`-th of the steps taken together, see where it leads, and take it back. Reduced, whatever is
   * then the only thing that can happen in the whole model, or that is enough to look at, is done as well, and so on: a state with
   * one successor needs no record, nothing can be told of it that is not told of the step into it or out of it, and every path
   * through it costs what its steps cost.
   */
  private step(arrival: number, action: Action, length: number): void {
    const { model } = this;
    if (model.isOperation(action)) {
      if (this.operations >= this.maxOperations) {
        this.limits.add('operations');
        return;
      }
      this.depth = this.operations + 1;
    }
    const mark = model.mark();
    let agent = model.agentOf(action);
    let switches = 0;
    let steps = length;
    let next = action;
    for (;;) {
      if (!this.take(next) || this.violates(arrival, action, switches, steps)) break;
      next = this.options.reduce && steps < MAX_CHAIN ? onlyStep(model, this.scratch) : NONE;
      const switched = next !== NONE && model.agentOf(next) !== agent;
      if (next === NONE || (switched && this.switches + switches >= this.maxSwitches)) {
        this.arrive(arrival, action, agent, switches, steps);
        break;
      }
      if (switched) switches++;
      agent = model.agentOf(next);
      steps++;
    }
    model.rollback(mark);
  }

  /** Apply the action; false where a bound of the checker's own is in its way, and nobody can tell what it leads to. */
  private take(action: Action): boolean {
    this.transitions++;
    try {
      this.model.apply(action);
      return true;
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      this.limits.add('capacity');
      this.outgrown.set(error.message, (this.outgrown.get(error.message) ?? 0) + 1);
      return false;
    }
  }

  /** Whether the model, as it stands after so many steps, violates anything. Most steps do not, so nothing is made for them. */
  private violates(parent: number, action: Action, switches: number, length: number): boolean {
    const { model } = this;
    const violations = model.violations.length > 0 || !this.fullCheck ? model.violations : model.check();
    if (violations.length === 0) return false;
    return this.recordAll(violations, parent, { action, length }, this.costAfter(action, switches, length));
  }

  /** The model stands where steps from `parent` led: put that aside until there are many to settle, or the level ends. */
  private arrive(parent: number, action: Action, agent: number, switches: number, length: number): void {
    const index = this.store.stage();
    this.stagedParents[index] = parent;
    this.stagedActions[index] = action;
    this.stagedAgents[index] = agent;
    this.stagedSwitches[index] = switches;
    this.stagedLengths[index] = length;
  }

  /** Store the staged successors and queue them, but for those that were reached for less. */
  private settleStaged(): void {
    const { store } = this;
    store.prepare();
    for (let i = 0; i < store.stagedCount && !this.halted; i++) this.settle(i);
    store.clearStaged();
  }

  private settle(index: number): void {
    const { store } = this;
    const parent = this.stagedParents[index];
    const action = this.stagedActions[index];
    const agent = this.stagedAgents[index];
    const length = this.stagedLengths[index];
    const state = store.add(index, parent, action, length, agent, this.maxStates);
    const marks = store.fresh ? 0 : store.marks(state);
    // Most arrivals end here.
    if ((marks & (1 << agent)) !== 0) return;
    if (state < 0) {
      this.limits.add('states');
      this.halted = true;
      return;
    }
    const begins = this.model.isOperation(action) ? 1 : 0;
    const switches = this.switches + this.stagedSwitches[index];
    const cost = packCost(this.operations + begins, switches, this.steps + length);
    if (store.fresh) {
      store.setBest(state, cost);
      this.queue(state, begins, switches, length);
      return;
    }
    // Any mark means that the state was reached in this layer of operations or before, where all agents get their turn.
    if (begins !== 0 && (marks & this.all) !== 0) return;
    if (store.agent(state) === agent) {
      // It waits for its turn already, for no more.
      if (cost !== UNKNOWN && store.best(state) <= cost) return;
      store.setBest(state, cost);
    }
    this.extraStates.push(state);
    this.extraParents.push(parent);
    this.extraActions.push(action);
    this.extraEnds.push(packArrival(length, agent));
    this.queue(-this.extraStates.length, begins, switches, length);
  }

  private queue(arrival: number, begins: number, switches: number, length: number): void {
    const steps = this.steps + length;
    if (begins !== 0) addAt((this.nextSeeds[switches] ??= []), steps, arrival);
    else if (switches !== this.switches) addAt((this.seeds[switches] ??= []), steps, arrival);
    else if (length === 1) {
      this.claim(arrival, steps);
      this.nextClaimed.push(arrival);
    } else addAt(this.unclaimed, steps, arrival);
  }

  private stateOf(arrival: number): number {
    return arrival >= 0 ? arrival : this.extraStates.get(-1 - arrival);
  }

  private actionOf(arrival: number): Action {
    return arrival >= 0 ? this.store.action(arrival) : this.extraActions.get(-1 - arrival);
  }

  /** Who did the last of the steps that ended in the arrival. */
  private agentOf(arrival: number): number {
    return arrival >= 0 ? this.store.agent(arrival) : agentOfArrival(this.extraEnds.get(-1 - arrival));
  }

  private listEnabled(out: Int32Array): number {
    const count = this.options.reduce ? listEnough(this.model, out) : this.model.enabled(out);
    if (count > out.length) throw new RangeError(`${this.model.name}: ${count} actions enabled in one state`);
    return count;
  }

  private costAfter(action: Action, switches: number, length: number): Cost {
    return {
      operations: this.operations + (this.model.isOperation(action) ? 1 : 0),
      switches: this.switches + switches,
      steps: this.steps + length,
    };
  }

  /** Keep what is cheaper than before for each finding; whether there was any violation. */
  private recordAll(
    violations: readonly Violation[],
    from: number,
    step: MacroStep | undefined,
    cost: Cost,
  ): boolean {
    // That there is one is all that is asked.
    if (violations.length > 0 && this.judging !== undefined) this.halted = true;
    for (const violation of violations) {
      const key = findingKey(violation);
      const known = this.candidates.get(key);
      if (known !== undefined && compareCosts(known, cost) <= 0) continue;
      this.candidates.set(key, { ...cost, violation: copyViolation(violation), from, step });
      if (this.cheapest === undefined || compareCosts(cost, this.cheapest) < 0) this.cheapest = cost;
    }
    return violations.length > 0;
  }

  /** Whatever is found from here on has a step more than the present level at least. */
  private nothingCheaper(): boolean {
    const { operations, switches, steps } = this;
    return (
      this.cheapest !== undefined &&
      compareCosts(this.cheapest, { operations, switches, steps: steps + 1 }) <= 0
    );
  }

  private callBack(): void {
    const { transitions, operations, switches, steps } = this;
    this.options.progress?.({ states: this.store.size, transitions, operations, switches, steps });
    if (this.options.interrupted?.()) {
      this.limits.add('interrupt');
      this.halted = true;
    }
  }

  private result(): ExploreResult {
    const coverage = readCoverage(this.model.coverage);
    const violations = [...(this.judging === undefined ? this.candidates.values() : [])]
      .sort((a, b) => compareFindings(a.violation, b.violation))
      .map((candidate) => this.rebuild(candidate));
    const limits = LIMITS.filter((limit) => this.limits.has(limit));
    const outgrown = [...this.outgrown].map(([limit, count]) => ({ limit, count }));
    return {
      verdict: this.candidates.size > 0 ? 'violated' : limits.length > 0 ? 'bounded' : 'exhaustive',
      limits,
      outgrown: outgrown.sort((a, b) => (a.limit < b.limit ? -1 : 1)),
      states: this.store.size,
      transitions: this.transitions,
      depth: this.depth,
      violations,
      bytesPerState: Math.round(this.bytes() / this.store.size),
      coverage,
    };
  }

  /** The candidate's trace, executed again from the start. */
  private rebuild(candidate: Candidate): FoundViolation {
    const path: { state: number; step: MacroStep }[] = [];
    if (candidate.step !== undefined)
      path.push({ state: this.stateOf(candidate.from), step: candidate.step });
    for (let arrival = candidate.from; arrival !== 0; ) {
      const parent = arrival >= 0 ? this.store.parent(arrival) : this.extraParents.get(-1 - arrival);
      path.push({
        state: this.stateOf(parent),
        step: { action: this.actionOf(arrival), length: this.lengthOf(arrival) },
      });
      arrival = parent;
    }
    const actions = retrace(this.model, this.store, path.reverse(), candidate.violation, this.options);
    const cost = costOf(this.model, actions);
    if (compareCosts(cost, candidate) !== 0) {
      throw new Error(
        `${this.model.name}: a trace to ${candidate.violation.cause} does not cost what its search counted`,
      );
    }
    return { violation: candidate.violation, actions, ...cost };
  }

  private lengthOf(arrival: number): number {
    return arrival >= 0 ? this.store.steps(arrival) : stepsOfArrival(this.extraEnds.get(-1 - arrival));
  }

  private bytes(): number {
    const extras = [this.extraStates, this.extraParents, this.extraActions, this.extraEnds];
    return extras.reduce((sum, column) => sum + column.bytes, this.store.bytes);
  }
}

const LIMITS: readonly Limit[] = ['states', 'operations', 'switches', 'first', 'interrupt', 'capacity'];
const NONE = -1;
const SEVERAL = -2;
/** A cost too high to be compared: it bars nobody. */
const UNKNOWN = 2 ** 32 - 1;

/** The agent's enabled action when it has exactly one. */
function onlyActionOf(model: Model, agent: number, enabled: Int32Array, count: number): Action {
  let only = NONE;
  for (let i = 0; i < count; i++) {
    if (model.agentOf(enabled[i]) !== agent) continue;
    if (only !== NONE) return SEVERAL;
    only = enabled[i];
  }
  return only;
}

/** The one thing that can happen, if there is exactly one and it begins no operation. */
function onlyStep(model: Model, scratch: Int32Array): Action {
  if (model.onlyStep) return model.onlyStep();
  return listEnough(model, scratch) === 1 && !model.isOperation(scratch[0]) ? scratch[0] : NONE;
}

/** A cost as one unsigned number that orders as {@link compareCosts} does; {@link UNKNOWN} where it does not fit. */
function packCost(operations: number, switches: number, steps: number): number {
  const { operations: o, switches: s, steps: t } = COST_BITS;
  if (operations >= 1 << o || switches >= 1 << s || steps >= 1 << t) return UNKNOWN;
  return ((operations << (s + t)) | (switches << t) | steps) >>> 0;
}

function addAt(levels: IntList[], level: number, value: number): void {
  // Filled up to the level: a list with holes would be slower everywhere it is read.
  while (levels.length <= level) levels.push(EMPTY);
  if (levels[level] === EMPTY) levels[level] = new IntList();
  levels[level].push(value);
}

const EMPTY = new IntList(1);
