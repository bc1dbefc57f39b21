import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createExecutor, defaultWorkers, type Executor } from '../src/campaign/executor.js';
import type { Shrunk } from '../src/campaign/task.js';
import { buildWorld, loadPair } from '../src/catalog/build-world.js';
import { InputError, unknownName } from '../src/catalog/input-error.js';
import { chosenMends } from '../src/catalog/mend-choice.js';
import { packageVersion } from '../src/catalog/package-files.js';
import type { WorldSpec } from '../src/catalog/world-spec.js';
import { findingKey } from '../src/checker/finding.js';
import { mendedReplay } from '../src/checker/mended-replay.js';
import type { ActionRecord, Model } from '../src/checker/model.js';
import { stepPoints } from '../src/cli/design-options.js';
import type { WorldShape } from '../src/vocabulary/shape.js';
import type { StepKind } from '../src/vocabulary/step.js';
import { randomShape } from '../src/world/scopes.js';

/** What a correct procedure cannot do without. */
const KINDS: ReadonlySet<StepKind> = new Set<StepKind>([
  ...(['flush', 'wait', 'lock', 'unlock'] as const),
  ...(['reference', 'put', 'clear', 'release'] as const),
]);
/** Whose steps are taken out, and the designs that are run for it: the first that has the step. */
const OWNERS = ['iommufd', 'ioasid', 'vtd@7'];
const DESIGNS = ['iommufd', 'ioasid'];
const CALLERS = 2;
const MEMORY = ['map', 'unmap', 'protect', 'allocFrame', 'freeFrame'] as const;
const NESTING = ['bindNested', 'unbindNested', 'guestWrite', 'guestInvalidate'] as const;
const RUN = { seed: 1, operations: 100 };
/** Runs between two looks whether something was found. */
const BATCH = 128;
const DEFAULT_RUNS = 4096;
/** Runs that show what a mended design violates by itself, which should be nothing. */
const OWN_RUNS = 512;
/** Replays that making one trace short may take. */
const SHRINK_BUDGET = 4000;

/** Seen from the built output, which is what runs. */
const PINNED = new URL('../../test/mutants/pinned.json', import.meta.url);
const UNNOTICED = new URL('../../test/mutants/unnoticed.json', import.meta.url);

/** A step of a mended design. */
export interface Mutant {
  readonly design: string;
  readonly step: string;
  readonly kind: StepKind;
}

/**
 * Worlds that mutants are searched in, by turns. A step between few objects is met sooner where there are few, and one that
 * matters to groups or to nothing but attachments where there is nothing else.
 */
export const WORLDS = {
  whole: (shape: WorldShape): WorldShape => shape,
  few: (shape: WorldShape): WorldShape => ({
    ...shape,
    devices: [{ ...shape.devices[1], group: 0 }],
    groups: 1,
    spaces: 2,
    frames: 3,
    pages: shape.pages.slice(0, 2),
  }),
  routes: (shape: WorldShape): WorldShape => ({
    ...WORLDS.few(shape),
    spaceKinds: ['paging'],
    without: [...(shape.without ?? []), ...MEMORY, ...NESTING],
  }),
  group: (shape: WorldShape): WorldShape => ({
    ...shape,
    devices: shape.devices.slice(1).map((device) => ({ ...device, group: 0, slots: 0 })),
    groups: 1,
    spaces: 2,
    spaceKinds: ['paging'],
    without: [...(shape.without ?? []), ...NESTING],
  }),
} as const;
export type WorldName = keyof typeof WORLDS;
const WORLD_NAMES = Object.keys(WORLDS) as WorldName[];

/** The shortest trace known on which the removal of a step shows. */
export interface PinnedMutant extends Mutant {
  readonly world: WorldName;
  readonly property: string;
  readonly cause: string;
  readonly operations: number;
  /** Whether what the trace leaves is torn down before it is judged. */
  readonly finished: boolean;
  /** What has to be said: the steps between follow by themselves when the trace is replayed. */
  readonly steps: readonly ActionRecord[];
}

