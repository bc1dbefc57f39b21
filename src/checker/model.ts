import type { Random } from '../vocabulary/random.js';
import type { Violation } from '../vocabulary/violation.js';

/** An action of a model, packed into a non-negative 31-bit integer by the model that made it. */
export type Action = number;

/**
 * `work` starts operations freely; `drain` finishes open ones; `teardown` undoes everything that still exists. Phases only
 * narrow: what `drain` and `teardown` enable, `work` enables too, so a whole run replays in `work`.
 */
export type Phase = 'work' | 'drain' | 'teardown';

/**
 * The one door through which every engine goes. Engines know nothing of what is modelled: actions are integers, states are
 * packed bytes, agents are small integers.
 */
export interface Model {
  readonly name: string;
  /** Agents are numbered 0…agents-1 in a fixed order. */
  readonly agents: number;
  agentName(agent: number): string;

  /** Back to the initial state; forgets marks and coverage-neutral caches. */
  reset(): void;
  /** Every enabled action, in an order that depends on the state alone, written from `out[0]`; returns how many. */
  enabled(out: Int32Array): number;
  /**
   * A part of what {@link enabled} lists that is enough to search: none, only if nothing is enabled; and whatever it leaves out
   * stays possible, does the same, and violates nothing, until after one of the listed. Absent where nothing can be left out.
   */
  enough?(out: Int32Array): number;
  /**
   * The one action that {@link enough} (or, without it, {@link enabled}) would list, if it would list exactly one and that begins no
   * operation; else -1. Absent where listing is as cheap.
   */
  onlyStep?(): Action;
  /** Absent where judging leaves out nothing more. */
  readonly judging?: Judging;
  /** One enabled action of the agent without listing all, or -1 if it has none. */
  draw(agent: number, random: Random): Action;
  /** Whether the agent has any enabled action now. Cheap: schedulers ask at every step. */
  canMove(agent: number): boolean;
  /** Depends on the number alone, not on the state; so does {@link isOperation}. */
  agentOf(action: Action): number;
  /** Whether the action begins an operation (counted first in the length of a trace). */
  isOperation(action: Action): boolean;
  /** For people: one line. */
  describe(action: Action): string;
  /** Take the action. Violations of this step are then in {@link violations}. */
  apply(action: Action): void;

  /** A point to come back to, once. Marks nest: coming back to one closes it and all later ones. */
  mark(): number;
  rollback(mark: number): void;

  /** The canonical packed state, written at `out[offset…]`; returns its length in bytes. `out` is large enough: {@link maxEncoding}. */
  encode(out: Uint8Array, offset: number): number;
  readonly maxEncoding: number;
  decode(from: Uint8Array, offset: number, length: number): void;

  /**
   * Resources read and written by the action, as bit sets of the model's own numbering. An action is not `visible` when no
   * other agent's action and no property reads what it writes or writes what it reads, and no other agent can enable a second
   * action beside it: then it may be taken at any time before its agent's next visible action, and the reduction of the
   * exhaustive search relies on that.
   */
  footprint(action: Action): { readonly reads: number; readonly writes: number; readonly visible: boolean };

  /** What the last apply violated; empty when nothing. The array is reused. */
  readonly violations: readonly Violation[];
  /** Check everything from scratch, whatever was touched. */
  check(): readonly Violation[];
  /** No call open, no command pending. */
  quiescent(): boolean;
  setPhase(phase: Phase): void;
  /** Names of the kinds of operations that {@link avoid} can leave out; absent where the model offers no such choice. */
  readonly operationKinds?: readonly string[];
  /**
   * From now on `draw` begins no operation of kind k where `kinds[k]` is 1. Only `draw` obeys, and only in the phase `work`;
   * `enabled` and `canMove` do not change, so `draw` may then answer -1 for an agent that can move. All kinds are allowed after
   * `reset`. The array belongs to the caller.
   */
  avoid?(kinds: Uint8Array): void;
  /** Judged once a run has been torn down: leaks, unanswered requests. */
  finish(): readonly Violation[];
  readonly coverage: Coverage;

  /**
   * Traces outlive action numbers. `record` writes an enabled action so that it can be recognised in another run: objects by
   * the name of the operation that made them, a step by its control state. `resolve` finds the enabled action a record means
   * now, or -1. An operation's record carries `operation`: its name in the trace, stable when others are removed. `record` is
   * called right before the action is applied. When the action that `resolve` found is applied next, the operation keeps the
   * name that its record carries; an operation begun without a record gets the next free `o<n>`.
   */
  record(action: Action): ActionRecord;
  resolve(record: ActionRecord): Action;
  /** Where the agent stands, as text stable over versions (`iommufd/attach/lockGroup`), or '' when idle. */
  position(agent: number): string;
  /** What the last apply changed, for people: only filled while tracing is on. */
  setTracing(on: boolean): void;
  readonly changes: readonly string[];
}

/**
 * That nothing violates takes less to see than what violates, and for how little. From `begin` to `end` what {@link Model.enough} leaves
 * out may violate, as long as it does so after one of those listed too.
 */
export interface Judging {
  /** Whatever was learnt since the model was made, which other searches may have done otherwise. */
  forget(): void;
  begin(): void;
  end(): void;
  /** More has been left out since `begin` than ought to have been: the search must begin again. */
  readonly isWrong: boolean;
}

export interface ActionRecord {
  readonly agent: string;
  /** Set when the action begins an operation: the operation's name in the trace (`o3`). */
  readonly operation?: string;
  /** What is done: an operation's name, or the step's control state, or the hardware's effect. */
  readonly does: string;
  readonly arguments?: Readonly<Record<string, string | number>>;
  /** The alternative chosen, when it is not the first. */
  readonly alternative?: number;
}

/** Counters that survive resets and are folded over runs. */
export interface Coverage {
  /** Named points that can be reached; `hits[i]` counts visits to `names[i]`. */
  readonly groups: Readonly<Record<string, CoverageGroup>>;
}

export interface CoverageGroup {
  readonly names: readonly string[];
  readonly hits: Float64Array | number[];
}
