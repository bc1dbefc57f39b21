import type { Architecture } from '../vocabulary/architecture.js';
import type { StateVector } from './state-vector.js';

/** A pending command: what was submitted, its ticket, and whether it has taken effect behind one that has not. */
export const PENDING = {
  command: 0,
  device: 1,
  pasid: 2,
  tag: 3,
  page: 4,
  mask: 5,
  hint: 6,
  ticket: 7,
  done: 8,
} as const;
const WIDTH = 9;

/**
 * The invalidation queues of a world, one an IOMMU. Commands are fetched in order and take effect in any order that the
 * architecture permits; software learns only that everything up to a ticket has. Places count from the head of the queue and a
 * ticket is the lowest number free at submission, so that nothing in the state grows without end.
 */
export class InvalidationQueue {
  static size(iommus: number, capacity: number): number {
    return iommus * (1 + capacity * WIDTH);
  }

  private readonly words: Int32Array;
  /** For each command, the commands it takes effect after, as a bit set. */
  private readonly after: Int32Array;

  constructor(
    private readonly state: StateVector,
    private readonly base: number,
    private readonly capacity: number,
    architecture: Pick<Architecture, 'commands' | 'order'>,
  ) {
    this.words = state.words;
    const { commands, order } = architecture;
    this.after = Int32Array.from(commands, (command) =>
      (order[command.name] ?? []).reduce((bits, earlier) => {
        const number = commands.findIndex((candidate) => candidate.name === earlier);
        return bits | (1 << number);
      }, 0),
    );
  }

  hasRoom(iommu: number): boolean {
    return this.count(iommu) < this.capacity;
  }

  /** Commands in the queue, those done but behind a pending one included. */
  count(iommu: number): number {
    return this.words[this.start(iommu)];
  }

  /** Put a command at the end. The queue must have room. Returns its ticket, 1…capacity. */
  submit(
    iommu: number,
    command: number,
    device: number,
    pasid: number,
    tag: number,
    page: number,
    mask: number,
    hint: number,
  ): number {
    const count = this.count(iommu);
    if (count >= this.capacity) throw new RangeError('the invalidation queue is full');
    const ticket = this.freeTicket(iommu, count);
    const at = this.at(iommu, count);
    const { state } = this;
    state.set(at + PENDING.command, command);
    state.set(at + PENDING.device, device);
    state.set(at + PENDING.pasid, pasid);
    state.set(at + PENDING.tag, tag);
    state.set(at + PENDING.page, page);
    state.set(at + PENDING.mask, mask);
    state.set(at + PENDING.hint, hint);
    state.set(at + PENDING.ticket, ticket);
    state.set(at + PENDING.done, 0);
    state.set(this.start(iommu), count + 1);
    return ticket;
  }

  /** Whether everything submitted up to and including the ticket has taken effect. */
  hasCompleted(iommu: number, ticket: number): boolean {
    const count = this.count(iommu);
    for (let place = 0; place < count; place++) {
      if (this.field(iommu, place, PENDING.ticket) === ticket) return false;
    }
    return true;
  }

  /** One of {@link PENDING} of the command at a place. */
  field(iommu: number, place: number, field: number): number {
    return this.words[this.at(iommu, place) + field];
  }

  /** Whether the command at the place has not taken effect yet and the architecture lets it do so now. */
  mayTakeEffect(iommu: number, place: number): boolean {
    if (this.field(iommu, place, PENDING.done) !== 0) return false;
    const after = this.after[this.field(iommu, place, PENDING.command)];
    for (let earlier = 0; earlier < place; earlier++) {
      if (this.field(iommu, earlier, PENDING.done) !== 0) continue;
      if ((after & (1 << this.field(iommu, earlier, PENDING.command))) !== 0) return false;
    }
    return true;
  }

  /** The command at the place is over: it has taken effect, or was given up. What it did is the caller's business. */
  finish(iommu: number, place: number): void {
    this.state.set(this.at(iommu, place) + PENDING.done, 1);
    while (this.count(iommu) > 0 && this.field(iommu, 0, PENDING.done) !== 0) this.dropHead(iommu);
  }

  private dropHead(iommu: number): void {
    const last = this.count(iommu) - 1;
    const from = this.at(iommu, 1);
    const to = this.at(iommu, 0);
    for (let i = 0; i < last * WIDTH; i++) this.state.set(to + i, this.words[from + i]);
    for (let i = 0; i < WIDTH; i++) this.state.set(to + last * WIDTH + i, 0);
    this.state.set(this.start(iommu), last);
  }

  private freeTicket(iommu: number, count: number): number {
    for (let ticket = 1; ; ticket++) {
      let isFree = true;
      for (let place = 0; place < count && isFree; place++) {
        isFree = this.field(iommu, place, PENDING.ticket) !== ticket;
      }
      if (isFree) return ticket;
    }
  }

  private start(iommu: number): number {
    return this.base + iommu * (1 + this.capacity * WIDTH);
  }

  private at(iommu: number, place: number): number {
    return this.start(iommu) + 1 + place * WIDTH;
  }
}
