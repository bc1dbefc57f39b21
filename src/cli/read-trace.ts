import { readFile } from 'node:fs/promises';
import { designSource } from '../campaign/choice.js';
import { loadPair } from '../catalog/build-world.js';
import { find, loadCatalog } from '../catalog/catalog.js';
import { InputError, unknownName } from '../catalog/input-error.js';
import { chosenMends, mendsOf } from '../catalog/mend-choice.js';
import { reasonOf } from '../catalog/user-file.js';
import type { WorldSpec } from '../catalog/world-spec.js';
import { UnresolvedRecord } from '../checker/trace.js';
import type { Trace } from '../trace/format.js';
import { parseTrace, TraceError } from '../trace/parse.js';
import { checkSteps } from '../catalog/known-names.js';
import { type DesignOptions, mendChoice } from './design-options.js';

/** Read a trace file and see that what it names exists. */
export async function readTraceFile(file: string): Promise<Trace> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new InputError(`the trace cannot be read: ${reasonOf(error)}`, { file });
  }
  try {
    const trace = parseTrace(text);
    const catalog = await loadCatalog();
    for (const property of [trace.verdict.property, ...(trace.properties ?? [])])
      find('property', catalog.properties, property);
    find('hardware', catalog.hardware, trace.hardware);
    const { hardware } = find('driver', catalog.drivers, trace.driver).value;
    if (hardware !== trace.hardware)
      throw new InputError(`driver ${trace.driver} is of hardware ${hardware}, not ${trace.hardware}`);
    if (trace.file === undefined) find('design', catalog.designs, trace.design);
    return trace;
  } catch (error) {
    if (error instanceof TraceError || error instanceof InputError)
      throw new InputError(error.message, { file });
    throw error;
  }
}

/** Do something with a trace; what the trace itself is to blame for is an error of its file. */
export async function withTrace<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isPlaced = error instanceof InputError && (error.place.file ?? error.place.state) !== undefined;
    if (isPlaced || !(error instanceof InputError || error instanceof UnresolvedRecord)) throw error;
    throw new InputError(error.message, { file });
  }
}

/** The world that a trace was recorded in, or the same one with what the options say otherwise. */
export async function specOf(trace: Trace, options: DesignOptions): Promise<WorldSpec> {
  if ((options.design?.length ?? 0) > 1) throw new InputError('a trace is replayed on one design at a time');
  const [named] = options.design ?? [];
  const recorded = trace.file === undefined ? { name: trace.design } : { file: trace.file };
  const source = named === undefined ? recorded : designSource(named);
  const driver = options.driver ?? (named === undefined ? trace.driver : undefined);
  const pair = await loadPair(source, driver);
  const { design } = pair;
  const mends = mendsOf(design.value, pair.driver.value).map(({ name }) => name);
  const choosesMends = options.mended || options.mend !== undefined || options.mendedBut !== undefined;
  const isSame = named === undefined && options.driver === undefined;
  for (const name of [
    ...(isSame ? trace.mends : []),
    ...(options.mend ?? []),
    ...(options.mendedBut ?? []),
  ]) {
    if (!mends.includes(name))
      throw unknownName(`mend of ${design.value.name} on ${pair.driver.value.name}`, name, mends);
  }
  const chosen = choosesMends
    ? chosenMends(mendChoice(options), design.value, pair.driver.value)
    : mends.filter((name) => trace.mends.includes(name));
  const without = options.without ?? trace.without;
  const swaps = options.swap ?? trace.swaps ?? [];
  checkSteps({ without, swaps }, [{ pair, mends: chosen }]);
  const { shape, concrete, properties } = trace;
  return {
    design: source,
    driver: pair.driver.value.name,
    mends: chosen,
    ...{ without, swaps, shape, concrete },
    ...(properties && { properties }),
  };
}

/** Whether the options ask for another world than the trace's own: what makes no sense there is then taken as it is done there. */
export function asksForOther(options: DesignOptions): boolean {
  return [
    options.design,
    options.driver,
    options.mended,
    options.mend,
    options.mendedBut,
    options.without,
    options.swap,
  ].some((option) => option !== undefined);
}
