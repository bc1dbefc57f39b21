import { LimitError } from '../vocabulary/limit.js';
import type { Violation } from '../vocabulary/violation.js';
import { findByKey, findingKey } from './finding.js';
import type { Action, Model } from './model.js';
import type { StateStore } from './state-store.js';

/**
 * `length` steps that a search took together: invisible ones of the action's agent, each the only one it could take; the action;
 * and whatever then was the only thing that could happen.
 */
export interface MacroStep {
  readonly action: Action;
  readonly length: number;
}

interface RetraceOptions {
  readonly reduce?: boolean;
  readonly fullCheck?: boolean;
}

/** One single step as the search took it, and the encoding of where it led. */
interface Target {
  readonly action: Action;
  readonly encoding: Uint8Array;
}

/**
 * Turn a path of the search into actions that run from `reset` by plain `apply`. The search saw decoded states, in which objects
 * may be numbered otherwise than along a run, so an action's number need not mean the same. Each step is therefore looked up
 * among the enabled ones by where it leads; a path that cannot be followed is an error of the model's encoding or of the
 * reduction, and never a counterexample.
 */
export function retrace(
  model: Model,
  store: StateStore,
  path: readonly { readonly state: number; readonly step: MacroStep }[],
  violation: Violation,
  { reduce = false, fullCheck = false }: RetraceOptions,
): Action[] {
  const enabled = new Int32Array(1 << 16);
  const targets = path.flatMap(({ state, step }) => targetsOf(model, store, state, step, reduce, enabled));
  model.reset();
  model.setPhase('work');
  const actions = targets.map((target, i) => {
    const wanted = i === targets.length - 1 ? violation : undefined;
    const action = follow(model, target, enabled, wanted, fullCheck);
    if (action === undefined) {
      const what = model.describe(target.action);
      throw new Error(
        `${model.name}: step ${i + 1} (${what}) of the trace to ${violation.cause} does not replay from the start`,
      );
    }
    model.apply(action);
    return action;
  });
  return actions;
}

function targetsOf(
  model: Model,
  store: StateStore,
  state: number,
  step: MacroStep,
  reduce: boolean,
  enabled: Int32Array,
): Target[] {
  const agent = model.agentOf(step.action);
  const targets: Target[] = [];
  store.load(state);
  for (let i = 1, isDone = false; i <= step.length; i++) {
    const count = reduce ? listEnough(model, enabled) : model.enabled(enabled);
    const listed = enabled.subarray(0, count);
    const able: Int32Array = isDone ? listed : listed.filter((action) => model.agentOf(action) === agent);
    const isHidden: boolean = !isDone && reduce && able.length === 1 && invisible(model, able[0]);
    const action = isDone || isHidden ? able[0] : step.action;
    isDone = isDone || !isHidden;
    model.apply(action);
    targets.push({ action, encoding: encodingOf(model) });
  }
  return targets;
}

/** What a reduced search looks at in the model's present state. */
export function listEnough(model: Model, out: Int32Array): number {
  return model.enough ? model.enough(out) : model.enabled(out);
}

/** Whether nobody but its agent can tell that the action was taken. Beginning an operation is never hidden: traces are ordered by it. */
export function invisible(model: Model, action: Action): boolean {
  return !model.isOperation(action) && !model.footprint(action).visible;
}

/** The action that leads to the target: the same number if it does, or the first that does. */
function follow(
  model: Model,
  target: Target,
  enabled: Int32Array,
  violation: Violation | undefined,
  fullCheck: boolean,
): Action | undefined {
  const candidates = [...enabled.subarray(0, model.enabled(enabled))].filter(
    (action) =>
      model.agentOf(action) === model.agentOf(target.action) &&
      model.isOperation(action) === model.isOperation(target.action),
  );
  const same = candidates.indexOf(target.action);
  if (same > 0) candidates.unshift(...candidates.splice(same, 1));
  return candidates.find((action) => {
    const mark = model.mark();
    const leads =
      applied(model, action) &&
      (violation === undefined ? reaches(model, target) : violates(model, violation, fullCheck));
    model.rollback(mark);
    return leads;
  });
}

/** Take the action, unless a bound of the checker's own is in its way: the search did not go there either. */
function applied(model: Model, action: Action): boolean {
  try {
    model.apply(action);
    return true;
  } catch (error) {
    if (error instanceof LimitError) return false;
    throw error;
  }
}

function reaches(model: Model, target: Target): boolean {
  if (model.violations.length > 0) return false;
  const encoding = encodingOf(model);
  return Buffer.compare(encoding, target.encoding) === 0;
}

function violates(model: Model, violation: Violation, fullCheck: boolean): boolean {
  const key = findingKey(violation);
  if (findByKey(model.violations, key) !== undefined) return true;
  if (fullCheck && findByKey(model.check(), key) !== undefined) return true;
  return findByKey(model.finish(), key) !== undefined;
}

function encodingOf(model: Model): Uint8Array {
  const bytes = new Uint8Array(model.maxEncoding);
  return bytes.subarray(0, model.encode(bytes, 0));
}
