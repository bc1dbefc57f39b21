import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { createJiti } from 'jiti';
import * as xstate from 'xstate';
import type { DesignDefinition } from '../vocabulary/design.js';
import { isDesign, loadCatalog } from './catalog.js';
import { checkDesign } from './check-design.js';
import { guardSteps } from './guard-steps.js';
import { InputError, oneLine, unknownName } from './input-error.js';
import { importModule } from './package-files.js';

/** A module that waits longer than this while it is loaded waits for something that will not come. */
const LONGEST_LOAD = 20_000;

/** Files loaded so far, for {@link userFileOf}. */
const loaded = new Map<string, string>();

/**
 * Load a TypeScript or JavaScript file of the user's, from any folder: its default export. `iommu-check` and `xstate` mean the
 * running program's own copies, so that machines made there and machines made here are of one kind, and nothing need be installed
 * beside the file.
 */
export async function loadUserFile(file: string): Promise<unknown> {
  const path = resolve(file);
  try {
    await access(path);
  } catch {
    throw new InputError('no such file, or it cannot be read', { file });
  }
  if ((await stat(path)).isDirectory()) throw new InputError('it is a folder, and no file', { file });
  loaded.set(path, file);
  const jiti = createJiti(import.meta.url, {
    // A file that was edited between two runs of one process is read anew, and no cache is left beside it.
    moduleCache: false,
    fsCache: false,
    // A default export that is no object cannot be wrapped.
    interopDefault: false,
    virtualModules: { 'iommu-check': await importModule('src/index'), xstate },
  });
  refuseExit();
  keepOutput();
  try {
    const module = await inTime(jiti.import<{ readonly default?: unknown }>(path));
    return 'default' in module ? module.default : module;
  } catch (error) {
    throw cannotBeLoaded(error, file, path);
  } finally {
    allowExit();
    allowOutput();
  }
}

let refusing = 0;
let { exit } = process;

/** A user's file, or a step of it, that ended the process would end it as if nothing were violated: until allowed again, it throws. */
export function refuseExit(): void {
  if (refusing++ > 0) return;
  exit = process.exit;
  process.exit = () => {
    throw new Error('it calls process.exit()');
  };
}

function allowExit(): void {
  if (--refusing === 0) process.exit = exit;
}

let keeping = 0;
let { write } = process.stdout;

/** What a user's file prints must not get into a document: until allowed again, it goes to stderr. Files may be loaded side by side. */
export function keepOutput(): void {
  if (keeping++ > 0) return;
  write = process.stdout.write;
  process.stdout.write = process.stderr.write.bind(process.stderr);
}

function allowOutput(): void {
  if (--keeping === 0) process.stdout.write = write;
}

/** A design in a file of the user's: its default export. */
export async function loadUserDesign(file: string): Promise<DesignDefinition> {
  const value = await loadUserFile(file);
  if (!isDesign(value))
    throw new InputError('the default export must be a design: export default defineDesign({ … })', { file });
  try {
    checkDesign(value);
    await checkMendsAsked(value);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.reason, { file });
  }
  return { ...value, steps: guardSteps(value.steps) };
}

/** The user's file that an error was thrown in, as it was given; undefined where none was. */
export function userFileOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const [path, file] of loaded) if (stack.includes(path)) return file;
  return undefined;
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error))
    return typeof error === 'object'
      ? `it throws ${inspect(error, { breakLength: Number.POSITIVE_INFINITY })}`
      : oneLine(String(error));
  return oneLine(String(error.message)) || `${error.name} without a message`;
}

/** A mend that is asked for by a wrong name is never on: the flaw would stay whatever is chosen. */
async function checkMendsAsked(design: DesignDefinition): Promise<void> {
  const { drivers } = await loadCatalog();
  const known = [...design.mends, ...[...drivers.values()].flatMap(({ value }) => value.mends)];
  const names = new Set(known.map(({ name }) => name));
  for (const answer of [false, true]) {
    const asked = new Set<string>();
    try {
      design.procedures((name) => {
        asked.add(name);
        return answer;
      });
    } catch {
      // Said where it is compiled, with its place.
    }
    for (const name of asked) if (!names.has(name)) throw unknownName('mend', name, names);
  }
}

function cannotBeLoaded(error: unknown, file: string, path: string): InputError {
  const reason = reasonOf(error);
  // XState says in its message which state it means.
  const state = /(?:state node '|compound state node "#)([^'"]+)['"]/.exec(reason)?.[1].replaceAll('.', '/');
  return new InputError(`cannot be loaded: ${reason}${lineIn(error, path)}`, { file, state });
}

/** Parsers say in the second line of their message where they stopped. */
function lineIn(error: unknown, path: string): string {
  const text = error instanceof Error ? error.message : '';
  const at = text.indexOf(`${path}:`);
  const place = at < 0 ? null : /^:(\d+)(?::(\d+))?/.exec(text.slice(at + path.length));
  return place === null ? '' : ` in line ${place[1]}`;
}

/** The timer also keeps the process alive, which a promise alone does not. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`it waits for more than ${LONGEST_LOAD / 1000} s`)),
      LONGEST_LOAD,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
