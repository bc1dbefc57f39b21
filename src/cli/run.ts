import { Command } from 'commander';
import { InputError } from '../catalog/input-error.js';
import type { Session } from './command-line.js';
import { chooseDesigns } from './design-options.js';
import { codeOf, EXIT } from './exit-codes.js';
import { printJson } from './json.js';
import { addRunOptions, type RunOptions } from './run-options.js';
import { type RunReport, runDesigns } from './run-designs.js';
import { runText } from './run-text.js';
import { prepareFolder } from './save-file.js';
import { watchFile } from './watch.js';
import { inWorkshop } from './workshop.js';

export function runCommand(session: Session): Command {
  const command = new Command('run')
    .description('random checking: every finding with its shortest trace')
    .argument('[files...]', 'designs of your own (default: every built-in design)');
  addRunOptions(command);
  command.addHelpText(
    'after',
    '\nExamples:\n  iommu-check run --design aux-domain\n  iommu-check run ./my-design.ts --time 30s --out traces\n',
  );
  return command.action(async (files: string[], options: RunOptions) => {
    if (options.watch === undefined) await runOnce(session, files, options);
    else await watchFile(session, options.watch, (file) => runOnce(session, [...files, file], options));
  });
}

async function runOnce(session: Session, files: readonly string[], options: RunOptions): Promise<RunReport> {
  const { choices, failed } = await chooseDesigns(options, files);
  if (options.out !== undefined) await prepareFolder(options.out);
  const report = await inWorkshop(session, options.workers, (workshop) =>
    runDesigns(workshop, choices, failed, options),
  );
  await print(session, report, options);
  return report;
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
  const isLimited = report.designs.some(({ limited }) => limited.length > 0);
  session.exitCode = report.errors.length > 0 ? EXIT.badInput : codeOf(report.verdict, isLimited);
}
