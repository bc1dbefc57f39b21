import type { Program } from '../statechart/program.js';
import { commonSteps } from '../vocabulary/common-steps.js';
import type { WorldShape } from '../vocabulary/shape.js';
import type { GlobalPoint } from './compiled-design.js';

/** Of the steps that give or take something, those that hardware cannot hold on to. */
const PLAIN_ALLOCATIONS: ReadonlySet<unknown> = new Set([commonSteps.create, commonSteps.destroy]);

/**
 * Whether the step of the point commutes with whatever invalidation hardware does meanwhile, so that it does not matter which
 * comes first. Effects change the queue and the ledger, and take away from what hardware may hold: they violate nothing. So a
 * step is local when it neither changes what hardware reads nor is judged by what hardware holds: not one that stores to tables
 * or registers, gives or frees frames and identifiers, or may be the last of its call. Putting a command into the queue is
 * local: commands before it do not change what it does. So is a wait, once it is over.
 */
export function isLocal(point: GlobalPoint): boolean {
  if (point.mayEnd) return false;
  if (point.skipped) return true;
  const { kind, sight } = point.step;
  if (kind === 'allocate' || kind === 'release') return PLAIN_ALLOCATIONS.has(point.step);
  return sight !== 'hardware' || kind === 'flush';
}

/** Whether nothing but a page request of a device brings on an agent that waits at the point. */
export function waitsForRequest(point: GlobalPoint): boolean {
  return point.step === commonSteps.waitRequest && !point.skipped;
}

/** Whether an agent with the procedure may ever do anything but wait. */
export function mayWake(program: Program, shape: WorldShape): boolean {
  return shape.pageRequests > 0 || !program.points.some(({ step }) => step === commonSteps.waitRequest);
}
