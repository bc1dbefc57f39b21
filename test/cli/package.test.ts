import { execFileSync, spawnSync } from 'node:child_process';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inFolder, root } from './command.js';

const npm = (cwd: string, ...args: string[]) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Every entry point, with what it takes and gives. */
const LIBRARY = `import {
  defineDesign, type DesignDefinition, diagram, explore, InputError, parseTrace, renderText, replay, run, shrink, type Trace,
  writeTrace,
} from 'iommu-check';
import design from './my-design.js';

const mine: DesignDefinition = defineDesign(design);
const sampled = await run({ design: './my-design.ts', runs: 5, properties: ['lifecycle'], mends: { mended: 'all' } });
const verdict: 'violated' | 'sampled' = sampled.verdict;
const searched = await explore({ design: 'primary-domain', scope: 'tiny', depth: 1, without: [] });
const states: number = searched.parts.reduce((sum, { explored }) => sum + explored.states, 0);
for (const { trace } of [...sampled.findings, ...searched.findings]) {
  const same: Trace = parseTrace(writeTrace(trace));
  const { violations, skipped } = await replay(same, { design: 'iommufd' });
  const { minimal } = await shrink(same);
  console.log(renderText(same, { width: 80 }), violations.length + skipped.length, minimal);
}
for (const machine of mine.procedures(() => false)) console.log(diagram(machine, 'mermaid'));
console.log(verdict, states, new InputError('x', { file: 'y' }).message);
`;

test(
  'packed and installed in an empty folder, it runs a design of the user’s',
  () =>
    inFolder(async (folder) => {
      // The build is there already: the package is packed as it stands.
      npm(root, 'pack', '--ignore-scripts', '--pack-destination', folder);
      const [tarball] = await readdir(folder);
      await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
      npm(
        folder,
        'install',
        '--omit=dev',
        '--prefer-offline',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        `./${tarball}`,
      );
      const installed = join(folder, 'node_modules/iommu-check');
      await copyFile(join(installed, 'examples/work-queues.ts'), join(folder, 'my-design.ts'));
      const args = [
        'iommu-check',
        'run',
        './my-design.ts',
        '--runs',
        '20',
        '--property',
        'lifecycle',
        '--json',
      ];
      const report = JSON.parse(npm(folder, 'exec', '--', ...args));
      expect(report).toMatchObject({
        verdict: 'sampled',
        errors: [],
        designs: [{ design: 'work-queues', runs: 20 }],
      });
      await writeFile(
        join(folder, 'library.mjs'),
        "import { run } from 'iommu-check';\nconst { verdict, runs } = await run({ design: './my-design.ts', runs: 5, properties: ['lifecycle'] });\nconsole.log(verdict, runs);\n",
      );
      expect(execFileSync(process.execPath, ['library.mjs'], { cwd: folder, encoding: 'utf8' })).toBe(
        'sampled 5\n',
      );
      // With its types: a program of the user's, and the design itself.
      await writeFile(join(folder, 'library.ts'), LIBRARY);
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      const strict = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', ''];
      const check = (...files: string[]) =>
        spawnSync(process.execPath, [tsc, ...strict, ...files], { cwd: folder, encoding: 'utf8' }).stdout;
      expect(check('library.ts', 'my-design.ts')).toBe('');
      await writeFile(
        join(folder, 'wrong.ts'),
        "import { run } from 'iommu-check';\nawait run({ runs: 'many' });\n",
      );
      expect(check('wrong.ts')).toMatch(/^wrong\.ts/);
    }),
  180_000,
);
