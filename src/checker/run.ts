import { LimitError } from '../vocabulary/limit.js';
import type { Random } from '../vocabulary/random.js';
import type { Violation } from '../vocabulary/violation.js';
import { copyViolation } from './finding.js';
import type { IntList } from './int-list.js';
import type { Action, Model } from './model.js';
import { generatorOf, planOf, type RunPlan } from './run-plan.js';
import { scheduleOf, type Schedule } from './schedule.js';

/** A procedure that takes more steps than this never ends. */
export const MAX_STEPS_AN_OPERATION = 10_000;

export interface RunOutcome {
  /** Of the step that ended the run, or of its end; empty: the run holds. */
  readonly violations: readonly Violation[];
  /** Whether the run was torn down and judged by `finish`. */
  readonly finished: boolean;
  /** Operations begun, those of the teardown included. */
  readonly operations: number;
  /** The bound of the checker's own that ended the run, where one did: what it would have found is not known. */
  readonly limit?: string;
}

/** A run that does not end is an error of the model, never silence. */
export class EndlessRun extends Error {
  override readonly name = 'EndlessRun';
}

/**
 * One random run: begin `operations` operations, finish what is open, tear everything down, judge the end. It ends at the first
 * violation. What was applied is left in `actions`.
 */
export function executeRun(
  model: Model,
  seed: number,
  run: number,
  operations: number,
  actions: IntList,
): RunOutcome {
  const plan = planOf(seed, model.name, run);
  const random = generatorOf(seed, model.name, run);
  return new Run(model, plan, random, run, actions).executeWithin(operations);
}

class Run {
  private readonly model: Model;
  private readonly random: Random;
  private readonly schedule: Schedule;
  private readonly run: number;
  private readonly actions: IntList;
  private operations = 0;

  constructor(model: Model, plan: RunPlan, random: Random, run: number, actions: IntList) {
    this.model = model;
    this.random = random;
    this.schedule = scheduleOf(plan, model.agents, random);
    this.run = run;
    this.actions = actions;
    actions.clear();
    model.reset();
    this.avoidKinds(plan);
  }

  /** The run, as far as the checker's own bounds let it go. */
  executeWithin(operations: number): RunOutcome {
    try {
      return this.execute(operations);
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      return { violations: [], finished: false, operations: this.operations, limit: error.message };
    }
  }

  private execute(operations: number): RunOutcome {
    const { model } = this;
    model.setPhase('work');
    while (this.operations < operations) if (!this.move()) break;
    if (model.violations.length === 0) {
      model.setPhase('drain');
      while (!model.quiescent()) if (!this.move()) break;
    }
    if (model.violations.length === 0) {
      model.setPhase('teardown');
      while (this.move());
    }
    const finished = model.violations.length === 0;
    const violations = (finished ? model.finish() : model.violations).map(copyViolation);
    return { violations, finished, operations: this.operations };
  }

  /** One step; false when nobody can take one, or when it violated something. */
  private move(): boolean {
    const { model, actions } = this;
    const action = this.choose();
    if (action < 0) {
      // What the last step said was looked at when it was taken.
      return false;
    }
    if (model.isOperation(action)) this.operations++;
    model.apply(action);
    actions.push(action);
    this.schedule.took(model.agentOf(action), this.random);
    if (actions.length > MAX_STEPS_AN_OPERATION * (this.operations + 1)) {
      throw new EndlessRun(
        `${model.name}: run ${this.run} does not end: ${actions.length} steps for ${this.operations} operations`,
      );
    }
    return model.violations.length === 0;
  }

  private choose(): Action {
    const { model, schedule, random } = this;
    let barred = 0;
    for (;;) {
      const agent = schedule.pick(model, random, barred);
      if (agent < 0) return -1;
      const action = model.draw(agent, random);
      // An agent may have nothing but kinds of operations that this run avoids.
      if (action < 0) barred |= 1 << agent;
      else if (!model.isOperation(action) || !schedule.postpones(agent, random)) return action;
    }
  }

  private avoidKinds(plan: RunPlan): void {
    const { model, random } = this;
    if (model.operationKinds === undefined || plan.avoidedQuarters === 0) return;
    model.avoid?.(
      Uint8Array.from(model.operationKinds, () => (random.below(4) < plan.avoidedQuarters ? 1 : 0)),
    );
  }
}
