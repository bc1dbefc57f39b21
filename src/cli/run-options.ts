import { type Command, Option } from 'commander';
import { RANGES } from '../campaign/ranges.js';
import { defaultWorkers } from '../campaign/executor.js';
import { DEFAULT_CALLERS, DEFAULT_OPERATIONS, DEFAULT_RUNS, DEFAULT_SEED } from '../campaign/run.js';
import { addDesignOptions, addPropertyOption, type DesignOptions } from './design-options.js';
import { duration, wholeNumber } from './option-values.js';

/** Options of every verb that searches. */
export interface SearchOptions extends DesignOptions {
  readonly workers: number;
  readonly out?: string;
  readonly timing: boolean;
  readonly json?: boolean;
}

export interface RunOptions extends SearchOptions {
  readonly runs?: number;
  readonly time?: number;
  readonly ops: number;
  readonly threads: number;
  readonly seed: number;
  readonly stats?: boolean;
  readonly watch?: string;
}

export function addSearchOptions(command: Command): Command {
  addDesignOptions(command);
  addPropertyOption(command);
  return command
    .option('--workers <count>', 'threads that work', wholeNumber(...RANGES.workers), defaultWorkers())
    .option('--out <folder>', 'write the trace of every finding to this folder')
    .option('--no-timing', 'leave times out: equal runs then print equal bytes')
    .option('--json', 'one JSON document');
}

export function addRunOptions(command: Command): Command {
  addSearchOptions(command);
  return command
    .addOption(
      new Option('--runs <count>', `random runs of each design (default: ${DEFAULT_RUNS})`)
        .argParser(wholeNumber(...RANGES.runs))
        .conflicts('time'),
    )
    .option('--time <duration>', 'run each design for so long instead: 30s, 2m', duration)
    .option(
      '--ops <count>',
      'operations that each run begins',
      wholeNumber(...RANGES.operations),
      DEFAULT_OPERATIONS,
    )
    .option(
      '--threads <count>',
      'callers beside devices and hardware',
      wholeNumber(...RANGES.callers),
      DEFAULT_CALLERS,
    )
    .option('--seed <number>', 'where choices start', wholeNumber(...RANGES.seed), DEFAULT_SEED)
    .option('--stats', 'print what was covered, in full')
    .addOption(
      new Option('--watch <file>', 'check the design in this file again whenever it changes').conflicts(
        'json',
      ),
    );
}
