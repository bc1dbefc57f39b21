import type { PageRequests } from '../vocabulary/context.js';
import type { WorldShape } from '../vocabulary/shape.js';
import type { StateVector } from './state-vector.js';

const STATE = 0;
const DEVICE = 1;
const PASID = 2;
const PAGE = 3;
const GROUP = 4;
const WIDTH = 5;

/** Where an open request is: in the hardware queue, or taken out of it by software and not answered. */
export const QUEUED = 1;
export const TAKEN = 2;
/** Answered while it stood in the hardware queue: over, but its place is free only when software takes it out. */
const ANSWERED = 3;

/**
 * Page requests that devices have made and nobody has answered (VT-d 7.4–7.11). A request is one page with the last-in-group
 * mark, so that each wants exactly one response. When there is no room hardware answers "success" itself, and the device will
 * ask again. Handles are 1…capacity, lowest free first; queued requests are kept in the order of arrival.
 */
export class PageRequestQueue implements PageRequests {
  static size(capacity: number): number {
    return capacity * WIDTH + 1 + capacity;
  }

  private readonly words: Int32Array;
  private readonly queueAt: number;

  constructor(
    private readonly state: StateVector,
    private readonly base: number,
    readonly capacity: number,
    private readonly shape: Pick<WorldShape, 'devices'>,
  ) {
    this.words = state.words;
    this.queueAt = base + capacity * WIDTH;
  }

  /** A device asks for a page. The handle, or 0 when there was no room and hardware has answered by itself. */
  request(device: number, pasid: number, page: number, group: number): number {
    for (let handle = 1; handle <= this.capacity; handle++) {
      const at = this.at(handle);
      if (this.words[at + STATE] !== 0) continue;
      this.state.set(at + STATE, QUEUED);
      this.state.set(at + DEVICE, device);
      this.state.set(at + PASID, pasid);
      this.state.set(at + PAGE, page);
      this.state.set(at + GROUP, group);
      const count = this.queued;
      this.state.set(this.queueAt + 1 + count, handle);
      this.state.set(this.queueAt, count + 1);
      return handle;
    }
    return 0;
  }

  /** Requests in the hardware queues, oldest first: {@link queuedAt}. */
  get queued(): number {
    return this.words[this.queueAt];
  }

  queuedAt(place: number): number {
    return this.words[this.queueAt + 1 + place];
  }

  oldest(iommu: number): number {
    for (let place = 0; place < this.queued; place++) {
      const handle = this.queuedAt(place);
      if (this.shape.devices[this.device(handle)].iommu === iommu) return handle;
    }
    return 0;
  }

  take(request: number): void {
    if (request < 1 || request > this.capacity) return;
    const state = this.words[this.at(request) + STATE];
    if (state !== QUEUED && state !== ANSWERED) return;
    this.leaveQueue(request);
    if (state === ANSWERED) this.clear(request);
    else this.state.set(this.at(request) + STATE, TAKEN);
  }

  /** 0 when the handle is not of an open request, else {@link QUEUED} or {@link TAKEN}. */
  stateOf(request: number): number {
    const state = request >= 1 && request <= this.capacity ? this.words[this.at(request) + STATE] : 0;
    return state === ANSWERED ? 0 : state;
  }

  device(request: number): number {
    return this.words[this.at(request) + DEVICE];
  }

  pasid(request: number): number {
    return this.words[this.at(request) + PASID];
  }

  page(request: number): number {
    return this.words[this.at(request) + PAGE];
  }

  group(request: number): number {
    return this.words[this.at(request) + GROUP];
  }

  /** The request is over. One that is not open is left alone: callers that must not do so ask {@link stateOf} first. */
  respond(request: number, _code: number): void {
    const state = this.stateOf(request);
    if (state === QUEUED) this.state.set(this.at(request) + STATE, ANSWERED);
    else if (state === TAKEN) this.clear(request);
  }

  private clear(request: number): void {
    for (let i = 0; i < WIDTH; i++) this.state.set(this.at(request) + i, 0);
  }

  anyOpen(device: number, pasid: number): boolean {
    for (let handle = 1; handle <= this.capacity; handle++) {
      if (this.stateOf(handle) !== 0 && this.device(handle) === device && this.pasid(handle) === pasid)
        return true;
    }
    return false;
  }

  anyQueued(device: number, pasid: number): boolean {
    for (let place = 0; place < this.queued; place++) {
      const handle = this.queuedAt(place);
      if (this.device(handle) === device && this.pasid(handle) === pasid) return true;
    }
    return false;
  }

  /** The device is reset or gone: it waits for no answer any more. */
  forget(device: number): void {
    for (let handle = 1; handle <= this.capacity; handle++) {
      const state = this.words[this.at(handle) + STATE];
      if (state === 0 || this.device(handle) !== device) continue;
      if (state !== TAKEN) this.leaveQueue(handle);
      this.clear(handle);
    }
  }

  private leaveQueue(request: number): void {
    const count = this.queued;
    let place = 0;
    while (this.queuedAt(place) !== request) place++;
    for (; place < count - 1; place++) this.state.set(this.queueAt + 1 + place, this.queuedAt(place + 1));
    this.state.set(this.queueAt + count, 0);
    this.state.set(this.queueAt, count - 1);
  }

  private at(request: number): number {
    return this.base + (request - 1) * WIDTH;
  }
}
