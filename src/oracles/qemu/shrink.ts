import type { Case } from './case.js';

/**
 * The smallest case near this one that still differs: actions and stores are left out one after the other, until nothing can
 * be. What is left is written down as it is, so it needs no generator to be repeated.
 */
export async function shrink(c: Case, differs: (smaller: Case) => Promise<boolean>): Promise<Case> {
  let best = c;
  for (let size = -1; size !== best.actions.length + best.stores.length; ) {
    size = best.actions.length + best.stores.length;
    // From the end: what comes after the request that differs goes first.
    for (let i = best.actions.length - 1; i >= 0; i--) {
      const smaller = { ...best, actions: best.actions.filter((_, at) => at !== i) };
      if (await differs(smaller)) best = smaller;
    }
    for (let i = best.stores.length - 1; i >= 0; i--) {
      const smaller = { ...best, stores: best.stores.filter((_, at) => at !== i) };
      if (await differs(smaller)) best = smaller;
    }
  }
  return best;
}
