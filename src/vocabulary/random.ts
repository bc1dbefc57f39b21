/** A source of choices. Deterministic: one seed, one sequence. */
export interface Random {
  /** A uniform integer in [0, bound); bound at least 1. */
  below(bound: number): number;
}
