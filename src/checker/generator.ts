import type { Random } from '../vocabulary/random.js';

/** Rounds that sfc32 wants before its state has mixed. */
const WARM_UP = 12;

/**
 * The generator that a run draws from: sfc32, 128 bits of state. A choice costs some nanoseconds, where drawing each through
 * fast-check costs tens to hundreds.
 */
export class Generator implements Random {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  constructor(words: readonly [number, number, number, number]) {
    [this.a, this.b, this.c, this.counter] = words;
    for (let i = 0; i < WARM_UP; i++) this.next();
  }

  /** 32 bits, as an unsigned integer. */
  next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  below(bound: number): number {
    // The product stays below 2^53 for every bound up to 2^21, and is rounded at worst above it: never out of range.
    return Math.floor((this.next() * bound) / 2 ** 32);
  }
}

/** Four words from anything written as text: equal texts, equal words. Four FNV-1a lanes with different seeds. */
export function seedWords(...parts: readonly (string | number)[]): [number, number, number, number] {
  const text = parts.join('\n');
  const lane = (start: number) => {
    let h = start;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return h ^ (h >>> 16);
  };
  return [lane(0x811c9dc5), lane(0x2c1b3c6d), lane(0x297a2d39), lane(0x1b56c4e9)];
}
