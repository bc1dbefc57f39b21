import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { buildWorld, type DesignPair, loadPair } from '../src/catalog/build-world.js';
import { loadCatalog } from '../src/catalog/catalog.js';
import { chosenMends } from '../src/catalog/mend-choice.js';
import { explore } from '../src/checker/explore.js';
import { tinyParts } from '../src/world/scopes.js';

/** States of each part of `tiny`: enough for a steady speed, few enough that all designs together take less than a minute on an idle core. */
const STATES_PER_PART = 15_000;

export interface ExploreMeasurement {
  readonly design: string;
  readonly driver: string;
  /** `tiny`, or `tiny (first N states)` where a part was cut off. */
  readonly scope: string;
  readonly states: number;
  readonly transitions: number;
  readonly seconds: number;
  readonly statesPerSecond: number;
  readonly transitionsPerSecond: number;
  readonly bytesPerState: number;
}

/** Exhaustive search of each built-in design, mended, so that it goes past what a flaw would cut off; one core. */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } });
  const { designs } = await loadCatalog();
  const measurements: ExploreMeasurement[] = [];
  for (const name of designs.keys()) {
    measurements.push(await measure(await loadPair({ name }), STATES_PER_PART));
    console.error(`bench: ${name} measured`);
  }
  console.log(values.json ? JSON.stringify(measurements) : tableOf(measurements));
}

/** All parts of `tiny`, one after the other, each up to a number of states. */
export async function measure(
  { design, driver }: DesignPair,
  statesPerPart: number,
): Promise<ExploreMeasurement> {
  let states = 0;
  let transitions = 0;
  let seconds = 0;
  let bytes = 0;
  let bounded = false;
  for (const { shape } of tinyParts({ design: design.value, driver: driver.value })) {
    const world = await buildWorld({
      design: { name: design.value.name },
      mends: chosenMends({ mended: 'all' }, design.value, driver.value),
      without: [],
      shape,
      concrete: false,
    });
    const started = performance.now();
    const result = explore(world, { maxStates: statesPerPart, reduce: true });
    seconds += (performance.now() - started) / 1000;
    states += result.states;
    transitions += result.transitions;
    bytes += result.bytesPerState * result.states;
    bounded ||= result.limits.length > 0;
  }
  return {
    design: design.value.name,
    driver: driver.value.name,
    scope: bounded ? `tiny (first ${states} states)` : 'tiny',
    states,
    transitions,
    seconds,
    statesPerSecond: Math.round(states / seconds),
    transitionsPerSecond: Math.round(transitions / seconds),
    bytesPerState: Math.round(bytes / states),
  };
}

function tableOf(measurements: readonly ExploreMeasurement[]): string {
  const head = ['design', 'driver', 'scope', 'states', 'transitions', 'seconds'];
  const table = new Table({
    head: [...head, 'states/s', 'transitions/s', 'bytes/state'],
    style: { head: [] },
  });
  for (const measured of measurements) {
    const { design, driver, scope, states, transitions, seconds } = measured;
    const { statesPerSecond, transitionsPerSecond, bytesPerState } = measured;
    table.push([
      ...[design, driver, scope, states, transitions, seconds.toFixed(1)],
      ...[statesPerSecond, transitionsPerSecond, bytesPerState],
    ]);
  }
  return table.toString();
}
