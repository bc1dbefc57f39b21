import type { StateVector } from './state-vector.js';

/** 64-bit entries in a 4 KiB frame. */
export const ENTRIES = 512;
/** Words of data a frame has, as a power of two, so that a walk shifts. */
export const FRAME_SHIFT = 10;
/**
 * Words of bookkeeping of a frame, behind the data of all: owner, generation, used count, the frame freed before it (while it is
 * free), then the bitmap of used entries.
 */
const OWNER = 0;
const GENERATION = 1;
const COUNT = 2;
const FREED_BEFORE = 3;
const BITMAP = 4;
const BITMAP_WORDS = ENTRIES / 32;
const BOOK_WORDS = BITMAP + BITMAP_WORDS;

/**
 * Physical memory: frames of 4 KiB, each with an owner (0: free; what else it means is the world's business) and a generation
 * that every free advances, so that a late use of a frame can be told from a use of its successor. An entry is two 32-bit
 * words, low and high. A bitmap of the non-zero entries makes walks over sparse tables cost what the table holds.
 */
export class Ram {
  /** Words a memory of so many frames takes. Frame 0 exists and is never given, so that 0 can mean "none". */
  static size(frames: number): number {
    return (frames << FRAME_SHIFT) + frames * BOOK_WORDS + 1;
  }

  /** The state's words: the data of frame f begins at base + f × 1024. */
  readonly words: Int32Array;
  private readonly books: number;
  /** Where the frame freed last is kept. */
  private readonly freedAt: number;

  constructor(
    private readonly state: StateVector,
    readonly base: number,
    readonly frames: number,
  ) {
    this.words = state.words;
    this.books = base + (frames << FRAME_SHIFT);
    this.freedAt = this.books + frames * BOOK_WORDS;
  }

  /**
   * A frame zeroed and given to the owner (not 0), or 0 when there is none: the one freed last, which is the one that somebody may
   * still lead to, and when none was freed the lowest of `from`, `from + apart` and so on.
   */
  allocate(owner: number, from = 1, apart = 1): number {
    const freed = this.words[this.freedAt];
    if (freed !== 0) {
      this.state.set(this.freedAt, this.words[this.book(freed) + FREED_BEFORE]);
      this.state.set(this.book(freed) + FREED_BEFORE, 0);
      return this.give(freed, owner);
    }
    for (let frame = from; frame < this.frames; frame += apart)
      if (this.owner(frame) === 0) return this.give(frame, owner);
    return 0;
  }

  private give(frame: number, owner: number): number {
    this.setOwner(frame, owner);
    this.clear(frame);
    return frame;
  }

  /** Give a frame back. What it holds stays until it is given again: hardware may still read it. */
  free(frame: number): void {
    const at = this.book(frame);
    this.state.set(at + OWNER, 0);
    this.state.set(at + GENERATION, (this.words[at + GENERATION] + 1) & 0x3fffffff);
    this.putFreed(frame);
  }

  /** Let the free frame be the next to be given. */
  putFreed(frame: number): void {
    this.state.set(this.book(frame) + FREED_BEFORE, this.words[this.freedAt]);
    this.state.set(this.freedAt, frame);
  }

  /** The frame that is given after `frame`, of those that were freed; the first of them after 0; 0 when there are no more. */
  freedAfter(frame: number): number {
    return frame === 0 ? this.words[this.freedAt] : this.words[this.book(frame) + FREED_BEFORE];
  }

  /** All free frames as if they had never been given. */
  forgetFreed(): void {
    for (let frame = this.freedAfter(0); frame !== 0; frame = this.freedAfter(0)) {
      this.state.set(this.freedAt, this.words[this.book(frame) + FREED_BEFORE]);
      this.state.set(this.book(frame) + FREED_BEFORE, 0);
    }
  }

  owner(frame: number): number {
    return this.words[this.book(frame) + OWNER];
  }

  setOwner(frame: number, owner: number): void {
    this.state.set(this.book(frame) + OWNER, owner);
  }

  generation(frame: number): number {
    return this.words[this.book(frame) + GENERATION];
  }

  low(frame: number, index: number): number {
    return this.words[this.base + (frame << FRAME_SHIFT) + 2 * index];
  }

  high(frame: number, index: number): number {
    return this.words[this.base + (frame << FRAME_SHIFT) + 2 * index + 1];
  }

  /** Number of non-zero entries. */
  used(frame: number): number {
    return this.words[this.book(frame) + COUNT];
  }

  /** First non-zero entry at or after `index`, or {@link ENTRIES}. */
  nextUsed(frame: number, index: number): number {
    if (index >= ENTRIES) return ENTRIES;
    const bitmap = this.book(frame) + BITMAP;
    let word = index >>> 5;
    let bits = this.words[bitmap + word] & (-1 << (index & 31));
    while (bits === 0) {
      if (++word === BITMAP_WORDS) return ENTRIES;
      bits = this.words[bitmap + word];
    }
    return word * 32 + 31 - Math.clz32(bits & -bits);
  }

  /** 64-bit store. */
  store64(frame: number, index: number, low: number, high: number): void {
    const at = this.base + (frame << FRAME_SHIFT) + 2 * index;
    const wasUsed = (this.words[at] | this.words[at + 1]) !== 0;
    const isUsed = (low | high) !== 0;
    this.state.set(at, low);
    this.state.set(at + 1, high);
    if (wasUsed === isUsed) return;
    const book = this.book(frame);
    const bitmap = book + BITMAP + (index >>> 5);
    this.state.set(bitmap, this.words[bitmap] ^ (1 << (index & 31)));
    this.state.set(book + COUNT, this.words[book + COUNT] + (isUsed ? 1 : -1));
  }

  /** 128-bit store of entries `index` (even) and `index + 1`. */
  store128(frame: number, index: number, low0: number, high0: number, low1: number, high1: number): void {
    this.store64(frame, index, low0, high0);
    this.store64(frame, index + 1, low1, high1);
  }

  /** Zero the frame, touching its used entries alone. */
  clear(frame: number): void {
    if (this.used(frame) === 0) return;
    for (let i = this.nextUsed(frame, 0); i < ENTRIES; i = this.nextUsed(frame, i + 1))
      this.store64(frame, i, 0, 0);
  }

  private book(frame: number): number {
    return this.books + frame * BOOK_WORDS;
  }
}
