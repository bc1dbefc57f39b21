import type { Model } from './model.js';

/** Words of one chunk of records: 64 MiB. */
const CHUNK_BITS = 24;
const CHUNK = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK - 1;
const FIRST_WORDS = 1 << 10;
const FIRST_SLOTS = 1 << 10;
const LARGE_SLOTS = 1 << 20;
const FIRST_STAGED = 64;

/** Words of a record before its encoding. What each lookup reads lies next to the encoding, so that one cache line mostly holds it. */
const PARENT = 0;
const ACTION = 1;
/** The least cost at which the arrival's agent waits for its turn, as the search packs it. */
const BEST = 2;
const MARKS = 3;
/** Length of the encoding in bytes; above it the arrival: see {@link packArrival}. */
const LENGTHS = 4;
const HEADER = 5;
const LENGTH_BITS = 16;
const LENGTH_MASK = (1 << LENGTH_BITS) - 1;
const AGENT_BITS = 4;
const STEP_BITS = 32 - LENGTH_BITS - AGENT_BITS;
/** The most steps that one arrival may have taken. */
export const MAX_ARRIVAL_STEPS = (1 << STEP_BITS) - 1;

/** How many steps led to a state together, and which agent did the last of them. */
export function packArrival(steps: number, agent: number): number {
  return (steps << AGENT_BITS) | (agent & ((1 << AGENT_BITS) - 1));
}
export function stepsOfArrival(arrival: number): number {
  return arrival >>> AGENT_BITS;
}
export function agentOfArrival(arrival: number): number {
  return arrival & ((1 << AGENT_BITS) - 1);
}

/**
 * A set of canonical encodings, each with what the search notes about it: marks, and how it was reached first. A record lies in
 * one piece, because a search is as fast as it has few cache misses: one for the slot, one for the record. For the same reason successors are
 * staged and looked up together: their misses then overlap. Records lie in chunks,
 * since a single array would end at 2 or 4 GiB and grow by copying. A state is known by the position of its record.
 * Membership is decided by comparing every word: a hash only says where to look.
 */
export class StateStore {
  size = 0;
  /** Whether the last {@link add} met a new state. */
  fresh = false;

  private readonly model: Model;
  private readonly chunks: Int32Array[] = [new Int32Array(FIRST_WORDS)];
  private readonly chunkBytes: Uint8Array[] = [];
  /** Where the next record goes. */
  private end = 0;
  /**
   * Open addressing, linear, at most 5/8 full. A slot is two words: position of a record + 1, or 0; and its full hash, so that
   * other records in the way are passed, and the table is grown, without touching them.
   */
  private slots = new Int32Array(2 * FIRST_SLOTS);
  /** Encodings to look up, one every `stride` words, the last word of each filled with zeros. */
  private staged: Int32Array;
  private stagedBytes: Uint8Array;
  private readonly stride: number;
  /** For each staged encoding: its length in bytes, its hash. */
  private lengths = new Int32Array(FIRST_STAGED);
  private hashes = new Int32Array(FIRST_STAGED);
  stagedCount = 0;
  /** What {@link prepare} read; kept so that the reads are not optimised away. */
  touched = 0;

  constructor(model: Model) {
    if (model.maxEncoding > LENGTH_MASK)
      throw new RangeError(`${model.name}: encodings over ${LENGTH_MASK} bytes`);
    this.model = model;
    this.stride = (model.maxEncoding + 3) >> 2;
    this.staged = new Int32Array(this.stride * FIRST_STAGED);
    this.stagedBytes = new Uint8Array(this.staged.buffer);
    this.chunkBytes.push(new Uint8Array(this.chunks[0].buffer));
  }

  /** Set the model's present state aside for {@link prepare} and {@link add}; its number among those staged since {@link clearStaged}. */
  stage(): number {
    const index = this.stagedCount++;
    if (index === this.lengths.length) this.growStaged();
    const from = index * this.stride;
    const length = this.model.encode(this.stagedBytes, from << 2);
    for (let i = (from << 2) + length; (i & 3) !== 0; i++) this.stagedBytes[i] = 0;
    this.lengths[index] = length;
    return index;
  }

  clearStaged(): void {
    this.stagedCount = 0;
  }

  /**
   * Make the staged states ready for {@link add}: hash them, and bring into the cache what adding them will read. Not done as each is
   * staged, since words just written in bytes are slow to read.
   */
  prepare(): void {
    const { slots, hashes, chunks, stagedCount, staged, lengths, stride } = this;
    const mask = slots.length - 2;
    let touched = 0;
    for (let i = 0; i < stagedCount; i++) hashes[i] = hash(staged, i * stride, (lengths[i] + 3) >> 2);
    for (let i = 0; i < stagedCount; i++) touched ^= slots[(hashes[i] << 1) & mask];
    for (let i = 0; i < stagedCount; i++) {
      const entry = slots[(hashes[i] << 1) & mask];
      if (entry !== 0) touched ^= chunks[(entry - 1) >>> CHUNK_BITS][((entry - 1) & CHUNK_MASK) + LENGTHS];
    }
    this.touched = touched;
  }

