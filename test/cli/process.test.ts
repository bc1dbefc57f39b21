import { spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { built, inFolder, root } from './command.js';
import { departures } from './schema.js';

const MAIN = join(root, 'dist/src/cli/main.js');
const example = join(root, 'examples/work-queues.ts');

/** The example with something before its text. */
async function withHead(folder: string, head: string): Promise<string> {
  const file = join(folder, 'design.ts');
  await writeFile(file, `${head}\n${await readFile(example, 'utf8')}`);
  return file;
}

const SHORT = ['--runs', '2', '--property', 'errno-contract', '--workers', '2', '--no-timing', '--json'];

test('what a user’s file prints does not get into the document', () =>
  inFolder(async (folder) => {
    const { out, err } = await built(['run', await withHead(folder, "console.log('noise');"), ...SHORT]);
    expect(departures('run', JSON.parse(out))).toEqual([]);
    expect(err).toContain('noise');
  }));

test.each([
  ["Promise.reject(new Error('too late'));", 'a promise that nobody waits for'],
  ["setTimeout(() => { throw new Error('too late'); }, 1);", 'a timer'],
])('%s is put down to the file', (head) =>
  inFolder(async (folder) => {
    const file = await withHead(folder, head);
    expect(await built(['run', file, ...SHORT])).toEqual({
      code: 2,
      out: '',
      err: `iommu-check: ${file}: too late\n`,
    });
  }),
);

test('what a user’s file leaves running does not keep the program', () =>
  inFolder(async (folder) => {
    const file = await withHead(folder, 'setInterval(() => {}, 1000);');
    const { out } = await built(['run', file, ...SHORT]);
    expect(departures('run', JSON.parse(out))).toEqual([]);
  }));

test('a step that ends the program is told with its place', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'design.ts');
    const head = 'bind: (world) => (device, slot) => (';
    const text = await readFile(example, 'utf8');
    expect(text).toContain(head);
    await writeFile(file, text.replace(head, `${head}process.exit(0) as never, `));
    const state = 'work-queues/attach/exists';
    expect(await built(['run', file, ...SHORT])).toMatchObject({
      code: 2,
      err: `iommu-check: ${file}: state ${state}: it calls process.exit()\n`,
    });
  }));

test.each([
  ["Promise.reject(new Error('too late'))", 'a promise that nobody waits for'],
  ["setTimeout(() => { throw new Error('too late'); }, 1)", 'a timer'],
])('%s in a step is put down to the file, and the other design is kept', (expression) =>
  inFolder(async (folder) => {
    const file = join(folder, 'design.ts');
    const head = 'bind: (world) => (device, slot) => (';
    const text = await readFile(example, 'utf8');
    await writeFile(file, text.replace(head, `${head}${expression}, `));
    const { code, out, err } = await built(['run', '--design', 'primary-domain', file, ...SHORT]);
    const message = 'too late, after its step was over';
    expect({ code, err }).toEqual({ code: 2, err: `iommu-check: ${file}: ${message}\n` });
    const document = JSON.parse(out);
    expect(departures('run', document)).toEqual([]);
    expect(document.designs.map(({ design }: { design: string }) => design)).toEqual(['primary-domain']);
    expect(document.errors).toEqual([{ design: 'work-queues', file, state: '', message }]);
  }),
);

test('a worker that runs out of memory is told, and the other design is kept', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'design.ts');
    const head = 'bind: (world) => (device, slot) => (';
    const text = await readFile(example, 'utf8');
    const hoard =
      'const hoard: unknown[] = [];\nfunction fill(): number { for (;;) hoard.push(new Array(1e6).fill(1.5)); }';
    await writeFile(file, `${hoard}\n${text.replace(head, `${head}fill(), `)}`);
    const { code, out, err } = await built(['run', file, '--design', 'primary-domain', ...SHORT], {
      env: { NODE_OPTIONS: '--max-old-space-size=300' },
    });
    expect(code).toBe(2);
    expect(err).toContain(`iommu-check: ${file}: a worker ran out of memory`);
    const document = JSON.parse(out);
    expect(document.designs.map(({ design }: { design: string }) => design)).toEqual(['primary-domain']);
  }));

test('a reader that goes away is no error', async () => {
  const child = spawn(process.execPath, [MAIN, 'list', 'steps', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

test.skipIf(!existsSync('/dev/full'))('a disk that is full is one, and is said', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [MAIN, 'list', 'designs'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/^iommu-check: the output cannot be written: ENOSPC[^\n]*\n$/);
  expect(status).toBe(2);
});

/** Milliseconds from the start of a process to the end of one run. */
const timeOfOneRun = (async () => {
  const start = performance.now();
  await built(['run', '--design', 'primary-domain', '--mended', '--runs', '1', '--workers', '2']);
  return performance.now() - start;
})();

test.each([
  ['run', 'SIGINT', ['--time', '1h', '--mended']],
  ['run', 'SIGTERM', ['--runs', '1000000', '--mended']],
  ['explore', 'SIGINT', ['--mended']],
] as const)('%s ends on %s with what it has', async (verb, signal, args) => {
  const child = spawn(
    process.execPath,
    [MAIN, verb, '--design', 'primary-domain', ...args, '--workers', '2', '--json'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  // Long enough to be at work on this machine as it is now, wherever in it.
  setTimeout(() => child.kill(signal), 1.25 * (await timeOfOneRun));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(err).toBe('');
  const document = JSON.parse(out);
  expect(departures(verb, document)).toEqual([]);
  expect(document.interrupted).toBe(true);
  expect(code).toBe(document.verdict === 'violated' ? 1 : 0);
});

test('options of the environment: no colors, nothing but the version', async () => {
  expect((await built(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  const plain = await built(['list', 'designs'], { env: { NO_COLOR: '1', FORCE_COLOR: '1' } });
  expect(plain.out).not.toContain('\u001b');
});
