import { Session } from 'node:inspector/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { buildWorld, loadPair } from '../src/catalog/build-world.js';
import { loadCatalog } from '../src/catalog/catalog.js';
import { chosenMends } from '../src/catalog/mend-choice.js';
import { clearCoverage, readCoverage } from '../src/checker/coverage.js';
import { IntList } from '../src/checker/int-list.js';
import { executeRun } from '../src/checker/run.js';
import { outcomesOf, refusedIn } from '../src/cli/coverage-report.js';
import { randomShape } from '../src/world/scopes.js';
import type { World } from '../src/world/world.js';
import { partOf } from './parts.js';

const DESIGN = 'iommufd';
const CALLERS = 2;
const OPERATIONS = 100;
const SEED = 1;
/** Runs before anything is measured, so that what is measured is compiled. */
const WARM_UP = 200;
const RUNS = 400;
/** Checked and unchecked are timed so often, in turn; the fastest of each counts, since other work on the machine only ever slows. */
const ROUNDS = 3;
/** Microseconds between two looks of the profiler. */
const INTERVAL = 200;

export interface RandomMeasurement {
  readonly design: string;
  readonly driver: string;
  readonly hardware: string;
  readonly callers: number;
  readonly operationsPerRun: number;
  /** Share of the calls that ended with an errno. */
  readonly refused: number;
  readonly steps: number;
  readonly seconds: number;
  readonly stepsPerSecond: number;
  /** The same schedules with no property evaluated. Ledger, authority and monitors go on: what can be called depends on them. */
  readonly unchecked: { readonly seconds: number; readonly stepsPerSecond: number };
  /** Checked steps per second against unchecked ones. */
  readonly ratio: number;
  /** Where the time of checked runs goes: own time of functions by the part of the program they stand in, the largest first. */
  readonly parts: readonly { readonly part: string; readonly share: number }[];
}

/** Random runs on one core with everything checked, and where their time goes. */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } });
  const measurements: RandomMeasurement[] = [];
  for (const driver of await oneDriverOfEachHardware()) {
    measurements.push(await measure(RUNS, WARM_UP, driver));
  }
  console.log(values.json ? JSON.stringify(measurements) : measurements.map(tablesOf).join('\n'));
}

/** The design's own driver first, then the first of each other hardware. */
export async function oneDriverOfEachHardware(): Promise<string[]> {
  const { drivers, hardware } = await loadCatalog();
  const own = (await loadPair({ name: DESIGN })).driver.value;
  const others = [...hardware.keys()].filter((name) => name !== own.hardware);
  const first = others.flatMap(
    (name) => [...drivers.values()].find(({ value }) => value.hardware === name) ?? [],
  );
  return [own.name, ...first.map(({ value }) => value.name)];
}

export async function measure(runs: number, warmUp: number, name?: string): Promise<RandomMeasurement> {
  const { design, driver } = await loadPair({ name: DESIGN }, name);
  const world = await buildWorld({
    design: { name: DESIGN },
    driver: driver.value.name,
    mends: chosenMends({ mended: 'all' }, design.value, driver.value),
    without: [],
    shape: randomShape({ design: design.value, driver: driver.value }, CALLERS),
    concrete: true,
  });
  timeRuns(
    world,
    Array.from({ length: warmUp }, (_, run) => runs + run),
  );
  clearCoverage(world.coverage);
  const schedules = holding(world, runs);
  const outcomes = outcomesOf(readCoverage(world.coverage));
  const calls = Object.values(outcomes).flatMap((ends) => Object.values(ends));
  const numbers = [...schedules.keys()];
  const steps = [...schedules.values()].reduce((sum, actions) => sum + actions.length, 0);
  let seconds = Number.POSITIVE_INFINITY;
  let uncheckedSeconds = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    seconds = Math.min(seconds, timeRuns(world, numbers));
    world.setChecking(false);
    uncheckedSeconds = Math.min(uncheckedSeconds, timeRuns(world, numbers, schedules));
    world.setChecking(true);
  }
  const stepsPerSecond = Math.round(steps / seconds);
  const unchecked = { seconds: uncheckedSeconds, stepsPerSecond: Math.round(steps / uncheckedSeconds) };
  return {
    design: design.value.name,
    driver: driver.value.name,
    hardware: driver.value.hardware,
    callers: CALLERS,
    operationsPerRun: OPERATIONS,
    refused: refusedIn(outcomes) / calls.reduce((sum, count) => sum + count, 0),
    steps,
    seconds,
    stepsPerSecond,
    unchecked,
    ratio: stepsPerSecond / unchecked.stepsPerSecond,
    parts: await profile(() => timeRuns(world, numbers)),
  };
}

/** The actions of each run that violates nothing: others end where they are judged, and would go on unchecked. */
function holding(world: World, runs: number): Map<number, Int32Array> {
  const schedules = new Map<number, Int32Array>();
  const actions = new IntList();
  for (let run = 0; run < runs; run++) {
    const { violations } = executeRun(world, SEED, run, OPERATIONS, actions);
    if (violations.length === 0) schedules.set(run, actions.items.slice(0, actions.length));
  }
  if (schedules.size < runs) {
    console.error(`bench: ${runs - schedules.size} of ${runs} runs end with a violation and are left out`);
  }
  return schedules;
}

/** Execute the runs, and say how many seconds they took. With `schedules`, each must take the actions it took before. */
function timeRuns(
  world: World,
  runs: readonly number[],
  schedules?: ReadonlyMap<number, Int32Array>,
): number {
  const actions = new IntList();
  let milliseconds = 0;
  for (const run of runs) {
    const started = performance.now();
    executeRun(world, SEED, run, OPERATIONS, actions);
    milliseconds += performance.now() - started;
    const expected = schedules?.get(run);
    if (expected === undefined) continue;
    if (actions.length !== expected.length || expected.some((action, i) => action !== actions.items[i])) {
      throw new Error(`run ${run} went another way unchecked`);
    }
  }
  return milliseconds / 1000;
}

/** Sample the work, and add up where the samples fell. */
async function profile(work: () => void): Promise<{ part: string; share: number }[]> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
    await session.post('Profiler.start');
    work();
    const { profile } = await session.post('Profiler.stop');
    const hits = new Map<string, number>();
    let all = 0;
    for (const { callFrame, hitCount = 0 } of profile.nodes) {
      const part = partOf(callFrame.url, callFrame.functionName);
      if (part === undefined) continue;
      hits.set(part, (hits.get(part) ?? 0) + hitCount);
      all += hitCount;
    }
    return [...hits]
      .filter(([, count]) => count > 0)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .map(([part, count]) => ({ part, share: count / all }));
  } finally {
    session.disconnect();
  }
}

function tablesOf(measurement: RandomMeasurement): string {
  const {
    design,
    driver,
    callers,
    operationsPerRun,
    refused,
    steps,
    stepsPerSecond,
    unchecked,
    ratio,
    parts,
  } = measurement;
  const speed = new Table({
    head: ['design', 'driver', 'callers', 'operations', 'refused', 'steps', 'steps/s', 'unchecked', 'ratio'],
    style: { head: [] },
  });
  speed.push([
    ...[design, driver, callers, operationsPerRun, percent(refused), steps, stepsPerSecond],
    ...[unchecked.stepsPerSecond, ratio.toFixed(2)],
  ]);
  const shares = new Table({ head: ['part', 'share of the time'], style: { head: [] } });
  for (const { part, share } of parts) shares.push([part, percent(share)]);
  return `${speed.toString()}\n${shares.toString()}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
