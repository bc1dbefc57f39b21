import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { inFolder, root } from './command.js';

/** An import that the linter must refuse, or let through. */
type Import = readonly [file: string, from: string];

const refused: readonly Import[] = [
  ['src/vocabulary/a.ts', '../checker/model.js'],
  ['src/hardware/b.ts', '../world/world.js'],
  ['src/hardware/vtd/c.ts', '../../statechart/compile.js'],
  ['src/checker/d.ts', '../hardware/ram.js'],
  ['src/checker/e.ts', '../world/world.js'],
  ['src/statechart/f.ts', '../checker/model.js'],
  ['src/trace/g.ts', '../world/world.js'],
  ['src/world/h.ts', '../catalog/catalog.js'],
  ['src/world/i.ts', '../../models/designs/iommufd/index.js'],
  ['src/catalog/j.ts', '../cli/run.js'],
  ['src/campaign/k.ts', '../cli/run.js'],
  ['src/oracles/qemu/u.ts', '../../catalog/catalog.js'],
  ['src/cli/l.ts', '../../models/designs/iommufd/index.js'],
  ['models/designs/iommufd/m.ts', '../../../src/hardware/vtd/index.js'],
  ['models/drivers/vtd@7/n.ts', '../../../src/world/world.js'],
  ['models/core/w.ts', '../drivers/vtd@7/index.js'],
  ['models/core/x.ts', '../../src/hardware/vtd/index.js'],
  ['properties/o.ts', '../src/world/world.js'],
];

const allowed: readonly Import[] = [
  ['src/world/p.ts', '../checker/model.js'],
  ['src/catalog/q.ts', '../world/world.js'],
  ['src/cli/r.ts', '../campaign/executor.js'],
  ['models/drivers/vtd@7/s.ts', '../../../src/hardware/vtd/steps/index.js'],
  ['models/drivers/vtd@7/y.ts', '../../core/page-faults.js'],
  ['src/oracles/qemu/v.ts', '../../world/full-closure.js'],
  ['properties/t.ts', '../src/vocabulary/property.js'],
];

test('the linter refuses imports that go up, and no others', () =>
  inFolder(async (folder) => {
    await copyFile(join(root, 'biome.json'), join(folder, 'biome.json'));
    for (const [file, from] of [...refused, ...allowed]) {
      await mkdir(join(folder, dirname(file)), { recursive: true });
      await writeFile(join(folder, file), `import { x } from '${from}';\n\nexport const y = x;\n`);
    }
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [biome, 'lint', '--colors=off', '--max-diagnostics=none', '.'],
      { cwd: folder, encoding: 'utf8' },
    );
    const said = `${stdout}${stderr}`;
    const found = [...said.matchAll(/(\S+\.ts):\d+:\d+ lint\/style\/noRestrictedImports/g)].map(
      ([, file]) => file,
    );
    expect([...new Set(found)].sort()).toEqual(refused.map(([file]) => file).sort());
  }));
