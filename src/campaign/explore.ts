import { SCOPES, type ScopeName, scopeParts } from '../world/scopes.js';
import { type Choice, type Finding, resolveChoice } from './choice.js';
import { unknownName } from '../catalog/input-error.js';
import { checkNumbers } from './ranges.js';
import { createExecutor, defaultWorkers, type Executor } from './executor.js';
import type { Explored, Task } from './task.js';

/** States that the search of a part may store unless told otherwise: some gigabytes where there is an end, else what takes minutes. */
export const MOST_STATES: Readonly<Record<ScopeName, number>> = {
  tiny: 40_000_000,
  small: 200_000,
  pair: 200_000,
  random: 200_000,
};

export interface ExploreOptions extends Choice {
  /** Default: `tiny`. */
  readonly scope?: ScopeName;
  /** Take no step that begins an operation beyond so many. */
  readonly depth?: number;
  readonly switches?: number;
  readonly states?: number;
  readonly workers?: number;
}

export type SearchVerdict = 'violated' | 'exhaustive' | 'bounded';

/** One of the worlds that a scope consists of. */
export interface ExploredPart {
  readonly name: string;
  readonly explored: Explored;
}

export interface ExploreReport {
  /** `exhaustive` only if every part is. */
  readonly verdict: SearchVerdict;
  readonly parts: readonly ExploredPart[];
  readonly findings: readonly Finding[];
}

/** Exhaustive checking of one design in a small scope. */
export async function explore(options: ExploreOptions): Promise<ExploreReport> {
  const { scope = 'tiny' } = options;
  if (!SCOPES.includes(scope)) throw unknownName('scope', scope, SCOPES);
  checkNumbers(options);
  const { pair, program, specFor } = await resolveChoice(options);
  const executor = createExecutor(options.workers ?? defaultWorkers());
  const limits = {
    maxOperations: options.depth,
    maxSwitches: options.switches,
    maxStates: options.states ?? MOST_STATES[scope],
  };
  try {
    const parts = scopeParts(scope, pair).map(({ name, shape }) => ({
      name,
      task: { kind: 'explore' as const, spec: specFor(shape, false), program, limits },
    }));
    return await exploreParts(executor, parts);
  } finally {
    await executor.close();
  }
}

/** Search parts of a scope, side by side as far as there are workers, and put together what they say. */
export async function exploreParts(
  executor: Executor,
  tasks: readonly { readonly name: string; readonly task: Extract<Task, { kind: 'explore' }> }[],
  progress?: (part: string, states: number, operations: number) => void,
): Promise<ExploreReport> {
  const parts = await Promise.all(
    tasks.map(async ({ name, task }) => {
      const explored = await executor.run(task, ({ states, operations }) =>
        progress?.(name, states, operations),
      );
      return { name, explored };
    }),
  );
  const verdicts = parts.map(({ explored }) => explored.verdict);
  return {
    verdict: verdicts.includes('violated')
      ? 'violated'
      : verdicts.includes('bounded')
        ? 'bounded'
        : 'exhaustive',
    parts,
    findings: cheapest(parts.flatMap(({ explored }) => explored.violations)),
  };
}

/** Parts may find the same: each (property, cause) once, the cheapest, in the order of their keys. */
function cheapest(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.violation.property}\n${finding.violation.cause}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => shortest(group) as Finding);
}

/** The cheapest: fewest operations, then switches, then steps; the first of equals. */
export function shortest<T extends { operations: number; switches: number; steps: number }>(
  found: readonly T[],
): T | undefined {
  return found.reduce<T | undefined>((best, each) => {
    const order =
      best && (each.operations - best.operations || each.switches - best.switches || each.steps - best.steps);
    return order === undefined || order < 0 ? each : best;
  }, undefined);
}
