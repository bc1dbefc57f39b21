import { parseArgs } from 'node:util';
import { DEFAULT_RUNS, DEFAULT_SEED, run } from '../src/campaign/run.js';
import { loadPair } from '../src/catalog/build-world.js';
import { loadCatalog } from '../src/catalog/catalog.js';
import { unknownName } from '../src/catalog/input-error.js';
import { mendsOf } from '../src/catalog/mend-choice.js';
import { asCommand, positive } from './arguments.js';

/** What random runs show of a flaw when every other one is mended. */
export interface ShownFlaw {
  readonly design: string;
  readonly driver: string;
  readonly mend: string;
  /** Causes found that the flaw's list has. */
  readonly listed: readonly string[];
  /** Causes found that it has not: the list is short of them, or something else is wrong. */
  readonly unlisted: readonly string[];
}

export interface FlawSearch {
  /** Default: the driver that the design names. */
  readonly driver?: string;
  /** Default: each flaw of the design and of the driver. */
  readonly mends?: readonly string[];
  readonly runs?: number;
  readonly seed?: number;
  readonly workers?: number;
}

/** Runs of a design with all mends but one, for each in turn. */
export async function* showFlaws(design: string, options: FlawSearch): AsyncGenerator<ShownFlaw> {
  const pair = await loadPair({ name: design }, options.driver);
  const driver = pair.driver.value.name;
  const { mends, ...how } = options;
  for (const { name, causes } of mendsOf(pair.design.value, pair.driver.value)) {
    if (mends !== undefined && !mends.includes(name)) continue;
    const { findings } = await run({ ...how, design, driver, mends: { allBut: [name] } });
    const found = findings.map(({ violation }) => violation.cause);
    yield {
      design,
      driver,
      mend: name,
      listed: found.filter((cause) => causes.includes(cause)),
      unlisted: found.filter((cause) => !causes.includes(cause)),
    };
  }
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      design: { type: 'string', multiple: true },
      driver: { type: 'string' },
      mend: { type: 'string', multiple: true },
      runs: { type: 'string', default: String(DEFAULT_RUNS) },
      seed: { type: 'string', default: String(DEFAULT_SEED) },
    },
  });
  const { designs } = await loadCatalog();
  const options = {
    ...(values.driver !== undefined && { driver: values.driver }),
    ...(values.mend !== undefined && { mends: values.mend }),
    runs: positive('runs', values.runs),
    seed: positive('seed', values.seed),
  };
  let surprises = 0;
  for (const design of values.design ?? designs.keys()) {
    if (!designs.has(design)) throw unknownName('design', design, [...designs.keys()]);
    for await (const shown of showFlaws(design, options)) {
      const { driver, mend, listed, unlisted } = shown;
      surprises += unlisted.length;
      console.log(`${design} on ${driver}, mended but ${mend}: ${listed.length} of its causes found`);
      for (const cause of unlisted) console.log(`  not listed: ${cause}`);
    }
  }
  process.exitCode = surprises > 0 ? 1 : 0;
}

await asCommand('flaws', import.meta.filename, main);
