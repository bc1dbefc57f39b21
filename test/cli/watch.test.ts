import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command, inFolder, root } from './command.js';

test(
  '--watch checks again on every change, and says what is new and what is gone',
  () =>
    inFolder(async (folder) => {
      const text = await readFile(join(root, 'examples/work-queues.ts'), 'utf8');
      const deadlock = text.replace("unlock: unlock('detached')", "unlock: lock('detached')");
      const file = join(folder, 'edited.ts');
      await writeFile(file, deadlock);
      // What is written each time the program waits for a change; then the user ends it.
      const edits = ['export default 7;\n', text];
      const listeners = new Set<() => void>();
      let waits = 0;
      let told = '';
      const { code, out, err } = await command(
        ['run', '--watch', file, '--property', 'progress', '--runs', '20', '--no-timing'],
        {
          onInterrupt: (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
          },
          err: (line) => {
            told += line;
            if (!line.startsWith('watching')) return;
            waits++;
            const edit = edits.shift();
            if (edit === undefined) for (const listener of listeners) listener();
            else void writeFile(file, edit);
          },
        },
      );
      expect(err).toBe('');
      expect(waits).toBe(3);
      expect(told).toContain('the default export must be a design');
      expect(out).toContain('progress: ');
      expect(out).toMatch(/since the last time:\n( {2}gone {2}work-queues: progress:deadlock:.*\n)+$/);
      expect(code).toBe(0);
    }),
  60_000,
);
