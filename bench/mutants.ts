import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadPair, worldBuilder } from '../src/catalog/build-world.js';
import { loadCatalog } from '../src/catalog/catalog.js';
import { unknownName } from '../src/catalog/input-error.js';
import { chosenMends } from '../src/catalog/mend-choice.js';
import { findingKey } from '../src/checker/finding.js';
import { mendedReplay } from '../src/checker/mended-replay.js';
import type { ActionRecord } from '../src/checker/model.js';
import { EndlessRun } from '../src/checker/run.js';
import { type BatchFailure, sampleBatch } from '../src/checker/sample.js';
import { shrink, type ShrinkResult } from '../src/checker/shrink.js';
import { stepPoints } from '../src/catalog/known-names.js';
import type { WorldShape } from '../src/vocabulary/shape.js';
import { neighbouringFlushes } from '../src/statechart/exchange.js';
import { resolver } from '../src/statechart/library.js';
import { Linker } from '../src/statechart/link.js';
import { commonSteps } from '../src/vocabulary/common-steps.js';
import type { StepKind } from '../src/vocabulary/step.js';
import { randomShape } from '../src/world/scopes.js';
import { VARIANT_NAMES, type VariantName, VARIANTS } from '../src/world/variants.js';
import { DesignError, type World } from '../src/world/world.js';
import { asCommand, positive } from './arguments.js';

/** What a correct procedure cannot do without. */
const KINDS: ReadonlySet<StepKind> = new Set<StepKind>([
  ...(['flush', 'wait', 'lock', 'unlock'] as const),
  ...(['reference', 'put', 'clear', 'release'] as const),
]);
/** A design, on its own driver or another. */
interface Pair {
  readonly design: string;
  readonly driver?: string;
}
/** Designs whose steps are taken out, and those of the drivers that they are run on. */
const OWNERS = ['iommufd', 'ioasid'];
/** Run on a driver that they are not made for, one after the other, until the missing step is noticed. */
const ELSEWHERE = ['primary-domain', 'iommufd', 'ioasid'];
/** Designs on whose drivers each two neighbouring flushes are exchanged, and the one for drivers that are no design's own. */
const EXCHANGED: readonly Pair[] = [{ design: 'iommufd' }, { design: 'aux-domain' }];
const EXCHANGED_ELSEWHERE = 'iommufd';
const CALLERS = 2;
const RUN = { seed: 1, operations: 100 };
/** Runs in one world between two looks whether something was found. */
const BATCH = 16;
const DEFAULT_RUNS = 2048;
/** Replays that making one trace short may take. */
const SHRINK_BUDGET = 1000;

/** Seen from the built output, which is what runs. */
const PINNED = new URL('../../test/mutants/pinned.json', import.meta.url);
const UNNOTICED = new URL('../../test/mutants/unnoticed.json', import.meta.url);

/** A step of a mended design that is taken out, or a flush that is exchanged with its neighbour. */
export interface Mutant extends Pair {
  /** The step's name; of two that are exchanged, both with a comma between. */
  readonly step: string;
  readonly kind: StepKind | 'swap';
}

/** A mutant, and the other designs that have the step of the driver. */
export interface ListedMutant extends Mutant {
  readonly elsewhere: readonly Pair[];
}

/** The shortest trace known on which the removal of a step, or the exchange, shows. */
export interface PinnedMutant extends Mutant {
  readonly world: VariantName;
  readonly property: string;
  readonly cause: string;
  readonly operations: number;
  /** Whether what the trace leaves is torn down before it is judged. */
  readonly finished: boolean;
  /** What has to be said: the steps between follow by themselves when the trace is replayed. */
  readonly steps: readonly ActionRecord[];
}

/** A mutant that the world stopped, and what it said. */
export interface Stopped {
  readonly stopped: string;
}

/** A step whose removal, or an exchange, that nothing can notice. */
export interface UnnoticedMutant {
  readonly step: string;
  readonly reason: string;
}

