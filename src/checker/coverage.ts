import type { Coverage } from './model.js';

/** Coverage as plain data: it can be sent between threads, printed and summed. Sums of integers below 2^53 are exact, so the order of folding cannot show. */
export type CoverageCounts = Record<string, { names: readonly string[]; hits: number[] }>;

/** The sum of the counters as they stand; those that several share are counted once. */
export function readCoverage(...coverages: readonly Coverage[]): CoverageCounts {
  const read = new Set<unknown>();
  let sum: CoverageCounts = {};
  for (const { groups } of coverages) {
    const counts: CoverageCounts = {};
    for (const [group, { names, hits }] of Object.entries(groups)) {
      if (read.has(hits)) continue;
      read.add(hits);
      counts[group] = { names, hits: Array.from(hits) };
    }
    sum = addCoverage(sum, counts);
  }
  return sum;
}

export function clearCoverage(coverage: Coverage): void {
  for (const { hits } of Object.values(coverage.groups)) hits.fill(0);
}

/** The sum; groups are those of both, names those of the first. */
export function addCoverage(a: CoverageCounts, b: CoverageCounts): CoverageCounts {
  const sum: CoverageCounts = {};
  for (const group of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const left = a[group];
    const right = b[group];
    if (left === undefined || right === undefined) {
      const { names, hits } = left ?? right;
      sum[group] = { names, hits: [...hits] };
      continue;
    }
    if (left.hits.length !== right.hits.length)
      throw new Error(`coverage group ${group} has two sizes: different models?`);
    sum[group] = { names: left.names, hits: left.hits.map((count, i) => count + right.hits[i]) };
  }
  return sum;
}