/** A step whose removal nothing can notice. */
export interface UnnoticedMutant {
  readonly step: string;
  readonly reason: string;
}

/** The world in which a mutant is searched and its trace replayed; without a step, the mended design itself. */
export async function mutantSpec(name: string, world: WorldName, step?: string): Promise<WorldSpec> {
  const { design, driver } = await loadPair({ name });
  return {
    design: { name },
    driver: driver.value.name,
    mends: chosenMends({ mended: 'all' }, design.value, driver.value),
    without: step === undefined ? [] : [step],
    shape: WORLDS[world](randomShape(design.value, CALLERS)),
    concrete: true,
  };
}

/** Every step whose removal has to be noticed, in the order of designs and procedures. */
export async function listMutants(): Promise<Mutant[]> {
  const mutants = new Map<string, Mutant>();
  for (const name of DESIGNS) {
    const pair = await loadPair({ name });
    const mends = chosenMends({ mended: 'all' }, pair.design.value, pair.driver.value);
    for (const point of stepPoints(pair, mends)) {
      const owner = point.name.slice(0, point.name.indexOf('/'));
      const { kind } = point.step;
      if (!KINDS.has(kind) || !OWNERS.includes(owner) || mutants.has(point.name)) continue;
      mutants.set(point.name, { design: name, step: point.name, kind });
    }
  }
  return [...mutants.values()];
}

/** What the mended design is found to violate with every step in place: no removal is noticed by it. */
async function ownCauses(executor: Executor, design: string): Promise<ReadonlySet<string>> {
  const causes = new Set<string>();
  for (const world of WORLD_NAMES) {
    const spec = await mutantSpec(design, world);
    const { failures } = await executor.run({ kind: 'batch', spec, ...RUN, from: 0, to: OWN_RUNS });
    for (const { violation } of failures) causes.add(violation.cause);
  }
  for (const cause of causes) console.error(`mutants: ${design} violates with every step in place: ${cause}`);
  return causes;
}

/** Runs until something is violated, and the shortest trace of it; undefined when the budget of runs ends first. */
async function search(
  executor: Executor,
  mutant: Mutant,
  own: ReadonlySet<string>,
  runs: number,
): Promise<{ readonly shrunk: Shrunk; readonly world: WorldName } | undefined> {
  for (let from = 0; from < runs; from += BATCH) {
    const to = Math.min(runs, from + BATCH);
    const world = WORLD_NAMES[(from / BATCH) % WORLD_NAMES.length];
    const spec = await mutantSpec(mutant.design, world, mutant.step);
    const batch = await executor.run({ kind: 'batch', spec, ...RUN, from, to });
    const [first, ...others] = batch.failures.filter(({ violation }) => !own.has(violation.cause));
    if (first === undefined) continue;
    const { trace, violation } = others.reduce(
      (best, next) => (next.steps < best.steps ? next : best),
      first,
    );
    const program = await packageVersion();
    const shrunk = await executor.run({
      kind: 'shrink',
      ...{ spec, program, trace, violation },
      budget: SHRINK_BUDGET,
    });
    return { shrunk, world };
  }
  return undefined;
}

async function pinOf(mutant: Mutant, world: WorldName, shrunk: Shrunk): Promise<PinnedMutant> {
  const { violation, trace, operations } = shrunk;
  const { property, cause } = violation;
  const { finished } = trace;
  // What each step changes is told anew by every replay.
  const records = trace.steps.map(({ kind: _, changes: __, ...record }): ActionRecord => record);
  const model = await buildWorld(await mutantSpec(mutant.design, world, mutant.step));
  const steps = essential(model, records, finished, findingKey(violation));
  return { ...mutant, world, property, cause, operations, finished, steps };
}

/** The records without those, by halves and down to single ones, that a replay finds by itself on its way to the finding. */
function essential(
  model: Model,
  records: readonly ActionRecord[],
  finished: boolean,
  key: string,
): readonly ActionRecord[] {
  let kept = records;
  for (let size = records.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < kept.length; ) {
      const without = kept.filter(
        ({ operation }, i) => i < from || i >= from + size || operation !== undefined,
      );
      if (without.length < kept.length && mendedReplay(model, without, finished, key)) kept = without;
      else from += size;
    }
  }
  return kept;
}

