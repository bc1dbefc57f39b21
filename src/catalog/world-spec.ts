import type { Swap } from '../statechart/exchange.js';
import type { WorldShape } from '../vocabulary/shape.js';

/** A design of the package by its name, or the user's own by its file. */
export type DesignSource = { readonly name: string } | { readonly file: string };

/** What a world is made of, in names: it can be sent to a worker, which makes the same world. */
export interface WorldSpec {
  readonly design: DesignSource;
  /** Without it, the design's own choice. */
  readonly driver?: string;
  /** Names of the mends switched on. */
  readonly mends: readonly string[];
  /** Names of steps taken out. */
  readonly without: readonly string[];
  /** Neighbouring steps that change places. */
  readonly swaps?: readonly Swap[];
  /** Names of the properties checked; without it, all. */
  readonly properties?: readonly string[];
  readonly shape: WorldShape;
  /** Whether devices act through concrete caches (random runs) or are stood for by the worst case (exhaustive search). */
  readonly concrete: boolean;
}
