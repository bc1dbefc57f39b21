import type { CoverageCounts } from '../checker/coverage.js';
import { commonSteps } from '../vocabulary/common-steps.js';
import type { CompiledDesign } from '../world/compiled-design.js';

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

/** What machines say of transitions that were not taken. */
export interface CoverageSource {
  /** What must hold for a transition of a procedure, by its name. */
  readonly conditions: ReadonlyMap<string, string>;
  /** Events that some step sends to a lifecycle, as `device PROBE`. */
  readonly sent: ReadonlySet<string>;
}

/** Read from the machines of a design on its driver. */
export function coverageSource({ coverage, points }: CompiledDesign): CoverageSource {
  return {
    conditions: new Map(coverage.names.map(({ condition = '' }, id) => [coverage.describe(id), condition])),
    sent: new Set(
      points.flatMap(({ step, statics }) =>
        step === commonSteps.event ? [`${statics.machine} ${statics.event}`] : [],
      ),
    ),
  };
}

/** What the runs reached, and of what they did not, why. */
export function coverageReport(counts: CoverageCounts, source: CoverageSource): CoverageReport {
  const transitions = readTransitions(counts);
  const { names, hits } = counts.interruptions;
  const seen = new Map<string, boolean>();
  names.forEach((name, i) => {
    seen.set(name, hits[i] > 0 || seen.get(name) === true);
  });
  return {
    transitions: reportOf(transitions, source, (transition) => transition.event !== 'error'),
    failures: reportOf(transitions, source, (transition) => transition.event === 'error'),
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

function reportOf(
  all: readonly Transition[],
  source: CoverageSource,
  wanted: (transition: Transition) => boolean,
): TransitionReport {
  const why = new Reasons(all, source);
  const chosen = all.filter(wanted);
  const unreached = chosen
    .filter(({ hits }) => hits === 0)
    .map((transition) => ({ transition: transition.name, reason: why.of(transition) }));
  return { taken: chosen.length - unreached.length, total: chosen.length, unreached };
}

/** Why transitions were not taken: what did not hold, or which transition before them was not taken either. */
class Reasons {
  private readonly left: ReadonlySet<string>;
  /** Transitions by the state they lead to. */
  private readonly into = new Map<string, Transition[]>();

  constructor(
    all: readonly Transition[],
    private readonly source: CoverageSource,
  ) {
    this.left = new Set(
      all.filter(({ hits }) => hits > 0).map(({ machine, state }) => `${machine} ${state}`),
    );
    for (const transition of all) {
      const target = `${transition.machine} ${transition.target}`;
      this.into.set(target, [...(this.into.get(target) ?? []), transition]);
    }
  }

  of(transition: Transition): string {
    const { name, machine, state, event } = transition;
    const lifecycle = /^lifecycle\/(.+)$/.exec(machine)?.[1];
    if (lifecycle !== undefined && !this.isSent(lifecycle, event)) return `no step sends ${event}`;
    const isLeft = this.left.has(`${machine} ${state}`);
    if (!isLeft && !this.isEntered(machine, state)) return this.beforeOf(transition);
    if (lifecycle !== undefined) return `${event} never came there`;
    if (!isLeft) return `${state} was entered and never left`;
    if (event === 'error') return 'what the state does never failed this way';
    const condition = this.source.conditions.get(name) ?? '';
    return condition === '' ? 'another branch was taken each time' : `${condition} never held there`;
  }

  /** The invalidation lifecycle is the world's own. */
  private isSent(lifecycle: string, event: string): boolean {
    return lifecycle === 'invalidation' || this.source.sent.has(`${lifecycle} ${event}`);
  }

  private isEntered(machine: string, state: string): boolean {
    return (this.into.get(`${machine} ${state}`) ?? []).some(({ hits }) => hits > 0);
  }

  /** Back from a state that was not entered to one that was left. */
  private beforeOf({ machine, state }: Transition): string {
    const seen = new Set([state]);
    for (const each of seen) {
      const before = (this.into.get(`${machine} ${each}`) ?? []).filter(({ hits }) => hits === 0);
      const first = before.find((transition) => this.left.has(`${machine} ${transition.state}`));
      if (first) return `it comes after ${first.name.slice(machine.length + 2)}, which was not taken`;
      for (const transition of before) seen.add(transition.state);
    }
    return `${machine} was not begun in any run`;
  }
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
