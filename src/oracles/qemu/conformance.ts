import fc from 'fast-check';
import type { Case } from './case.js';
import { QemuStopped } from './qtest.js';
import { shrink } from './shrink.js';
import { type Difference, SideBySide } from './side-by-side.js';
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
  readonly cases: number;
  /** Requests whose answers were compared. */
  readonly compared: number;
  /** By name of the deviation: how many answers it explains. */
  readonly deviationsSeen: ReadonlyMap<string, number>;
  readonly found: FoundDifference | undefined;
  /** Cases that QEMU did not survive, with what it said. */
  readonly stopped: readonly { readonly case: Case; readonly reason: string }[];
}

/** Cases drawn at once: each batch from its own seed, so that case i is the same whatever number is asked for. */
const DRAWN = 50;

/** Run so many random cases of a mode. Ends at the first difference, which is shrunk. */
export async function runMode(
  target: QemuTarget,
  mode: TargetMode,
  runs: number,
  seed: number,
  progress: (done: number) => void = () => {},
): Promise<ModeResult> {
  const sides = new SideBySide(target, mode);
  const deviationsSeen = new Map<string, number>();
  const stopped: { case: Case; reason: string }[] = [];
  let compared = 0;
  let done = 0;
  let found: FoundDifference | undefined;
  try {
    for (let from = 0; from < runs && found === undefined; from += DRAWN) {
      const numRuns = Math.min(DRAWN, runs - from);
      for (const c of fc.sample(mode.cases, { seed: seed + from, numRuns })) {
        const result = await survive(sides, c);
        done++;
        if (typeof result === 'string') {
          stopped.push({ case: c, reason: result });
          continue;
        }
        compared += result.compared;
        for (const name of result.deviations) deviationsSeen.set(name, (deviationsSeen.get(name) ?? 0) + 1);
        if (result.difference === undefined) continue;
        found = await smallest(sides, c);
        break;
      }
      progress(done);
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

/** The comparison, or why QEMU ended over it; a new process is started for the next case. */
async function survive(sides: SideBySide, c: Case) {
  try {
    return await sides.compare(c);
  } catch (error) {
    if (!(error instanceof QemuStopped)) throw error;
    await sides.stop();
    return error.message;
  }
}

async function smallest(sides: SideBySide, c: Case): Promise<FoundDifference> {
  let difference: Difference | undefined;
  const differs = async (smaller: Case): Promise<boolean> => {
    const result = await survive(sides, smaller);
    if (typeof result === 'string' || result.difference === undefined) return false;
    difference = result.difference;
    return true;
  };
  const least = await shrink(c, differs);
  await differs(least);
  if (difference === undefined) throw new Error('QEMU answers the same case in two ways');
  return { case: least, difference };
}
