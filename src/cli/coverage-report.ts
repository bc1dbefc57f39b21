import type { CoverageCounts } from '../checker/coverage.js';

export interface TransitionReport {
  readonly taken: number;
  readonly total: number;
  readonly unreached: readonly { readonly transition: string; readonly reason: string }[];
}

export interface CoverageReport {
  /** Of every machine, edges of failure apart. */
  readonly transitions: TransitionReport;
  /** Edges taken when a step or procedure failed. */
  readonly failures: TransitionReport;
  /** Control states at which an agent was left standing while another acted. */
  readonly interruptions: { readonly seen: number; readonly total: number };
}

/** What the runs reached, and of what they did not, why. */
export function coverageReport(counts: CoverageCounts): CoverageReport {
  const transitions = readTransitions(counts);
  const { names, hits } = counts.interruptions;
  const seen = new Map<string, boolean>();
  names.forEach((name, i) => {
    seen.set(name, hits[i] > 0 || seen.get(name) === true);
  });
  return {
    transitions: reportOf(transitions, (transition) => transition.event !== 'error'),
    failures: reportOf(transitions, (transition) => transition.event === 'error'),
    interruptions: { seen: [...seen.values()].filter((each) => each).length, total: seen.size },
  };
}

interface Transition {
  readonly name: string;
  readonly machine: string;
  readonly state: string;
  readonly event: string;
  readonly target: string;
  readonly hits: number;
}

/** As `TransitionCoverage.describe` writes them: `iommufd/detach: flush --done[0]--> unlock`. */
function readTransitions({ transitions }: CoverageCounts): Transition[] {
  return transitions.names.map((name, i) => {
    const match = /^(.+): (.+) --(.+)\[\d+\]--> (.+)$/.exec(name);
    if (!match) throw new Error(`a transition is called '${name}'`);
    const [, machine, state, event, target] = match;
    return { name, machine, state, event, target, hits: transitions.hits[i] };
  });
}

function reportOf(all: readonly Transition[], wanted: (transition: Transition) => boolean): TransitionReport {
  const left = new Set(all.filter(({ hits }) => hits > 0).map(({ machine, state }) => `${machine} ${state}`));
  const chosen = all.filter(wanted);
  const unreached = chosen
    .filter(({ hits }) => hits === 0)
    .map((transition) => ({ transition: transition.name, reason: reasonOf(transition, left) }));
  return { taken: chosen.length - unreached.length, total: chosen.length, unreached };
}

function reasonOf({ machine, state, event }: Transition, left: ReadonlySet<string>): string {
  if (!left.has(`${machine} ${state}`)) return `state ${state} was not left in any run`;
  if (event === 'error') return 'what the state does never failed this way';
  return event === 'done' || event === 'always'
    ? 'its condition never held there'
    : `${event} never came there`;
}

/** How often each operation ended in each way; ways that did not happen are left out. */
export function outcomesOf(counts: CoverageCounts): Record<string, Record<string, number>> {
  const outcomes: Record<string, Record<string, number>> = {};
  const { names, hits } = counts.outcomes;
  names.forEach((name, i) => {
    if (hits[i] === 0) return;
    const [operation, outcome] = splitOnce(name);
    outcomes[operation] ??= {};
    outcomes[operation][outcome] = hits[i];
  });
  return outcomes;
}

function splitOnce(name: string): [string, string] {
  const at = name.indexOf(' ');
  return [name.slice(0, at), name.slice(at + 1)];
}

/** Calls that ended with an errno. */
export function refusedIn(outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>): number {
  return Object.values(outcomes)
    .flatMap((ends) => Object.entries(ends))
    .reduce((sum, [outcome, count]) => sum + (outcome === 'ok' ? 0 : count), 0);
}

/** How often each property's premise was true. */
export function checkedIn({ checked }: CoverageCounts): Record<string, number> {
  return Object.fromEntries(checked.names.map((name, i) => [name, checked.hits[i]]));
}
