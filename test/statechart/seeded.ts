import type { Random } from '../../src/vocabulary/random.js';

/** A small deterministic source of choices (xorshift). */
export function seeded(seed: number): Random {
  let state = (seed * 2654435761) | 1;
  return {
    below(bound) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % bound;
    },
  };
}
