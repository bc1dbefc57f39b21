import fc from 'fast-check';
import type { Case } from './case.js';
import { QemuNotStarted, QemuStopped } from './qtest.js';
import { shrink } from './shrink.js';
import { type Comparison, type Difference, SideBySide } from './side-by-side.js';
import type { QemuTarget, TargetMode } from './target.js';

/** A case, shrunk, on which the two sides differ. */
export interface FoundDifference {
  readonly case: Case;
  readonly difference: Difference;
}

/** What the cases of one mode gave. */
export interface ModeResult {
  readonly hardware: string;
  readonly mode: string;
  /** Cases that both sides came to the end of. */
  readonly cases: number;
  /** Requests whose answers were compared. */
  readonly compared: number;
  /** By name of the deviation: how many answers it explains. */
  readonly deviationsSeen: ReadonlyMap<string, number>;
  readonly found: FoundDifference | undefined;
  /** Cases that QEMU did not survive, with what it said. */
  readonly stopped: readonly StoppedCase[];
}

export interface StoppedCase {
  readonly case: Case;
  readonly reason: string;
  /** Whether QEMU did not come as far as taking the case. */
  readonly atStart: boolean;
}

export interface Watch {
  /** Told now and then how many cases are done. */
  readonly progress?: (done: number) => void;
  /** Asked after each case; true ends the mode with what it has. */
  readonly interrupted?: () => boolean;
}

/** Cases drawn at once: each batch from its own seed, so that case i is the same whatever number is asked for. */
const DRAWN = 50;
/** After so many cases in a row that QEMU did not survive it is not the cases. */
const MOST_STOPPED = 3;

/** Run so many random cases of a mode. Ends at the first difference, which is shrunk, and where QEMU cannot be kept running. */
export async function runMode(
  target: QemuTarget,
  mode: TargetMode,
  runs: number,
  seed: number,
  { progress, interrupted = () => false }: Watch = {},
): Promise<ModeResult> {
  const sides = new SideBySide(target, mode);
  const deviationsSeen = new Map<string, number>();
  const stopped: StoppedCase[] = [];
  let compared = 0;
  let done = 0;
  let failures = 0;
  let found: FoundDifference | undefined;
  const isOver = () => found !== undefined || failures >= MOST_STOPPED || interrupted();
  try {
    for (let from = 0; from < runs && !isOver(); from += DRAWN) {
      const numRuns = Math.min(DRAWN, runs - from);
      for (const c of fc.sample(mode.cases, { seed: seed + from, numRuns })) {
        const result = await survive(sides, c);
        if ('reason' in result) {
          // A signal to the whole group of processes ends QEMU too.
          if (interrupted()) break;
          stopped.push(result);
          failures = result.atStart ? MOST_STOPPED : failures + 1;
        } else {
          failures = 0;
          done++;
          compared += result.compared;
          count(result.deviations, deviationsSeen);
          if (result.difference !== undefined) found = await smallest(sides, c);
        }
        if (isOver()) break;
      }
      progress?.(done + stopped.length);
    }
  } finally {
    await sides.stop();
  }
  return {
    hardware: target.architecture.name,
    mode: mode.name,
    cases: done,
    compared,
    deviationsSeen,
    found,
    stopped,
  };
}

/** One case as it is: a difference is not shrunk. */
export async function runCase(target: QemuTarget, mode: TargetMode, c: Case): Promise<ModeResult> {
  const sides = new SideBySide(target, mode);
  const deviationsSeen = new Map<string, number>();
  const of = { hardware: target.architecture.name, mode: mode.name, deviationsSeen };
  try {
    const result = await survive(sides, c);
    if ('reason' in result) return { ...of, cases: 0, compared: 0, found: undefined, stopped: [result] };
    const { compared, deviations, difference } = result;
    count(deviations, deviationsSeen);
    const found = difference && { case: c, difference };
    return { ...of, cases: 1, compared, found, stopped: [] };
  } finally {
    await sides.stop();
  }
}

function count(names: readonly string[], seen: Map<string, number>): void {
  for (const name of names) seen.set(name, (seen.get(name) ?? 0) + 1);
}

/** The comparison, or why QEMU ended over it; a new process is started for the next case. */
async function survive(sides: SideBySide, c: Case): Promise<Comparison | StoppedCase> {
  try {
    return await sides.compare(c);
  } catch (error) {
    if (!(error instanceof QemuStopped)) throw error;
    await sides.stop();
    return { case: c, reason: error.message, atStart: error instanceof QemuNotStarted };
  }
}

async function smallest(sides: SideBySide, c: Case): Promise<FoundDifference> {
  let difference: Difference | undefined;
  const differs = async (smaller: Case): Promise<boolean> => {
    const result = await survive(sides, smaller);
    if ('reason' in result || result.difference === undefined) return false;
    difference = result.difference;
    return true;
  };
  const least = await shrink(c, differs);
  await differs(least);
  if (difference === undefined) throw new Error('QEMU answers the same case in two ways');
  return { case: least, difference };
}
