import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { InputError } from '../catalog/input-error.js';
import { loadUserFile } from '../catalog/user-file.js';

export const CONFIG_FILE = 'iommu-check.config.ts';

/** Options as they may stand in a config file: named as in `--help`, in camel case. */
export type Config = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Of these a command takes one: a flag puts aside what the file says of the others. */
const EXCLUSIVE = [
  ['mended', 'mend', 'mendedBut'],
  ['runs', 'time'],
  ['watch', 'json'],
];

/**
 * Apply the config file of the folder to the command about to run, below what its flags say. A name that no verb has is an error;
 * one that this verb does not have is for another.
 */
export async function applyConfig(command: Command, program: Command, folder: string): Promise<void> {
  const file = join(folder, CONFIG_FILE);
  try {
    await access(file);
  } catch {
    return;
  }
  const config = await loadUserFile(file);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new InputError('the default export must be an object of options', { file: CONFIG_FILE });
  }
  const known = new Set(
    program.commands.flatMap(({ options }) => options.map((option) => option.attributeName())),
  );
  const isGiven = (name: string) =>
    (config as Config)[name] !== undefined && (config as Config)[name] !== false;
  for (const group of EXCLUSIVE) {
    const [one, other] = group.filter(isGiven);
    if (other !== undefined)
      throw new InputError(`options '${one}' and '${other}' exclude each other`, { file: CONFIG_FILE });
  }
  for (const [name, value] of Object.entries(config)) {
    if (!known.has(name)) throw new InputError(`unknown option '${name}'`, { file: CONFIG_FILE });
    const option = command.options.find((each) => each.attributeName() === name);
    const rivals = EXCLUSIVE.find((group) => group.includes(name)) ?? [name];
    if (option && !rivals.some((rival) => command.getOptionValueSource(rival) === 'cli')) {
      command.setOptionValueWithSource(name, parsed(option, value), 'config');
    }
  }
}

function parsed(option: Option, value: unknown): unknown {
  const wrong = (why: string) =>
    new InputError(`option '${option.attributeName()}': ${why}`, { file: CONFIG_FILE });
  if (option.isBoolean() || option.negate) {
    if (typeof value !== 'boolean') throw wrong('give true or false');
    return value;
  }
  const parts = Array.isArray(value) ? value : [value];
  if (!parts.every((part) => typeof part === 'string' || typeof part === 'number'))
    throw wrong('give a text or a number');
  if (option.argChoices && !parts.every((part) => option.argChoices?.includes(String(part)))) {
    throw wrong(`give one of ${option.argChoices.join(', ')}`);
  }
  try {
    return parts.reduce<unknown>(
      (before, part) => (option.parseArg ? option.parseArg(String(part), before as never) : part),
      undefined,
    );
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw wrong(error.message);
    throw error;
  }
}