  /**
   * Add a staged state, reached from `parent` by `action` and so many steps if it is new, the last of them done by `agent`.
   * Returns the state, new or old, or -1 when it is new and `limit` states are held.
   */
  add(index: number, parent: number, action: number, steps: number, agent: number, limit: number): number {
    const length = this.lengths[index];
    const from = index * this.stride;
    const words = (length + 3) >> 2;
    const hash = this.hashes[index];
    const slots = this.slots;
    const mask = slots.length - 2;
    let slot = (hash << 1) & mask;
    for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
      if (slots[slot + 1] === hash && this.equals(entry - 1, from, length, words)) {
        this.fresh = false;
        return entry - 1;
      }
      slot = (slot + 2) & mask;
    }
    this.fresh = true;
    if (this.size >= limit) return -1;
    const state = this.append(from, length, words, parent, action, packArrival(steps, agent));
    slots[slot] = state + 1;
    slots[slot + 1] = hash;
    if (++this.size * 16 > slots.length * 5) this.rehash();
    return state;
  }

  /** Put the model into the state. */
  load(state: number): void {
    const chunk = state >>> CHUNK_BITS;
    const within = state & CHUNK_MASK;
    const length = this.chunks[chunk][within + LENGTHS] & LENGTH_MASK;
    this.model.decode(this.chunkBytes[chunk], (within + HEADER) << 2, length);
  }

  marks(state: number): number {
    return this.chunks[state >>> CHUNK_BITS][(state & CHUNK_MASK) + MARKS];
  }

  setMarks(state: number, marks: number): void {
    this.chunks[state >>> CHUNK_BITS][(state & CHUNK_MASK) + MARKS] = marks;
  }

  parent(state: number): number {
    return this.chunks[state >>> CHUNK_BITS][(state & CHUNK_MASK) + PARENT];
  }

  action(state: number): number {
    return this.chunks[state >>> CHUNK_BITS][(state & CHUNK_MASK) + ACTION];
  }

  steps(state: number): number {
    return stepsOfArrival(this.arrival(state));
  }

  /** Who did the last of the steps by which the state was reached first. */
  agent(state: number): number {
    return agentOfArrival(this.arrival(state));
  }

  best(state: number): number {
    return this.chunks[state >>> CHUNK_BITS][(state & CHUNK_MASK) + BEST] >>> 0;
  }

  setBest(state: number, best: number): void {
    this.chunks[state >>> CHUNK_BITS][(state & CHUNK_MASK) + BEST] = best;
  }

  private arrival(state: number): number {
    return this.chunks[state >>> CHUNK_BITS][(state & CHUNK_MASK) + LENGTHS] >>> LENGTH_BITS;
  }

  get bytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.byteLength, this.slots.byteLength);
  }

  private growStaged(): void {
    const grow = (old: Int32Array) => {
      const grown = new Int32Array(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.lengths = grow(this.lengths);
    this.hashes = grow(this.hashes);
    this.staged = grow(this.staged);
    this.stagedBytes = new Uint8Array(this.staged.buffer);
  }

  private equals(state: number, from: number, length: number, words: number): boolean {
    const stored = this.chunks[state >>> CHUNK_BITS];
    const within = state & CHUNK_MASK;
    if ((stored[within + LENGTHS] & LENGTH_MASK) !== length) return false;
    const staged = this.staged;
    for (let i = 0; i < words; i++) if (stored[within + HEADER + i] !== staged[from + i]) return false;
    return true;
  }

  private append(
    from: number,
    length: number,
    words: number,
    parent: number,
    action: number,
    arrival: number,
  ): number {
    const size = HEADER + words;
    let chunk = this.end >>> CHUNK_BITS;
    if ((this.end & CHUNK_MASK) + size > CHUNK || chunk === this.chunks.length) {
      chunk = this.chunks.length;
      this.setChunk(chunk, new Int32Array(CHUNK));
      this.end = chunk * CHUNK;
      if (this.end >= 2 ** 31) throw new RangeError(`${this.model.name}: over 8 GiB of states`);
    }
    const within = this.end & CHUNK_MASK;
    while (within + size > this.chunks[chunk].length) {
      // Only the first chunk starts small, for small models.
      const grown = new Int32Array(this.chunks[chunk].length * 2);
      grown.set(this.chunks[chunk]);
      this.setChunk(chunk, grown);
    }
    const record = this.chunks[chunk];
    record[within + MARKS] = 0;
    record[within + PARENT] = parent;
    record[within + ACTION] = action;
    record[within + LENGTHS] = length | (arrival << LENGTH_BITS);
    for (let i = 0; i < words; i++) record[within + HEADER + i] = this.staged[from + i];
    const state = this.end;
    this.end += size;
    return state;
  }

  private setChunk(chunk: number, words: Int32Array): void {
    this.chunks[chunk] = words;
    this.chunkBytes[chunk] = new Uint8Array(words.buffer);
  }

  private rehash(): void {
    const old = this.slots;
    // Growing costs a miss a state, so small tables, which cost no memory to speak of, grow in larger steps.
    const slots = new Int32Array(old.length * (old.length < LARGE_SLOTS ? 8 : 2));
    const mask = slots.length - 2;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] === 0) continue;
      let slot = (old[i + 1] << 1) & mask;
      while (slots[slot] !== 0) slot = (slot + 2) & mask;
      slots[slot] = old[i];
      slots[slot + 1] = old[i + 1];
    }
    this.slots = slots;
  }
}

/** Multiply and fold each word, then mix so that the low bits, which choose the slot, depend on all. */
function hash(words: Int32Array, from: number, count: number): number {
  let h = 0;
  for (let i = from; i < from + count; i++) {
    h = Math.imul(h ^ words[i], 0x9e3779b1);
    h ^= h >>> 15;
  }
  h = Math.imul(h, 0x85ebca6b);
  return h ^ (h >>> 13);
}
