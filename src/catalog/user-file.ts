import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createJiti } from 'jiti';
import * as xstate from 'xstate';
import type { DesignDefinition } from '../vocabulary/design.js';
import { OPERATIONS } from '../vocabulary/operations.js';
import { isDesign } from './catalog.js';
import { InputError, oneLine } from './input-error.js';
import { importModule } from './package-files.js';

/**
 * Load a TypeScript or JavaScript file of the user's, from any folder. `iommu-check` and `xstate` mean the running program's
 * own copies, so that machines made there and machines made here are of one kind, and nothing need be installed beside the file.
 */
export async function loadUserFile(file: string): Promise<unknown> {
  const path = resolve(file);
  try {
    await access(path);
  } catch {
    throw new InputError('no such file, or it cannot be read', { file });
  }
  const jiti = createJiti(import.meta.url, {
    // A file that was edited between two runs of one process is read anew, and no cache is left beside it.
    moduleCache: false,
    fsCache: false,
    virtualModules: { 'iommu-check': await importModule('src/index'), xstate },
  });
  try {
    return await jiti.import(path, { default: true });
  } catch (error) {
    const reason = reasonOf(error);
    // XState says in its message which state it means.
    const state = /state node '([^']+)'/.exec(reason)?.[1].replaceAll('.', '/');
    throw new InputError(`cannot be loaded: ${reason}`, { file, state });
  }
}

/** A design in a file of the user's: its default export. */
export async function loadUserDesign(file: string): Promise<DesignDefinition> {
  const value = await loadUserFile(file);
  if (!isDesign(value))
    throw new InputError('the default export must be a design: export default defineDesign({ … })', { file });
  const missing = Object.keys(OPERATIONS).filter((name) => !Object.hasOwn(value.operations, name));
  if (missing.length > 0) {
    throw new InputError(
      `no answer to operation '${missing[0]}'${missing.length > 1 ? ` and ${missing.length - 1} others` : ''}; give a procedure, or say { cannot: reason }`,
      { file },
    );
  }
  return value;
}

export function reasonOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}
