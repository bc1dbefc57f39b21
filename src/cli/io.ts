/** Everything the command line touches beside files, so that tests can stand in for a terminal. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person watches what goes to `err`: progress is shown then, and nowhere else. */
  readonly watched: boolean;
  /** Whether `out` shows colors. */
  readonly colors: boolean;
  readonly columns: number;
  /** Folder of the config file. */
  readonly folder: string;
  /** Milliseconds, for durations only. */
  readonly now: () => number;
  /** Calls back when the user asks for the end; returns how to stop listening. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** The process's own. */
export function processIo(): Io {
  const { stdout, stderr, env } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    watched: stderr.isTTY === true,
    colors: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    columns: stdout.columns ?? 100,
    folder: process.cwd(),
    now: () => performance.now(),
    onInterrupt: (listener) => {
      // A second signal ends the program at once: only the first is heard.
      process.once('SIGINT', listener);
      process.once('SIGTERM', listener);
      return () => {
        process.removeListener('SIGINT', listener);
        process.removeListener('SIGTERM', listener);
      };
    },
  };
}
