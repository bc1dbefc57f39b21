import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { StaleTlb } from '../models/peers/stale-tlb.js';
import { explore } from '../src/checker/explore.js';
import { SpinVerifier, spinInstalled } from './spin.js';

const PAGES = [2, 3];
/** Both sides are run so often, in turn; the fastest of each counts, since other work on the machine only ever slows. */
const ROUNDS = 5;

export interface PeerMeasurement {
  readonly pages: number;
  readonly states: number;
  readonly transitions: number;
  readonly seconds: number;
  readonly statesPerSecond: number;
  /** Left out where Spin or gcc is not installed. */
  readonly spin?: { readonly seconds: number; readonly statesPerSecond: number };
  /** States per second against Spin's. */
  readonly ratio?: number;
}

/**
 * The same protocol through this project's engine and through Spin, in one run on one machine. Only the larger one compares the
 * searches: at 2 pages Spin spends its time on starting and on clearing its hash table.
 */
export function main(args: readonly string[]): void {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } });
  const withSpin = spinInstalled();
  if (!withSpin) console.error('bench: spin and gcc are not both installed; measuring this engine alone');
  const measurements = PAGES.map((pages) => measure(pages, withSpin));
  console.log(values.json ? JSON.stringify(measurements) : tableOf(measurements));
}

export function measure(pages: number, withSpin: boolean): PeerMeasurement {
  const spin = withSpin ? new SpinVerifier(pages) : undefined;
  let seconds = Number.POSITIVE_INFINITY;
  let spinSeconds = Number.POSITIVE_INFINITY;
  let states = 0;
  let transitions = 0;
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      ({ states, transitions } = explore(new StaleTlb(pages)));
      seconds = Math.min(seconds, (performance.now() - started) / 1000);
      if (spin === undefined) continue;
      const run = spin.run(states + 10);
      if (run.states !== states)
        throw new Error(`${pages} pages: ${states} states here, ${run.states} in Spin`);
      spinSeconds = Math.min(spinSeconds, run.seconds);
    }
  } finally {
    spin?.remove();
  }
  const statesPerSecond = Math.round(states / seconds);
  const measured = { pages, states, transitions, seconds, statesPerSecond };
  if (spin === undefined) return measured;
  const theirs = { seconds: spinSeconds, statesPerSecond: Math.round(states / spinSeconds) };
  return { ...measured, spin: theirs, ratio: statesPerSecond / theirs.statesPerSecond };
}

function tableOf(measurements: readonly PeerMeasurement[]): string {
  const table = new Table({
    head: ['pages', 'states', 'transitions', 'states/s', 'Spin states/s', 'ratio'],
    style: { head: [] },
  });
  for (const { pages, states, transitions, statesPerSecond, spin, ratio } of measurements) {
    table.push([
      pages,
      states,
      transitions,
      statesPerSecond,
      spin?.statesPerSecond ?? '',
      ratio?.toFixed(2) ?? '',
    ]);
  }
  return table.toString();
}
