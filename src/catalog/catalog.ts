import type { AnyStateMachine } from 'xstate';
import type { Architecture } from '../vocabulary/architecture.js';
import type { DesignDefinition, DriverDefinition } from '../vocabulary/design.js';
import type { PropertyDefinition } from '../vocabulary/property.js';
import { InputError, unknownName } from './input-error.js';
import { loadFolder, type PackageModule } from './package-files.js';

/** Something that was found, and the file it stands in. */
export interface Found<T> {
  readonly file: string;
  readonly value: T;
}

/** Everything that comes with the package, each by its own name, in the order of the names of its files. */
export interface Catalog {
  readonly designs: ReadonlyMap<string, Found<DesignDefinition>>;
  readonly drivers: ReadonlyMap<string, Found<DriverDefinition>>;
  readonly lifecycles: ReadonlyMap<string, Found<AnyStateMachine>>;
  readonly properties: ReadonlyMap<string, Found<PropertyDefinition>>;
  readonly hardware: ReadonlyMap<string, Found<Architecture>>;
}

let loaded: Promise<Catalog> | undefined;

/** Scan the package's folders; once in a process. */
export function loadCatalog(): Promise<Catalog> {
  loaded ??= scan();
  return loaded;
}

async function scan(): Promise<Catalog> {
  return {
    designs: named(await loadFolder('models/designs', 'folders'), isDesign, ({ name }) => name),
    drivers: named(await loadFolder('models/drivers', 'folders'), isDriver, ({ name }) => name),
    lifecycles: named(await loadFolder('models/lifecycles', 'files'), isMachine, ({ id }) => id),
    properties: named(await loadFolder('properties', 'files'), isProperty, ({ name }) => name),
    hardware: named(await loadFolder('src/hardware', 'folders'), isArchitecture, ({ name }) => name),
  };
}

/** The one export of each module that is of the kind sought. */
function named<T>(
  modules: readonly PackageModule[],
  is: (value: unknown) => value is T,
  nameOf: (value: T) => string,
): Map<string, Found<T>> {
  const found = new Map<string, Found<T>>();
  for (const { file, exports } of modules) {
    const value = Object.values(exports).find(is);
    if (value === undefined) throw new Error(`${file} exports nothing of the kind that its folder is for`);
    const name = nameOf(value);
    if (found.has(name)) throw new Error(`${file}: there is another '${name}'`);
    found.set(name, { file, value });
  }
  return found;
}

/** The entry of this name, or an error that says which there are. */
export function find<T>(kind: string, found: ReadonlyMap<string, T>, name: string): T {
  const entry = found.get(name);
  if (entry === undefined) throw unknownName(kind, name, found.keys());
  return entry;
}

/** The driver of this name; the era (`vtd@7`) may be left out where there is one of that name only. */
export function findDriver({ drivers }: Pick<Catalog, 'drivers'>, name: string): Found<DriverDefinition> {
  const eras = [...drivers.keys()].filter((each) => each.startsWith(`${name}@`));
  if (eras.length > 1) throw new InputError(`driver '${name}' is of several eras: ${eras.join(', ')}`);
  return find('driver', drivers, eras[0] ?? name);
}

function has(value: unknown, ...fields: string[]): boolean {
  return typeof value === 'object' && value !== null && fields.every((field) => field in value);
}

export function isDesign(value: unknown): value is DesignDefinition {
  return has(value, 'name', 'procedures', 'operations', 'driver');
}

function isDriver(value: unknown): value is DriverDefinition {
  return has(value, 'name', 'procedures', 'hardware', 'boot');
}

function isMachine(value: unknown): value is AnyStateMachine {
  return has(value, 'id', 'root', 'config');
}

function isProperty(value: unknown): value is PropertyDefinition {
  return has(value, 'name', 'statement', 'check');
}

function isArchitecture(value: unknown): value is Architecture {
  return has(value, 'name', 'kinds', 'commands', 'bind');
}
