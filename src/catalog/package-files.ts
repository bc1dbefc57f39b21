import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The folder that holds `src`, `models` and `properties`: the package's root, or its `dist` when this is the built output. */
const home = new URL('../../', import.meta.url);
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** Whether this is the built output, which worker threads can load. */
export const isBuilt = extension === '.js';

export interface PackageModule {
  /** Folder or file name, without extension. */
  readonly name: string;
  /** For people: `models/designs/iommufd/index.ts`, the source it comes from. */
  readonly file: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** Load every module of a folder in the order of their names: the files in it, or the index of each folder in it. */
export async function loadFolder(folder: string, kind: 'files' | 'folders'): Promise<PackageModule[]> {
  const entries = await readdir(new URL(`${folder}/`, home), { withFileTypes: true });
  const names =
    kind === 'folders'
      ? entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
      : entries
          .map((entry) => entry.name)
          .filter(isModule)
          .map((name) => name.slice(0, -extension.length));
  const modules: PackageModule[] = [];
  for (const name of names.sort()) {
    const path = kind === 'folders' ? `${folder}/${name}/index` : `${folder}/${name}`;
    modules.push({ name, file: `${path}.ts`, exports: await importModule(path) });
  }
  return modules;
}

function isModule(name: string): boolean {
  return name.endsWith(extension) && !name.endsWith('.d.ts') && !name.endsWith('.test.ts');
}

/** A module of this package by its path below the package's root, without extension. */
export async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  // Folder names may hold characters that a URL gives another meaning: `vtd@5.17`.
  return await import(new URL(`${path}${extension}`, home).href);
}

export async function packageVersion(): Promise<string> {
  const file = fileURLToPath(new URL(isBuilt ? '../package.json' : 'package.json', home));
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}