/**
 * Worlds of the mended designs. Each design is compiled once for all its worlds, and a step is taken out by marking the points where
 * agents stand at it: compiling anew for every step would take longer than all replays. It is done for an exchange.
 */
export class MutantWorlds {
  private readonly builders = new Map<string, (shape: WorldShape) => World>();
  private readonly built = new Map<string, World>();
  /** The world asked for last: the one whose design may have a step taken out. */
  private last: World | undefined;

  /**
   * The world of the mutant, or the one with every step in place. Asking for another step changes all worlds of the design. The
   * machine has come up with all steps, whatever was asked for before: boot goes by procedures that operations go by too.
   */
  async of(mutant: Mutant, name: VariantName, isMutated: boolean): Promise<World> {
    for (const point of this.last?.compiled.points ?? []) point.skipped = false;
    const swap = isMutated && mutant.kind === 'swap' ? mutant.step : '';
    const key = [mutant.design, mutant.driver, swap].join(' ');
    const world = this.built.get(`${key} ${name}`) ?? (await this.build(mutant, name, swap, key));
    this.built.set(`${key} ${name}`, world);
    this.last = world;
    for (const point of world.compiled.points) point.skipped = isMutated && point.name === mutant.step;
    return world;
  }

  /** Build the next worlds anew. */
  forget(): void {
    this.built.clear();
  }

  private async build(
    { design: name, driver: asked }: Pair,
    world: VariantName,
    swap: string,
    key: string,
  ): Promise<World> {
    const { design, driver } = await loadPair({ name }, asked);
    const builder =
      this.builders.get(key) ??
      (await worldBuilder({
        design: { name },
        driver: driver.value.name,
        mends: chosenMends({ mended: 'all' }, design.value, driver.value),
        without: [],
        swaps: swap === '' ? [] : [swap.split(',') as [string, string]],
        concrete: true,
      }));
    this.builders.set(key, builder);
    return builder(VARIANTS[world](randomShape({ design: design.value, driver: driver.value }, CALLERS)));
  }
}

/** The drivers that are no design's own, by the names of their folders. */
async function otherDrivers(): Promise<string[]> {
  const { designs, drivers } = await loadCatalog();
  const own = new Set([...designs.values()].map(({ value }) => value.driver));
  return [...drivers.keys()].filter((name) => !own.has(name));
}

/** Every step whose removal has to be noticed, in the order of designs and procedures, and every exchange. */
export async function listMutants(): Promise<ListedMutant[]> {
  const mutants = new Map<string, ListedMutant & { elsewhere: Pair[] }>();
  const others = await otherDrivers();
  const pairs: Pair[] = [
    ...OWNERS.map((design) => ({ design })),
    ...others.flatMap((driver) => ELSEWHERE.map((design) => ({ design, driver }))),
  ];
  for (const which of pairs) {
    const pair = await loadPair({ name: which.design }, which.driver);
    const mends = chosenMends({ mended: 'all' }, pair.design.value, pair.driver.value);
    for (const point of stepPoints({ pair, mends })) {
      const owner = point.name.slice(0, point.name.indexOf('/'));
      const { kind } = point.step;
      if (!KINDS.has(kind) || !(OWNERS.includes(owner) || owner === pair.driver.value.name)) continue;
      const known = mutants.get(point.name);
      if (known === undefined) mutants.set(point.name, { ...which, step: point.name, kind, elsewhere: [] });
      else if (pair.driver.value.name === owner) known.elsewhere.push(which);
    }
  }
  return [...mutants.values(), ...(await listExchanges(others))];
}

