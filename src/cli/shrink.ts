import { Command } from 'commander';
import { shrinkOn } from '../campaign/shrink.js';
import { writeTrace } from '../trace/format.js';
import type { Session } from './command-line.js';
import { readTraceFile, specOf, withTrace } from './read-trace.js';
import { prepareFile, saveFile } from './save-file.js';
import { showTrace } from './show-finding.js';

interface ShrinkOptions {
  readonly out?: string;
  readonly json?: boolean;
}

export function shrinkCommand(session: Session): Command {
  return new Command('shrink')
    .description('make a trace minimal: fewest operations, then switches, then steps')
    .argument('<trace>', 'a trace file')
    .option('--out <file>', 'write the minimal trace to this file')
    .option('--json', 'print the minimal trace as JSON')
    .addHelpText('after', '\nExample:\n  iommu-check shrink found.json --out minimal.json\n')
    .action((file: string, options: ShrinkOptions) => shrinkTrace(session, file, options));
}

async function shrinkTrace(session: Session, file: string, options: ShrinkOptions): Promise<void> {
  const { io } = session;
  const trace = await readTraceFile(file);
  if (options.out !== undefined) await prepareFile(options.out);
  const shrunk = await withTrace(file, async () => shrinkOn(trace, await specOf(trace, {}), session.version));
  if (options.out !== undefined) await saveFile(options.out, writeTrace(shrunk.trace));
  io.out(options.json ? writeTrace(shrunk.trace) : await showTrace(io, shrunk.trace));
  const before = `${trace.operations}/${trace.switches}/${trace.steps.length}`;
  io.err(
    `operations/switches/steps: ${before} became ${shrunk.operations}/${shrunk.switches}/${shrunk.steps}${shrunk.minimal ? '' : ', not minimal: the budget ended'}\n`,
  );
  session.exitCode = 1;
}
