import { PageRequestQueue, TAKEN } from '../hardware/page-requests.js';
import type { StateVector } from '../hardware/state-vector.js';
import type { WorldShape } from '../vocabulary/shape.js';

/** Page requests, watched for answers that nobody waits for. */
export class WatchedRequests extends PageRequestQueue {
  constructor(
    state: StateVector,
    base: number,
    capacity: number,
    shape: WorldShape,
    /** Told before a request is answered; `isOpen` is false where there is none to answer. */
    private readonly told: (request: number, isOpen: boolean) => void,
  ) {
    super(state, base, capacity, shape);
  }

  override respond(request: number, code: number): void {
    this.told(request, this.stateOf(request) !== 0);
    super.respond(request, code);
  }

  isOpen(request: number): boolean {
    return this.stateOf(request) !== 0;
  }

  isTaken(request: number): boolean {
    return this.stateOf(request) === TAKEN;
  }

  openCount(): number {
    let count = 0;
    for (let request = 1; request <= this.capacity; request++) if (this.stateOf(request) !== 0) count++;
    return count;
  }

  anyTaken(): boolean {
    for (let request = 1; request <= this.capacity; request++) if (this.isTaken(request)) return true;
    return false;
  }
}
