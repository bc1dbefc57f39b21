import type { Random } from '../vocabulary/random.js';
import type { Model } from './model.js';
import type { RunPlan } from './run-plan.js';

/** Who moves next. */
export interface Schedule {
  /** An agent that can move and is not in the set `barred`, or -1. */
  pick(model: Model, random: Random, barred: number): number;
  /** Asked when the picked agent would begin an operation: true means pick again. */
  postpones(agent: number, random: Random): boolean;
  /** The agent took a step. */
  took(agent: number, random: Random): void;
}

export function scheduleOf(plan: RunPlan, agents: number, random: Random): Schedule {
  if (plan.schedule === 'uniform') return new UniformSchedule();
  return new PctSchedule(agents, plan.changePoints, plan.window, random);
}

/** Each agent that can move, equally likely. */
export class UniformSchedule implements Schedule {
  pick(model: Model, random: Random, barred: number): number {
    const { agents } = model;
    // Most agents can move most of the time: guessing asks fewer of them than listing.
    for (let attempt = 0; attempt < agents; attempt++) {
      const agent = random.below(agents);
      if (((barred >> agent) & 1) === 0 && model.canMove(agent)) return agent;
    }
    let movable = 0;
    let count = 0;
    for (let agent = 0; agent < agents; agent++) {
      if (((barred >> agent) & 1) !== 0 || !model.canMove(agent)) continue;
      movable |= 1 << agent;
      count++;
    }
    if (count === 0) return -1;
    let left = random.below(count);
    for (let agent = 0; ; agent++) if (((movable >> agent) & 1) !== 0 && left-- === 0) return agent;
  }

  postpones(): boolean {
    return false;
  }

  took(): void {}
}

/**
 * Probabilistic concurrency testing (Burckhardt and others, ASPLOS 2010): the agent of the highest random priority runs until it
 * blocks; at d random steps the one that runs falls below all others. A bug that needs d + 1 ordering constraints among n agents
 * in k steps is hit with probability at least 1 / (n·k^d). Two things are added, for runs that go on: a priority is for one
 * operation, so that an agent that never lacks work does not always come first; and after each window of k steps everything is
 * drawn again. Without that, those who wait would be those who once drew low, and wait ever longer.
 */
export class PctSchedule implements Schedule {
  /** Above 0: drawn; below 0: fell at a change point. */
  private readonly priorities: Float64Array;
  /** 1 where the priority has served an operation and the next one draws its own. */
  private readonly served: Uint8Array;
  /** Steps of the present window at which the running agent falls. */
  private readonly points: Int32Array;
  private readonly window: number;
  private step = 0;

  constructor(agents: number, changePoints: number, window: number, random: Random) {
    this.priorities = new Float64Array(agents);
    this.served = new Uint8Array(agents);
    this.points = new Int32Array(changePoints);
    this.window = window;
    this.openWindow(random);
  }

  pick(model: Model, _random: Random, barred: number): number {
    let best = -1;
    for (let agent = 0; agent < model.agents; agent++) {
      if (((barred >> agent) & 1) !== 0) continue;
      if (best >= 0 && this.priorities[agent] <= this.priorities[best]) continue;
      if (model.canMove(agent)) best = agent;
    }
    return best;
  }

  postpones(agent: number, random: Random): boolean {
    if (this.served[agent] === 0) {
      this.served[agent] = 1;
      return false;
    }
    this.served[agent] = 0;
    this.priorities[agent] = drawPriority(random);
    return true;
  }

  took(agent: number, random: Random): void {
    this.step++;
    // Among those that fell, the order is random too.
    if (this.points.includes(this.step)) this.priorities[agent] = -drawPriority(random);
    if (this.step < this.window) return;
    this.openWindow(random);
  }

  private openWindow(random: Random): void {
    this.step = 0;
    for (let agent = 0; agent < this.priorities.length; agent++)
      this.priorities[agent] = drawPriority(random);
    for (let i = 0; i < this.points.length; i++) this.points[i] = 1 + random.below(this.window);
  }
}

function drawPriority(random: Random): number {
  return 1 + random.below(1 << 30);
}