/** One line for each pin, so that a change shows as the lines it concerns. */
function writePins(pins: ReadonlyMap<string, PinnedMutant>): Promise<void> {
  const lines = [...pins.values()]
    .sort((a, b) => (a.step < b.step ? -1 : 1))
    .map((pin) => `  ${JSON.stringify(pin)}`);
  return writeFile(PINNED, `[\n${lines.join(',\n')}\n]\n`);
}

async function readList<T>(file: URL): Promise<T[]> {
  return JSON.parse(await readFile(file, 'utf8')) as T[];
}

/** The mutants that the options choose. */
function choose(mutants: readonly Mutant[], only: readonly string[] | undefined): readonly Mutant[] {
  if (only === undefined) return mutants;
  const names = mutants.map(({ step }) => step);
  for (const name of only) if (!names.includes(name)) throw unknownName('step', name, names);
  return mutants.filter(({ step }) => only.includes(step));
}

/**
 * Take out one step after the other and look whether anything notices. Exits 1 when a removal is noticed by nothing and the step
 * is not on the list of those that nothing can notice, or is on it and was noticed.
 */
async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      pin: { type: 'boolean', default: false },
      missing: { type: 'boolean', default: false },
      runs: { type: 'string', default: String(DEFAULT_RUNS) },
      workers: { type: 'string', default: String(defaultWorkers()) },
    },
  });
  const runs = positive('runs', values.runs);
  const workers = positive('workers', values.workers);
  const pins = new Map((await readList<PinnedMutant>(PINNED)).map((pin) => [pin.step, pin]));
  const unnoticed = new Set((await readList<UnnoticedMutant>(UNNOTICED)).map(({ step }) => step));
  const chosen = choose(await listMutants(), values.only);
  const queue = values.missing ? chosen.filter(({ step }) => !pins.has(step)) : [...chosen];
  const total = queue.length;
  let found = 0;
  let surprises = 0;
  let writing = Promise.resolve();
  const executor = createExecutor(workers);
  const own = new Map<string, ReadonlySet<string>>();
  const take = async () => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      let caught: Awaited<ReturnType<typeof search>>;
      try {
        caught = await search(executor, mutant, own.get(mutant.design)!, runs);
      } catch (error) {
        // One design that cannot go on without a step is told, and the others are tried.
        if (!(error instanceof InputError)) throw error;
        console.log(`${mutant.step} (${mutant.kind}): ${error.message} (unexpected)`);
        surprises++;
        continue;
      }
      const expected = (caught === undefined) === unnoticed.has(mutant.step);
      if (!expected) surprises++;
      console.log(lineOf(mutant, caught?.shrunk, runs, expected));
      if (caught === undefined) continue;
      found++;
      if (!values.pin) continue;
      pins.set(mutant.step, await pinOf(mutant, caught.world, caught.shrunk));
      await (writing = writing.then(() => writePins(pins)));
    }
  };
  try {
    for (const design of new Set(queue.map((mutant) => mutant.design))) {
      own.set(design, await ownCauses(executor, design));
    }
    await Promise.all(Array.from({ length: workers }, take));
  } finally {
    await executor.close();
  }
  console.log(`${found} of ${total} removals noticed; ${surprises} not as expected`);
  process.exitCode = surprises > 0 ? 1 : 0;
}

function lineOf({ step, kind }: Mutant, shrunk: Shrunk | undefined, runs: number, expected: boolean): string {
  const mark = expected ? '' : ' (unexpected)';
  if (shrunk === undefined) return `${step} (${kind}): not noticed in ${runs} runs${mark}`;
  const { violation, operations, steps } = shrunk;
  return `${step} (${kind}): ${violation.cause}, ${operations} operations, ${steps} steps${mark}`;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InputError(`--${name} takes a whole number above 0, not ${text}`);
  }
  return value;
}

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.error(`mutants: ${error.message}`);
    process.exitCode = 2;
  }
}
