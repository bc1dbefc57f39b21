import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import errnoContract from '../properties/errno-contract.js';
import { renderText } from '../src/trace/render-text.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAIN = join(ROOT, 'dist/src/cli/main.js');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** Lines of the fenced shell blocks. */
const commands = [...README.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
  block.split('\n').filter((line) => line !== ''),
);
/** These install, build, check everything and test: too long, and this test is part of one of them. */
const LONG = ['npm ci && npm start', 'npm ci && npm test'];

describe('README', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'iommu-check-readme-'));
    copyFileSync(join(ROOT, 'examples/work-queues.ts'), join(folder, 'work-queues.ts'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('says how to start and how to test', () => {
    expect(commands).toEqual(expect.arrayContaining(LONG));
  });

  it.each(commands.filter((command) => !LONG.includes(command)))(
    '%s',
    (command) => {
      const [npx, name, ...args] = command.split(' ');
      expect([npx, name]).toEqual(['npx', 'iommu-check']);
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(stdout).not.toBe('');
      // A violation is a result too; bad usage is not.
      expect([0, 1]).toContain(status);
    },
    60_000,
  );

  it('shows a counterexample that its command finds today', () => {
    const command = 'run --design aux-domain --property errno-contract --runs 250';
    expect(README).toContain(`\`${command}\` finds`);
    const [, shown] = /^```text\n([\s\S]*?)^```$/m.exec(README) as RegExpExecArray;
    // One of the commands above is this one, and leaves its traces.
    expect(commands).toContain(`npx iommu-check ${command} --out traces`);
    const traces = join(folder, 'traces');
    if (!existsSync(traces))
      spawnSync(process.execPath, [MAIN, ...command.split(' '), '--out', 'traces'], { cwd: folder });
    const trace = readdirSync(traces)
      .map((file) => JSON.parse(readFileSync(join(traces, file), 'utf8')))
      .find(({ verdict }) => verdict.cause.includes('(featureBusy)'));
    // Which caller does what, and in which order they prepare it, is the choice of the run.
    const operations = (text: string) => [...text.matchAll(/ o\d+ (\w+)\(/g)].map(([, name]) => name).sort();
    const now = renderText(trace, { property: errnoContract });
    const [head] = now.split('\n');
    expect(shown.startsWith(`${head}\n`)).toBe(true);
    expect(operations(shown)).toEqual(operations(now));
    const told = now
      .split('\n')
      .filter((line) => /must hold:|because:|cause:|clearAux|unlockParent/.test(line));
    expect(told).toHaveLength(5);
    for (const line of told) expect(shown).toContain(line.replace(/^ *\d+ +/, ''));
  }, 60_000);

  it('names files that exist', () => {
    for (const file of ['README.md', 'docs/modelled.md', 'docs/decisions/README.md']) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      for (const [, target] of text.matchAll(/\]\(([^)#]+)\)/g)) {
        expect(existsSync(join(ROOT, dirname(file), target)), `${file}: ${target}`).toBe(true);
      }
    }
  });
});
