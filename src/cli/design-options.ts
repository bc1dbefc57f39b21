import { type Command, Option } from 'commander';
import { designSource } from '../campaign/choice.js';
import { compilePair, type DesignPair, loadPair } from '../catalog/build-world.js';
import { find, findDriver, loadCatalog } from '../catalog/catalog.js';
import { type InputPlace, InputError } from '../catalog/input-error.js';
import { checkMends, checkSteps } from '../catalog/known-names.js';
import { chosenMends, type MendChoice, namedMends } from '../catalog/mend-choice.js';
import type { Swap } from '../statechart/exchange.js';
import type { DesignSource } from '../catalog/world-spec.js';
import { pairOfSteps, several } from './option-values.js';

/** The options that say which design, on which driver, how mended. */
export interface DesignOptions {
  readonly design?: readonly string[];
  readonly driver?: string;
  readonly mended?: boolean;
  readonly mend?: readonly string[];
  readonly mendedBut?: readonly string[];
  readonly without?: readonly string[];
  readonly swap?: readonly Swap[];
  readonly property?: readonly string[];
}

/** One design to be checked. */
export interface Choice {
  readonly source: DesignSource;
  readonly pair: DesignPair;
  readonly mends: readonly string[];
  readonly without: readonly string[];
  readonly swaps: readonly Swap[];
}

/** A design that cannot be checked, and why: the others go on. */
export interface FailedChoice {
  readonly design: string;
  readonly error: InputError;
}

export function addDesignOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--design <name>', 'a built-in design, or the file of your own (repeatable)').argParser(
        several,
      ),
    )
    .option('--driver <name>', "the driver to run on (default: the design's own choice)")
    .addOption(
      new Option('--mended', 'with every mend of design and driver').conflicts(['mend', 'mendedBut']),
    )
    .addOption(
      new Option('--mend <name>', 'with this mend alone (repeatable)')
        .argParser(several)
        .conflicts('mendedBut'),
    )
    .addOption(
      new Option('--mended-but <name>', 'with every mend but this one (repeatable)').argParser(several),
    )
    .addOption(
      new Option('--without <step>', 'take a step out: see `list steps` (repeatable)').argParser(several),
    )
    .addOption(
      new Option(
        '--swap <step,step>',
        'exchange two neighbouring steps of a machine, told in their order (repeatable)',
      ).argParser(pairOfSteps),
    );
}

export function addPropertyOption(command: Command): Command {
  return command.addOption(
    new Option('--property <name>', 'check this property alone (repeatable; default: all)').argParser(
      several,
    ),
  );
}

export function mendChoice(options: DesignOptions): MendChoice {
  if (options.mend) return { only: options.mend };
  if (options.mendedBut) return { allBut: options.mendedBut };
  return { mended: options.mended ? 'all' : 'none' };
}

/**
 * The designs that options and arguments name, or all built-in ones. Names that do not exist are errors of the whole command; what
 * is wrong inside a user's design is an error of that design alone.
 */
export async function chooseDesigns(
  options: DesignOptions,
  files: readonly string[] = [],
): Promise<{ choices: Choice[]; failed: FailedChoice[] }> {
  const catalog = await loadCatalog();
  if (options.driver !== undefined) findDriver(catalog, options.driver);
  for (const property of options.property ?? []) find('property', catalog.properties, property);
  const named = [...new Set([...(options.design ?? []), ...files])];
  const sources =
    named.length > 0 ? named.map(designSource) : [...catalog.designs.keys()].map((name) => ({ name }));
  const choices: Choice[] = [];
  const failed: FailedChoice[] = [];
  for (const source of sources) {
    if ('name' in source) find('design', catalog.designs, source.name);
    try {
      const choice = await choose(source, options);
      refuseNamesake(choice, choices);
      choices.push(choice);
    } catch (error) {
      if (!(error instanceof InputError) || sources.length === 1) throw error;
      failed.push({ design: 'file' in source ? source.file : source.name, error });
    }
  }
  checkMends(namedMends(mendChoice(options)), choices);
  const { without = [], swap: swaps = [] } = options;
  checkSteps({ without, swaps }, choices);
  if (swaps.length > 0) for (const { pair, mends } of choices) compilePair(pair, mends, [], swaps);
  return { choices, failed };
}

/** For verbs that say one thing of all: the first that cannot be checked is an error of the whole command. */
export async function chooseSound(options: DesignOptions): Promise<Choice[]> {
  const { choices, failed } = await chooseDesigns(options);
  if (failed.length > 0) throw failed[0].error;
  return choices;
}

/** Results, and the files of their traces, are told apart by the design's name. */
function refuseNamesake({ source, pair }: Choice, others: readonly Choice[]): void {
  const { name } = pair.design.value;
  if (!others.some((other) => other.pair.design.value.name === name)) return;
  const place: InputPlace = 'file' in source ? { file: source.file } : {};
  throw new InputError(`another design of this command is called '${name}': give it another name`, place);
}

async function choose(source: DesignSource, options: DesignOptions): Promise<Choice> {
  const pair = await loadPair(source, options.driver);
  const mends = chosenMends(mendChoice(options), pair.design.value, pair.driver.value);
  return { source, pair, mends, without: options.without ?? [], swaps: options.swap ?? [] };
}

/** For verbs that take one design. */
export function onlyOne(choices: readonly Choice[]): Choice {
  if (choices.length !== 1) {
    const names = choices.map(({ pair }) => pair.design.value.name).join(', ');
    throw new InputError(`this verb takes one design: give --design with one of ${names}, or a file`);
  }
  return choices[0];
}
