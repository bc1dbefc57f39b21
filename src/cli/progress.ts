import { Presets, SingleBar } from 'cli-progress';
import type { Io } from './io.js';

/** What long work tells of itself while it goes on. */
export interface Progress {
  begin(what: string, total: number): void;
  /** How far it is, and what else there is to say. */
  at(value: number, says: string): void;
  end(): void;
}

const SILENT: Progress = { begin: () => {}, at: () => {}, end: () => {} };

/** A bar where a person watches, else nothing. */
export function createProgress(io: Io): Progress {
  if (!io.watched) return SILENT;
  let bar: SingleBar | undefined;
  return {
    begin(what, total) {
      bar?.stop();
      bar = new SingleBar(
        {
          format: `${what} {bar} {says}`,
          clearOnComplete: true,
          hideCursor: true,
          stream: process.stderr,
          fps: 5,
        },
        Presets.shades_classic,
      );
      bar.start(total, 0, { says: '' });
    },
    at: (value, says) => bar?.update(value, { says }),
    end() {
      bar?.stop();
      bar = undefined;
    },
  };
}
