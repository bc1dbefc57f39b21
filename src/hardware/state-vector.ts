/**
 * The whole state of a world as 32-bit integers, with an undo journal. Everything that can change lives in it, so that a
 * search can go on from a state and come back in time proportional to what changed.
 */
export class StateVector {
  readonly words: Int32Array;
  /** Pairs (index, old value), newest last. Grows by doubling. */
  private journal = new Int32Array(1 << 12);
  private length = 0;
  /** Journalling is off while no mark is open: a random run never comes back. */
  private recording = false;

  constructor(size: number) {
    this.words = new Int32Array(size);
  }

  set(index: number, value: number): void {
    const words = this.words;
    const old = words[index];
    if (old === value) return;
    if (this.recording) {
      if (this.length + 2 > this.journal.length) this.grow();
      this.journal[this.length++] = index;
      this.journal[this.length++] = old;
    }
    words[index] = value;
  }

  /** A point to come back to. */
  mark(): number {
    this.recording = true;
    return this.length;
  }

  /** Undo everything since the mark; the mark stays open. */
  rollback(mark: number): void {
    const { words, journal } = this;
    for (let at = this.length; at > mark; ) {
      at -= 2;
      words[journal[at]] = journal[at + 1];
    }
    this.length = mark;
  }

  /** Drop the journal: there is nothing to come back to any more. */
  forget(): void {
    this.length = 0;
    this.recording = false;
  }

  private grow(): void {
    const larger = new Int32Array(this.journal.length * 2);
    larger.set(this.journal);
    this.journal = larger;
  }
}

/** Hands out consecutive regions of a state vector before it is made. */
export class Layout {
  size = 0;

  take(words: number): number {
    const base = this.size;
    this.size += words;
    return base;
  }
}
