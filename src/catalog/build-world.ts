import { compileLifecycle, type LifecycleTable } from '../statechart/lifecycle-table.js';
import type { Swap } from '../statechart/exchange.js';
import { StatechartError } from '../statechart/error.js';
import type { DesignDefinition, DriverDefinition } from '../vocabulary/design.js';
import { UnresolvedRecord } from '../checker/trace.js';
import { type CompiledDesign, compileDesign } from '../world/compiled-design.js';
import type { WorldShape } from '../vocabulary/shape.js';
import { type NotExpressible, notExpressible } from '../world/lacking.js';
import { DesignError, World } from '../world/world.js';
import { type Catalog, find, findDriver, type Found, loadCatalog } from './catalog.js';
import { InputError } from './input-error.js';
import { loadUserDesign, reasonOf } from './user-file.js';
import type { DesignSource, WorldSpec } from './world-spec.js';

/** A design with the driver it runs on. */
export interface DesignPair {
  readonly design: Found<DesignDefinition>;
  readonly driver: Found<DriverDefinition>;
}

/** Find a design, or load the user's, and find its driver or the one asked for. */
export async function loadPair(source: DesignSource, driver?: string): Promise<DesignPair> {
  const catalog = await loadCatalog();
  const design =
    'file' in source
      ? { file: source.file, value: await loadUserDesign(source.file) }
      : find('design', catalog.designs, source.name);
  const pair = {
    design,
    driver: driver === undefined ? ownDriver(catalog, design) : findDriver(catalog, driver),
  };
  const missing = nothingLeft(pair.design.value, pair.driver.value);
  if (missing === undefined) return pair;
  const names = `${design.value.name} on ${pair.driver.value.name}`;
  throw new InputError(
    `${names}: not expressible, since nothing is left without ${missing.feature}: ${missing.reason}`,
    {
      file: design.file,
    },
  );
}

/** The driver that the design itself names. */
function ownDriver(catalog: Catalog, { file, value }: Found<DesignDefinition>): Found<DriverDefinition> {
  try {
    return findDriver(catalog, value.driver);
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.reason, { file }) : error;
  }
}

/** What the driver lacks and the design is nothing without. */
export function nothingLeft(design: DesignDefinition, driver: DriverDefinition): NotExpressible | undefined {
  return notExpressible(design, driver).find(({ feature }) => design.needs?.includes(feature));
}

/** Build the world of a spec. Whatever is wrong with the design is an {@link InputError} that says where. */
export async function buildWorld(spec: WorldSpec): Promise<World> {
  const build = await worldBuilder(spec);
  return build(spec.shape);
}

/** What builds worlds of other shapes than a spec's for its design, which is compiled once and shared by them. */
export async function worldBuilder(spec: Omit<WorldSpec, 'shape'>): Promise<(shape: WorldShape) => World> {
  const catalog = await loadCatalog();
  const pair = await loadPair(spec.design, spec.driver);
  const { driver } = pair;
  const architecture = find('hardware', catalog.hardware, driver.value.hardware).value;
  const properties = (spec.properties ?? [...catalog.properties.keys()]).map(
    (name) => find('property', catalog.properties, name).value,
  );
  const compiled = compilePair(pair, spec.mends, spec.without, spec.swaps);
  const lifecycles = withPlace(pair.design.file, () => lifecycleTables(catalog, compiled));
  const { concrete } = spec;
  return (shape) =>
    withPlace(
      pair.design.file,
      () => new World({ compiled, architecture, shape, lifecycles, properties, concrete }),
    );
}

export function compilePair(
  pair: DesignPair,
  mends: readonly string[],
  without: readonly string[] = [],
  swaps: readonly Swap[] = [],
): CompiledDesign {
  const { design, driver } = pair;
  return withPlace(design.file, () =>
    compileDesign({
      design: design.value,
      driver: driver.value,
      mends: new Set(mends),
      without: new Set(without),
      swaps,
      files: { design: design.file, driver: driver.file },
    }),
  );
}

/** Do it, and turn what the design does wrong into an error that says in which file and state. */
export function withPlace<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw placed(file, error);
  }
}

/** What the user's design did wrong, as an error of the input. */
export function placed(file: string, error: unknown): InputError {
  if (error instanceof InputError) return error;
  if (error instanceof UnresolvedRecord) return new InputError(error.message);
  if (error instanceof StatechartError) {
    const { place, reason } = error;
    const state = place.state === undefined ? place.machine : `${place.machine}/${place.state}`;
    return new InputError(reason, { file: place.file ?? file, state });
  }
  if (error instanceof DesignError) return new InputError(reasonOf(error), { file, state: error.state });
  return new InputError(reasonOf(error), { file });
}

/** The monitors count their transitions with those of the design. */
function lifecycleTables(catalog: Catalog, { coverage }: CompiledDesign): Map<string, LifecycleTable> {
  const tables = [...catalog.lifecycles].map(
    ([name, { file, value }]) => [name, compileLifecycle(value, { file, coverage })] as const,
  );
  return new Map(tables);
}
