import { InputError } from '../src/catalog/input-error.js';

export function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InputError(`--${name} takes a whole number above 0, not ${text}`);
  }
  return value;
}

/** Run a file's `main` if the file is what was started. Bad arguments are one line, and exit code 2. */
export async function asCommand(
  name: string,
  file: string,
  main: (args: readonly string[]) => Promise<void>,
): Promise<void> {
  if (process.argv[1] !== file) return;
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.error(`${name}: ${error.message}`);
    process.exitCode = 2;
  }
}
