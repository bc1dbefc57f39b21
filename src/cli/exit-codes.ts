export const EXIT = {
  holds: 0,
  violated: 1,
  /** Bad usage or input. */
  badInput: 2,
  /** The program itself fails, or a bound of its own kept it from looking: nothing that the user could mend. */
  ownFault: 3,
} as const;

/** Of a search or of runs. What was found stands, whatever else was not looked at. */
export function codeOf(verdict: string, isLimited: boolean): number {
  if (verdict === 'violated') return EXIT.violated;
  return isLimited ? EXIT.ownFault : EXIT.holds;
}