/** Each two flushes that can be exchanged, of the drivers' procedures that the design comes to. */
async function listExchanges(others: readonly string[]): Promise<ListedMutant[]> {
  const exchanges: ListedMutant[] = [];
  const elsewhere = others.map((driver) => ({ design: EXCHANGED_ELSEWHERE, driver }));
  for (const which of [...EXCHANGED, ...elsewhere]) {
    const pair = await loadPair({ name: which.design }, which.driver);
    const mends = chosenMends({ mended: 'all' }, pair.design.value, pair.driver.value);
    const { name, procedures, steps } = pair.driver.value;
    const owner = { name, procedures: procedures((mend) => mends.includes(mend)), steps };
    const linker = new Linker(resolver(owner, commonSteps));
    const known = new Set(stepPoints({ pair, mends }).map((point) => point.name));
    for (const machine of owner.procedures) {
      const { chart, invokes } = linker.link(machine, owner);
      for (const flushes of neighbouringFlushes(chart, invokes)) {
        const names = flushes.map((state) => `${name}/${machine.id}/${state}`);
        if (names.every((each) => known.has(each)))
          exchanges.push({ ...which, step: names.join(','), kind: 'swap', elsewhere: [] });
      }
    }
  }
  return exchanges;
}

/** Whether the records end with the finding where the step is missing, and do not with every step in place. */
async function isNoticed(
  worlds: MutantWorlds,
  mutant: Mutant,
  {
    world,
    steps,
    finished,
    key,
  }: Pick<PinnedMutant, 'world' | 'steps' | 'finished'> & { readonly key: string },
): Promise<boolean> {
  const found = async (isMutated: boolean) =>
    mendedReplay(await worlds.of(mutant, world, isMutated), steps, finished, key) !== undefined;
  return !(await found(false)) && (await found(true));
}

export function pinHolds(worlds: MutantWorlds, pin: PinnedMutant): Promise<boolean> {
  return isNoticed(worlds, pin, { ...pin, key: findingKey({ ...pin, explanation: [] }) });
}

export async function searchAll(
  worlds: MutantWorlds,
  { elsewhere, step, kind, ...first }: ListedMutant,
  runs: number,
  names: readonly VariantName[],
): Promise<PinnedMutant | Stopped | undefined> {
  let stopped: Stopped | undefined;
  for (const pair of [first, ...elsewhere]) {
    const found = await search(worlds, { ...pair, step, kind }, runs, names);
    if (found !== undefined && !('stopped' in found)) return found;
    stopped ??= found;
  }
  return stopped;
}

/** Runs until something is violated, and the shortest trace of it; undefined when the budget of runs ends first. */
async function search(
  worlds: MutantWorlds,
  mutant: Mutant,
  runs: number,
  names: readonly VariantName[],
): Promise<PinnedMutant | Stopped | undefined> {
  for (let from = 0; from < runs; from += BATCH) {
    const name = names[(from / BATCH) % names.length];
    const to = Math.min(runs, from + BATCH);
    const mutated = await worlds.of(mutant, name, true);
    // A design that does not nest has nothing in the worlds of guests.
    if (mutated.shape.spaceKinds.length === 0) continue;
    const failures = failuresOf(mutated, from, to);
    if ('stopped' in failures) {
      // What threw may have left its world anywhere.
      worlds.forget();
      return failures;
    }
    for (const { trace, violation } of [...failures].sort((a, b) => a.steps - b.steps)) {
      const found = {
        world: name,
        steps: trace.records,
        finished: trace.finished,
        key: findingKey(violation),
      };
      if (!(await isNoticed(worlds, mutant, found))) continue;
      const world = await worlds.of(mutant, name, true);
      const pin = pinOf(mutant, name, world, shrink(world, trace, violation, { budget: SHRINK_BUDGET }));
      if (await pinHolds(worlds, pin)) return pin;
    }
  }
  return undefined;
}

/** What the runs violate, or why the world stopped one of them before any property saw it: it never ends, say. */
function failuresOf(mutated: World, from: number, to: number): readonly BatchFailure[] | Stopped {
  try {
    return sampleBatch([mutated], { ...RUN, from, to }).failures;
  } catch (error) {
    if (error instanceof EndlessRun || error instanceof DesignError) return { stopped: error.message };
    throw error;
  }
}

