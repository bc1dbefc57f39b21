import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { commandLine } from '../../src/cli/command-line.js';
import type { Io } from '../../src/cli/io.js';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Run a command line in this process, from the sources, with its streams captured. */
export async function command(args: readonly string[], changes: Partial<Io> = {}): Promise<Ended> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    watched: false,
    colors: false,
    columns: 100,
    folder: tmpdir(),
    now: () => performance.now(),
    onInterrupt: () => () => {},
    ...changes,
  };
  const code = await commandLine(args, io);
  return { code, out, err };
}

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Run the built program in a process of its own. */
export function built(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const main = join(root, 'dist/src/cli/main.js');
    const env = { ...process.env, ...options.env };
    execFile(
      process.execPath,
      [main, ...args],
      { cwd: options.cwd, env, maxBuffer: 1 << 28 },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

/** Do something in an empty folder that goes away afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'iommu-check-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
