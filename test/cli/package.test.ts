import { execFileSync } from 'node:child_process';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inFolder, root } from './command.js';

const npm = (cwd: string, ...args: string[]) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

test(
  'packed and installed in an empty folder, it runs a design of the user’s',
  () =>
    inFolder(async (folder) => {
      // The build is there already: the package is packed as it stands.
      npm(root, 'pack', '--ignore-scripts', '--pack-destination', folder);
      const [tarball] = await readdir(folder);
      await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
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
      await copyFile(join(root, 'examples/work-queues.ts'), join(folder, 'my-design.ts'));
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
    }),
  180_000,
);
