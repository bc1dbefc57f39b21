import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { built, inFolder, root } from '../cli/command.js';

const example = join(root, 'examples/work-queues.ts');
const RUN = [
  'run',
  example,
  '--design',
  'primary-domain',
  '--property',
  'isolation',
  '--ops',
  '60',
  '--no-timing',
  '--json',
];

/** Everything that a command line leaves behind: its stdout and the files it writes. */
function leavings(
  args: readonly string[],
): Promise<{ code: number; out: string; files: Record<string, string> }> {
  return inFolder(async (folder) => {
    const { code, out, err } = await built([...args, '--out', 'traces'], { cwd: folder });
    expect(err).toBe('');
    const files: Record<string, string> = {};
    for (const name of (await readdir(join(folder, 'traces'))).sort()) {
      files[name] = await readFile(join(folder, 'traces', name), 'utf8');
    }
    return { code, out, files };
  });
}

describe('equal runs leave equal bytes', () => {
  test('with 1, 2 and 3 workers, and for a time as for the number of runs it printed', async () => {
    const timed = await leavings([...RUN, '--time', '800ms', '--workers', '2']);
    const { designs } = JSON.parse(timed.out);
    for (const { design, runs } of designs) {
      expect(runs).toBeGreaterThan(0);
      const only = design === 'work-queues' ? ['run', example] : ['run', '--design', design];
      const args = [...only, ...RUN.slice(4), '--runs', String(runs)];
      const [one, two, three] = await Promise.all(
        ['1', '2', '3'].map((workers) => leavings([...args, '--workers', workers])),
      );
      expect(two).toEqual(one);
      expect(three).toEqual(one);
      expect(JSON.parse(one.out).designs).toEqual(
        designs.filter((each: { design: string }) => each.design === design),
      );
    }
  }, 240_000);
});
