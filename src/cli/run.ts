import { watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { InputError } from '../catalog/input-error.js';
import type { Session } from './command-line.js';
import { chooseDesigns } from './design-options.js';
import { printJson } from './json.js';
import { addRunOptions, type RunOptions } from './run-options.js';
import { type RunReport, runDesigns } from './run-designs.js';
import { runText } from './run-text.js';
import { prepareFolder } from './save-file.js';
import { inWorkshop } from './workshop.js';

/** How long a file must rest after a change before it is read again: editors write in several strokes. */
const REST = 100;

export function runCommand(session: Session): Command {
  const command = new Command('run')
    .description('random checking: every finding with its shortest trace')
    .argument('[files...]', 'designs of your own (default: every built-in design)');
  addRunOptions(command);
  command.addHelpText(
    'after',
    '\nExamples:\n  iommu-check run --design aux-domain\n  iommu-check run ./my-design.ts --time 30s --out traces\n',
  );
  return command.action((files: string[], options: RunOptions) =>
    options.watch === undefined
      ? runOnce(session, files, options)
      : watchFile(session, files, options, options.watch),
  );
}

async function runOnce(session: Session, files: readonly string[], options: RunOptions): Promise<void> {
  const { choices, failed } = await chooseDesigns(options, files);
  if (options.out !== undefined) await prepareFolder(options.out);
  const report = await inWorkshop(session, options.workers, (workshop) =>
    runDesigns(workshop, choices, failed, options),
  );
  await print(session, report, options);
}

async function print(session: Session, report: RunReport, options: RunOptions): Promise<void> {
  const { io } = session;
  const only = report.errors[0];
  if (only && report.designs.length === 0 && report.errors.length === 1 && !options.json) {
    throw new InputError(only.message, { file: only.file, state: only.state });
  }
  if (options.json) printJson(io, report);
  else io.out(await runText(io, report, options.stats ?? false));
  for (const { message, file, state } of report.errors) {
    io.err(`iommu-check: ${new InputError(message, { file, state }).message}\n`);
  }
  session.exitCode = report.errors.length > 0 ? 2 : report.verdict === 'violated' ? 1 : 0;
}

/** Run, and again whenever the file has changed, until the user ends it. */
async function watchFile(
  session: Session,
  files: readonly string[],
  options: RunOptions,
  file: string,
): Promise<void> {
  const { io } = session;
  let wake: () => void = () => {};
  let changed = false;
  let ended = false;
  // Editors replace files: the folder is watched, since a watch on the file itself would go with it.
  const watcher = watch(dirname(resolve(file)), (_, name) => {
    if (name !== basename(file)) return;
    changed = true;
    wake();
  });
  const stopListening = io.onInterrupt(() => {
    ended = true;
    wake();
  });
  try {
    while (!ended) {
      changed = false;
      try {
        await runOnce(session, [...files, file], options);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        // The next edit may repair it.
        session.exitCode = 2;
        io.err(`iommu-check: ${error.message}\n`);
      }
      if (ended) break;
      if (!changed) io.err(`watching ${file}\n`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (changed || ended) resolve();
      });
      await new Promise((resolve) => setTimeout(resolve, REST));
    }
  } finally {
    watcher.close();
    stopListening();
  }
}
