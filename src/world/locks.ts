import type { LockFamily } from '../vocabulary/context.js';
import type { Layout, StateVector } from '../hardware/state-vector.js';

/** A lock word is 0 (free), agent + 1 (held exclusively), or minus the number of readers. */
const OWNED = 0;
const READERS = 1;
const WIDTH = 2;

/** One family of locks: mutex, spinlock or read/write semaphore, one for each id. Who reads is kept as a bit set. */
export class Locks implements LockFamily {
  private readonly base: number;
  private state!: StateVector;

  constructor(
    readonly family: string,
    readonly capacity: number,
    layout: Layout,
    private readonly agent: () => number,
    private readonly misuse: (what: string) => void,
  ) {
    this.base = layout.take(WIDTH * capacity);
  }

  connect(state: StateVector): void {
    this.state = state;
  }

  private at(id: number): number {
    // Handles carry a generation; a lock lives with the object's place.
    return this.base + WIDTH * (id & 0xff);
  }

  isFree(id: number, mode: number): boolean {
    const at = this.at(id);
    const { words } = this.state;
    if (words[at + OWNED] !== 0) return false;
    return mode === 1 || words[at + READERS] === 0;
  }

  acquire(id: number, mode: number): void {
    const at = this.at(id);
    if (mode === 1) this.state.set(at + READERS, this.state.words[at + READERS] | (1 << this.agent()));
    else this.state.set(at + OWNED, this.agent() + 1);
  }

  release(id: number, mode: number): void {
    const at = this.at(id);
    const { words } = this.state;
    if (mode === 1) {
      if (!(words[at + READERS] & (1 << this.agent()))) return this.misuse(`lock ${this.family} released by a non-holder`);
      this.state.set(at + READERS, words[at + READERS] & ~(1 << this.agent()));
    } else {
      if (words[at + OWNED] !== this.agent() + 1) return this.misuse(`lock ${this.family} released by a non-holder`);
      this.state.set(at + OWNED, 0);
    }
  }

  /** Whether the agent holds any lock of the family. */
  heldBy(agent: number): boolean {
    const { words } = this.state;
    for (let id = 0; id < this.capacity; id++) {
      const at = this.base + WIDTH * id;
      if (words[at + OWNED] === agent + 1 || words[at + READERS] & (1 << agent)) return true;
    }
    return false;
  }

  get region(): { base: number; size: number } {
    return { base: this.base, size: WIDTH * this.capacity };
  }
}