function pinOf(mutant: Mutant, name: VariantName, world: World, shrunk: ShrinkResult): PinnedMutant {
  const { violation, trace, operations } = shrunk;
  const { property, cause } = violation;
  const { finished } = trace;
  const steps = essential(world, trace.records, finished, findingKey(violation));
  return { ...mutant, world: name, property, cause, operations, finished, steps };
}

/** The records without those, by halves and down to single ones, that a replay finds by itself on its way to the finding. */
function essential(
  world: World,
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
      if (without.length < kept.length && mendedReplay(world, without, finished, key)) kept = without;
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
function choose(
  mutants: readonly ListedMutant[],
  only: readonly string[] | undefined,
): readonly ListedMutant[] {
  if (only === undefined) return mutants;
  const names = mutants.map(({ step }) => step);
  for (const name of only) if (!names.includes(name)) throw unknownName('step', name, names);
  return mutants.filter(({ step }) => only.includes(step));
}

/** The worlds that the options choose to search in. */
function chooseWorlds(only: readonly string[] | undefined): readonly VariantName[] {
  if (only === undefined) return VARIANT_NAMES;
  for (const name of only)
    if (!(VARIANT_NAMES as string[]).includes(name)) throw unknownName('world', name, VARIANT_NAMES);
  return VARIANT_NAMES.filter((name) => only.includes(name));
}

/**
 * Take out one step after the other, exchange flushes, and look whether anything notices: the pinned trace if there is one, else a search.
 * Exits 1 when a mutant is noticed by nothing and not on the list of those that nothing can notice, or is on it and was noticed.
 */
async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      pin: { type: 'boolean', default: false },
      missing: { type: 'boolean', default: false },
      world: { type: 'string', multiple: true },
      runs: { type: 'string', default: String(DEFAULT_RUNS) },
    },
  });
  const runs = positive('runs', values.runs);
  const names = chooseWorlds(values.world);
  const pins = new Map((await readList<PinnedMutant>(PINNED)).map((pin) => [pin.step, pin]));
  const unnoticed = new Set((await readList<UnnoticedMutant>(UNNOTICED)).map(({ step }) => step));
  const chosen = choose(await listMutants(), values.only);
  const mutants = values.missing ? chosen.filter(({ step }) => !pins.has(step)) : chosen;
  const worlds = new MutantWorlds();
  let found = 0;
  let surprises = 0;
  for (const mutant of mutants) {
    const known = pins.get(mutant.step);
    const result =
      known && (await pinHolds(worlds, known)) ? known : await searchAll(worlds, mutant, runs, names);
    const stopped = result !== undefined && 'stopped' in result ? result.stopped : undefined;
    const pin = result !== undefined && 'stopped' in result ? undefined : result;
    const expected = (pin === undefined) === unnoticed.has(mutant.step);
    if (!expected) surprises++;
    const otherwise = stopped ?? `not noticed in ${runs} runs`;
    console.log(lineOf(mutant, pin, otherwise, expected));
    if (pin === undefined) continue;
    found++;
    if (!values.pin || pin === known) continue;
    pins.set(mutant.step, pin);
    await writePins(pins);
  }
  console.log(`${found} of ${mutants.length} mutants noticed; ${surprises} not as expected`);
  process.exitCode = surprises > 0 ? 1 : 0;
}

function lineOf(
  { step, kind }: Mutant,
  pin: PinnedMutant | undefined,
  otherwise: string,
  expected: boolean,
): string {
  const mark = expected ? '' : ' (unexpected)';
  const what = pin ? `${pin.cause}, ${pin.operations} operations` : otherwise;
  return `${step} (${kind}): ${what}${mark}`;
}

await asCommand('mutants', import.meta.filename, main);
