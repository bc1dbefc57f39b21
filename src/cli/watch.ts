import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { InputError } from '../catalog/input-error.js';
import type { Session } from './command-line.js';
import type { RunReport } from './run-designs.js';

/** How long a file must rest after a change before it is read again: editors write in several strokes. */
const REST = 100;

/**
 * Check a file, and again whenever it has changed, until the user ends it. Each time the whole report is printed, then what it
 * found that the time before did not, and the other way round. A file that cannot be used is said to be so, and waited for.
 */
export async function watchFile(
  session: Session,
  file: string,
  check: (file: string) => Promise<RunReport>,
): Promise<void> {
  const { io } = session;
  await refuseNoFile(file);
  const changes = new Changes(file, io.onInterrupt);
  try {
    let before: ReadonlySet<string> | undefined;
    do {
      try {
        const found = findingsOf(await check(file));
        if (before) io.out(sinceThen(before, found));
        before = found;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        // The next edit may repair it.
        session.exitCode = 2;
        io.err(`iommu-check: ${error.message}\n`);
      }
    } while (await changes.next(() => io.err(`watching ${file}\n`)));
  } finally {
    changes.close();
  }
}

async function refuseNoFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new InputError('there is no such file to watch', { file });
}

/** Changes of a file, one after the other. */
class Changes {
  private readonly watcher;
  private readonly stopListening;
  private changed = false;
  private ended = false;
  private wake: () => void = () => {};

  constructor(file: string, onInterrupt: (listener: () => void) => () => void) {
    // Editors replace files: the folder is watched, since a watch on the file itself would go with it.
    this.watcher = watch(dirname(resolve(file)), (_, name) => {
      if (name !== basename(file)) return;
      this.changed = true;
      this.wake();
    });
    this.stopListening = onInterrupt(() => {
      this.ended = true;
      this.wake();
    });
  }

  /** Wait for a change since the last was taken; false once the user has ended it. `waits` is called if there is none yet. */
  async next(waits: () => void): Promise<boolean> {
    if (!this.ended && !this.changed) {
      const woken = new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      waits();
      await woken;
    }
    if (this.ended) return false;
    await new Promise((resolve) => setTimeout(resolve, REST));
    this.changed = false;
    return true;
  }

  close(): void {
    this.watcher.close();
    this.stopListening();
  }
}

function findingsOf({ designs }: RunReport): ReadonlySet<string> {
  return new Set(
    designs.flatMap(({ design, violations }) => violations.map(({ cause }) => `${design}: ${cause}`)),
  );
}

function sinceThen(before: ReadonlySet<string>, found: ReadonlySet<string>): string {
  const gone = [...before].filter((finding) => !found.has(finding));
  const added = [...found].filter((finding) => !before.has(finding));
  if (gone.length + added.length === 0) return 'since the last time: the same findings\n';
  const lines = [
    ...gone.map((finding) => `  gone  ${finding}`),
    ...added.map((finding) => `  new   ${finding}`),
  ];
  return `since the last time:\n${lines.map((line) => `${line}\n`).join('')}`;
}
