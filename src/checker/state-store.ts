import { Column } from './column.js';
import type { Model } from './model.js';

/** Words of one chunk of packed states: 64 MiB. */
const CHUNK_BITS = 24;
const CHUNK = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK - 1;
const FIRST_WORDS = 1 << 10;
const FIRST_SLOTS = 1 << 10;

/**
 * A set of canonical encodings, numbered in the order added. Each is kept whole, its length in bytes first, padded to 32-bit
 * words, in chunks (a single array would end at 2 or 4 GiB and double by copying). Membership is decided by comparing every word:
 * a hash only says where to look.
 */
export class StateStore {
  size = 0;
  /** Whether the last {@link add} met a new state. */
  fresh = false;

  private readonly model: Model;
  private readonly chunks: Int32Array[] = [new Int32Array(FIRST_WORDS)];
  private readonly chunkBytes: Uint8Array[] = [];
  /** Word index of each state, over all chunks; read as unsigned, so 16 GiB of encodings are the limit. */
  private readonly starts = new Column();
  /** Where the next state goes. */
  private end = 0;
  /** Open addressing, linear: state number + 1, or 0. At most 5/8 full. */
  private slots = new Int32Array(FIRST_SLOTS);
  /** The state to look up: its length, then its bytes, the last word filled with zeros. */
  private readonly scratch: Int32Array;
  private readonly scratchBytes: Uint8Array;

  constructor(model: Model) {
    this.model = model;
    this.scratch = new Int32Array(((model.maxEncoding + 3) >> 2) + 1);
    this.scratchBytes = new Uint8Array(this.scratch.buffer);
    if (this.scratch.length > CHUNK) throw new RangeError(`${model.name}: encodings over 64 MiB`);
    this.chunkBytes.push(new Uint8Array(this.chunks[0].buffer));
  }

  /** Add the model's present state; its number, new or old, or -1 when it is new and `limit` states are held. */
  add(limit: number): number {
    const words = this.pack();
    const mask = this.slots.length - 1;
    let slot = this.hash(this.scratch, 0, words) & mask;
    for (let entry = this.slots[slot]; entry !== 0; entry = this.slots[slot]) {
      if (this.equals(entry - 1, words)) {
        this.fresh = false;
        return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
    this.fresh = true;
    if (this.size >= limit) return -1;
    const index = this.size++;
    this.slots[slot] = index + 1;
    this.append(words);
    if (this.size * 8 > this.slots.length * 5) this.rehash();
    return index;
  }

  /** Whether the model's present state has the same encoding as state `index`. */
  matches(index: number): boolean {
    return this.equals(index, this.pack());
  }

  /** Put the model into state `index`. */
  load(index: number): void {
    const start = this.starts.get(index) >>> 0;
    const chunk = start >>> CHUNK_BITS;
    const within = start & CHUNK_MASK;
    this.model.decode(this.chunkBytes[chunk], (within + 1) << 2, this.chunks[chunk][within]);
  }

  get bytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0) + this.starts.bytes + this.slots.byteLength;
  }

  /** Encode the model's state into the scratch; the number of words, the length's included. */
  private pack(): number {
    const length = this.model.encode(this.scratchBytes, 4);
    const words = ((length + 3) >> 2) + 1;
    for (let i = length + 4; i < words << 2; i++) this.scratchBytes[i] = 0;
    this.scratch[0] = length;
    return words;
  }

  private equals(index: number, words: number): boolean {
    const start = this.starts.get(index) >>> 0;
    const stored = this.chunks[start >>> CHUNK_BITS];
    const within = start & CHUNK_MASK;
    const scratch = this.scratch;
    // The first word is the length, so states of different lengths differ before anything behind the shorter one is read.
    for (let i = 0; i < words; i++) if (stored[within + i] !== scratch[i]) return false;
    return true;
  }

  private hash(words: Int32Array, from: number, count: number): number {
    let h = 0;
    for (let i = 1; i < count; i++) {
      h = Math.imul(h ^ words[from + i], 0x9e3779b1);
      h ^= h >>> 15;
    }
    h = Math.imul(h, 0x85ebca6b);
    return h ^ (h >>> 13);
  }

  private append(words: number): void {
    let chunk = this.end >>> CHUNK_BITS;
    let within = this.end & CHUNK_MASK;
    if (within + words > CHUNK) {
      chunk++;
      within = 0;
    }
    if (chunk === this.chunks.length) this.setChunk(chunk, new Int32Array(CHUNK));
    while (within + words > this.chunks[chunk].length) {
      const grown = new Int32Array(this.chunks[chunk].length * 2);
      grown.set(this.chunks[chunk]);
      this.setChunk(chunk, grown);
    }
    const start = chunk * CHUNK + within;
    if (start + words > 2 ** 32) throw new RangeError(`${this.model.name}: over 16 GiB of states`);
    const target = this.chunks[chunk];
    for (let i = 0; i < words; i++) target[within + i] = this.scratch[i];
    this.starts.push(start | 0);
    this.end = start + words;
  }

  private setChunk(chunk: number, words: Int32Array): void {
    this.chunks[chunk] = words;
    this.chunkBytes[chunk] = new Uint8Array(words.buffer);
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let index = 0; index < this.size; index++) {
      const start = this.starts.get(index) >>> 0;
      const stored = this.chunks[start >>> CHUNK_BITS];
      const within = start & CHUNK_MASK;
      let slot = this.hash(stored, within, ((stored[within] + 3) >> 2) + 1) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.slots = slots;
  }
}
