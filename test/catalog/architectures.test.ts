import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCatalog } from '../../src/catalog/catalog.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { hardware, drivers } = await loadCatalog();

/** The reference, and the one that is here for tests alone. */
const BASE = ['vtd', 'toy'];
/** Tests of what all architectures have in common, which take this one as the second. */
const SECOND: Readonly<Record<string, readonly string[]>> = {
  riscv: ['test/world/worlds.ts', 'test/world/large-pages.test.ts'],
};
/** Counts, pinned traces and reasons, by the names of drivers and steps. */
const PINNED = ['test/mutants/pinned.json', 'test/mutants/unnoticed.json'];

const added = [...hardware.keys()].filter((name) => !BASE.includes(name));

function foldersOf(name: string): string[] {
  const own = [...drivers.values()].map(({ value }) => value).filter((driver) => driver.hardware === name);
  return [
    `src/hardware/${name}`,
    `src/oracles/qemu/${name}`,
    ...own.map((driver) => `models/drivers/${driver.name}`),
  ];
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

describe.each(added)('%s', (name) => {
  test('is named in its own folders, their tests and pinned counts, and nowhere else in the code', () => {
    const own = [...foldersOf(name), `test/hardware/${name}`, `test/oracles/qemu/${name}`];
    const mirrored = new RegExp(`^test/models/(counts/)?${name}[-@]`);
    const elsewhere = ['src', 'models', 'properties', 'bench', 'scripts', 'test']
      .flatMap(filesBelow)
      .filter((file) => !own.some((folder) => file.startsWith(`${folder}/`)))
      .filter((file) => !mirrored.test(file) && !PINNED.includes(file) && !SECOND[name]?.includes(file))
      .filter((file) => file !== 'test/catalog/architectures.test.ts')
      .filter((file) => new RegExp(`\\b${name}\\b`, 'i').test(readFileSync(join(root, file), 'utf8')));
    expect(elsewhere).toEqual([]);
  });
});

describe('the program', () => {
  const copy = mkdtempSync(join(tmpdir(), 'iommu-check-without-'));
  beforeAll(() => {
    cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
    cpSync(join(root, 'package.json'), join(copy, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const folder of added.flatMap(foldersOf)) rmSync(join(copy, 'dist', folder), { recursive: true });
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  const run = (...args: string[]): string =>
    execFileSync('node', [join(copy, 'dist/src/cli/main.js'), ...args], { cwd: copy, encoding: 'utf8' });

  test('finds what there is when the folders of all others are gone', () => {
    const listed = JSON.parse(run('list', 'hardware', '--json')) as { hardware: { name: string }[] };
    const left = [...hardware.keys()].filter((name) => !added.includes(name));
    expect(listed.hardware.map((each) => each.name)).toEqual(left);
    const args = ['run', '--design', 'iommufd', '--mended', '--runs', '4', '--json', '--no-timing'];
    expect(JSON.parse(run(...args))).toMatchObject({ verdict: 'sampled' });
  });
});
