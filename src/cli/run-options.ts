import { type Command, Option } from 'commander';
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

export const MOST_RUNS = 1_000_000_000;
const LAST_SEED = 2 ** 32 - 1;

export function addSearchOptions(command: Command): Command {
  addDesignOptions(command);
  addPropertyOption(command);
  return command
    .option('--workers <count>', 'threads that work', wholeNumber(1, 64), defaultWorkers())
    .option('--out <folder>', 'write the trace of every finding to this folder')
    .option('--no-timing', 'leave times out: equal runs then print equal bytes')
    .option('--json', 'one JSON document');
}

export function addRunOptions(command: Command): Command {
  addSearchOptions(command);
  return command
    .addOption(
      new Option('--runs <count>', `random runs of each design (default: ${DEFAULT_RUNS})`)
        .argParser(wholeNumber(1, MOST_RUNS))
        .conflicts('time'),
    )
    .option('--time <duration>', 'run each design for so long instead: 30s, 2m', duration)
    .option('--ops <count>', 'operations that each run begins', wholeNumber(1, 10_000), DEFAULT_OPERATIONS)
    .option('--threads <count>', 'callers beside devices and hardware', wholeNumber(1, 3), DEFAULT_CALLERS)
    .option('--seed <number>', 'where choices start', wholeNumber(0, LAST_SEED), DEFAULT_SEED)
    .option('--stats', 'print what was covered, in full')
    .addOption(
      new Option('--watch <file>', 'check the design in this file again whenever it changes').conflicts(
        'json',
      ),
    );
}
