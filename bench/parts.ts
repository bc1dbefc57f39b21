/** Files of the program, by what they are for; the first that matches. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/\/src\/world\/(ledger|full-closure)\.js$/, 'ledger'],
  [/\/src\/world\/view\.js$|\/properties\//, 'properties'],
  [/\/src\/world\/(authority|conditions)\.js$/, 'authority'],
  [/\/src\/world\/generator\.js$/, 'choosing calls'],
  [/\/src\/world\/encoding\.js$/, 'encoding'],
  [/\/src\/world\/lifecycles\.js$|\/src\/statechart\/lifecycle/, 'monitors'],
  [/\/src\/world\//, 'world'],
  [/\/src\/hardware\/caches\.js$/, 'hardware caches'],
  [/\/src\/hardware\//, 'hardware'],
  [/\/src\/statechart\//, 'statecharts'],
  [/\/src\/vocabulary\/|\/models\//, 'steps of designs and drivers'],
  [/\/src\/checker\//, 'checker'],
];

/** The part of the program that a sample of the profiler fell in; undefined when the program did nothing then. */
export function partOf(url: string, functionName: string): string | undefined {
  if (functionName === '(idle)' || functionName === '(root)') return undefined;
  if (functionName === '(garbage collector)') return 'garbage collection';
  for (const [pattern, part] of PARTS) if (pattern.test(url)) return part;
  return 'other';
}
