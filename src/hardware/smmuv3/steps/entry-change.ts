/** 64 bits. */
export type Word = readonly [low: number, high: number];

/**
 * How an entry can become another: nothing that hardware looks at differs; one word has to change, and the others only in bits that
 * are ignored before or after it (the number of the word plus one); or the entry must be invalid meanwhile.
 */
export const CHANGE = { none: 0, breaking: 9 } as const;

/** The entry as it is with every bit that it ignores, or that may change at any time, set as in the target. */
export function unusedUpdate(
  entry: readonly Word[],
  target: readonly Word[],
  used: (entry: readonly Word[]) => readonly Word[],
  safe: readonly Word[],
): Word[] {
  const now = used(entry);
  const then = used(target);
  return entry.map((word, i) => [
    blend(word[0], target[i][0], now[i][0] & ~(safe[i][0] & then[i][0])),
    blend(word[1], target[i][1], now[i][1] & ~(safe[i][1] & then[i][1])),
  ]);
}

/** Bits of `old` where the mask is set, of `fresh` elsewhere. */
function blend(old: number, fresh: number, mask: number): number {
  return (old & mask) | (fresh & ~mask);
}

/** What kind of change it is: one of {@link CHANGE}, or the critical word's number plus one. */
export function changeOf(
  entry: readonly Word[],
  target: readonly Word[],
  used: (entry: readonly Word[]) => readonly Word[],
  safe: readonly Word[],
): number {
  const update = unusedUpdate(entry, target, used, safe);
  const then = used(target);
  const critical = update.flatMap((word, i) => {
    const differs =
      ((word[0] & then[i][0]) | 0) !== (target[i][0] | 0) ||
      ((word[1] & then[i][1]) | 0) !== (target[i][1] | 0);
    return differs ? [i] : [];
  });
  if (critical.length === 0) return CHANGE.none;
  return critical.length === 1 ? critical[0] + 1 : CHANGE.breaking;
}
