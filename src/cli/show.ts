import { Command, Option } from 'commander';
import type { Session } from './command-line.js';
import { printJson } from './json.js';
import { wholeNumber } from './option-values.js';
import { readTraceFile } from './read-trace.js';
import { showTrace } from './show-finding.js';

interface ShowOptions {
  readonly format: 'text';
  readonly width?: number;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

export function showCommand(session: Session): Command {
  return new Command('show')
    .description('render a trace')
    .argument('<trace>', 'a trace file')
    .addOption(new Option('--format <format>', 'how').choices(['text']).default('text'))
    .option('--width <columns>', 'columns of the text', wholeNumber(72, 100))
    .option('--verbose', 'show every step, those that only move inside a procedure too')
    .option('--json', 'the trace itself, checked')
    .addHelpText('after', '\nExample:\n  iommu-check show traces/aux-domain-isolation-1.json --format text\n')
    .action(async (file: string, { json, width, verbose }: ShowOptions) => {
      const trace = await readTraceFile(file);
      if (json) printJson(session.io, trace);
      else session.io.out(await showTrace(session.io, trace, { width, verbose }));
    });
}
