import { LimitError } from '../vocabulary/limit.js';
import type { LockFamily } from '../vocabulary/context.js';
import type { Layout, StateVector } from '../hardware/state-vector.js';

export interface HeldLock {
  readonly id: number;
  readonly owner: number;
  readonly readers: number;
}
const NONE_HELD: readonly HeldLock[] = [];

/** A held lock: what it locks, who holds it exclusively (agent + 1), who shares it (a bit set of agents). */
const ID = 0;
const OWNER = 1;
const READERS = 2;
const WIDTH = 3;
/** Locks of one family that can be held at once. */
const MOST_HELD = 8;

/**
 * One family of locks: mutex, spinlock or read/write semaphore, one for each id. Only held locks are kept, so that a lock goes
 * with its object whatever the object is called.
 */
export class Locks implements LockFamily {
  private readonly base: number;
  private state!: StateVector;
  private words!: Int32Array;

  constructor(
    readonly family: string,
    layout: Layout,
    private readonly agent: () => number,
    private readonly misuse: (what: string) => void,
  ) {
    this.base = layout.take(WIDTH * MOST_HELD);
  }

  connect(state: StateVector): void {
    this.state = state;
    this.words = state.words;
  }

  /** Start of the held lock's words, or -1. */
  private find(id: number): number {
    for (let i = 0; i < MOST_HELD; i++) {
      const at = this.base + i * WIDTH;
      if (this.words[at + ID] === id + 1) return at;
    }
    return -1;
  }

  isFree(id: number, mode: number): boolean {
    const at = this.find(id);
    return at < 0 || (mode === 1 && this.words[at + OWNER] === 0);
  }

  acquire(id: number, mode: number): void {
    let at = this.find(id);
    for (let i = 0; at < 0; i++) {
      if (i === MOST_HELD) throw new LimitError(`more than ${MOST_HELD} locks of family ${this.family} held`);
      const free = this.base + i * WIDTH;
      if (this.words[free + ID] === 0) at = free;
    }
    this.state.set(at + ID, id + 1);
    if (mode === 1) this.state.set(at + READERS, this.words[at + READERS] | (1 << this.agent()));
    else this.state.set(at + OWNER, this.agent() + 1);
  }

  release(id: number, mode: number): void {
    const at = this.find(id);
    const holds =
      at >= 0 &&
      (mode === 1
        ? this.words[at + READERS] & (1 << this.agent())
        : this.words[at + OWNER] === this.agent() + 1);
    if (!holds) return this.misuse(`lock ${this.family} released by one who does not hold it`);
    if (mode === 1) this.state.set(at + READERS, this.words[at + READERS] & ~(1 << this.agent()));
    else this.state.set(at + OWNER, 0);
    if (this.words[at + OWNER] === 0 && this.words[at + READERS] === 0) this.state.set(at + ID, 0);
  }

  /** Whether the agent holds any lock of the family. */
  heldBy(agent: number): boolean {
    for (let i = 0; i < MOST_HELD; i++) {
      const at = this.base + i * WIDTH;
      if (this.words[at + OWNER] === agent + 1 || this.words[at + READERS] & (1 << agent)) return true;
    }
    return false;
  }

  // For the encoder.

  /** Held locks as (id, owner, readers), by their holders and then by id: where they stand says in which order they were taken. */
  held(): readonly HeldLock[] {
    if (!this.isAnyHeld()) return NONE_HELD;
    const held: HeldLock[] = [];
    for (let i = 0; i < MOST_HELD; i++) {
      const at = this.base + i * WIDTH;
      if (this.words[at + ID] !== 0) {
        held.push({
          id: this.words[at + ID] - 1,
          owner: this.words[at + OWNER],
          readers: this.words[at + READERS],
        });
      }
    }
    return held.sort((a, b) => a.owner - b.owner || a.readers - b.readers || a.id - b.id);
  }

  private isAnyHeld(): boolean {
    for (let i = 0; i < MOST_HELD; i++) if (this.words[this.base + i * WIDTH + ID] !== 0) return true;
    return false;
  }

  restore(place: number, id: number, owner: number, readers: number): void {
    const at = this.base + place * WIDTH;
    this.state.set(at + ID, id + 1);
    this.state.set(at + OWNER, owner);
    this.state.set(at + READERS, readers);
  }
}
