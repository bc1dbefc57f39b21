import { InvalidationQueue, PENDING } from '../hardware/queue.js';
import type { StateVector } from '../hardware/state-vector.js';
import { type LifecycleTable, NOT_ACCEPTED } from '../statechart/lifecycle-table.js';
import type { Architecture } from '../vocabulary/architecture.js';

type Command = Parameters<InvalidationQueue['submit']>;

/**
 * The invalidation queues, with the lifecycle of each command watched. Where a command is, the queue says itself: not in it, in it and
 * pending, or in it and done; so nothing is kept beside it.
 */
export class WatchedQueue extends InvalidationQueue {
  private readonly events: Readonly<Record<'SUBMITTED' | 'EFFECTIVE' | 'COMPLETED', number>>;
  /** Where the commands are, from the head: read only while one of them finishes. */
  private readonly states: number[] = [];
  private readonly submitted: number;
  private readonly effective: number;

  constructor(
    state: StateVector,
    base: number,
    capacity: number,
    architecture: Pick<Architecture, 'commands' | 'order'>,
    private readonly table: LifecycleTable,
    private readonly refused: (machine: string, state: string, event: string) => void,
  ) {
    super(state, base, capacity, architecture);
    const [SUBMITTED, EFFECTIVE, COMPLETED] = ['SUBMITTED', 'EFFECTIVE', 'COMPLETED'].map((name) =>
      table.event(name),
    );
    this.events = { SUBMITTED, EFFECTIVE, COMPLETED };
    this.submitted = table.states.indexOf('submitted');
    this.effective = table.states.indexOf('effective');
  }

  override submit(...command: Command): number {
    const ticket = super.submit(...command);
    this.send(this.table.initial, 'SUBMITTED');
    return ticket;
  }

  override finish(iommu: number, place: number): void {
    this.send(this.stateAt(iommu, place), 'EFFECTIVE');
    const before = this.count(iommu);
    const { states } = this;
    for (let at = 0; at < before; at++) states[at] = at === place ? this.effective : this.stateAt(iommu, at);
    super.finish(iommu, place);
    // Software sees of those alone that have left the queue that they are over.
    for (let at = 0; at < before - this.count(iommu); at++) this.send(states[at], 'COMPLETED');
  }

  private stateAt(iommu: number, place: number): number {
    return this.field(iommu, place, PENDING.done) === 0 ? this.submitted : this.effective;
  }

  private send(state: number, event: keyof WatchedQueue['events']): void {
    if (this.table.next(state, this.events[event]) === NOT_ACCEPTED)
      this.refused(this.table.name, this.table.stateName(state), event);
  }
}
