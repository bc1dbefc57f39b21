import { Argument, Command } from 'commander';
import { nothingLeft } from '../catalog/build-world.js';
import { type Catalog, loadCatalog } from '../catalog/catalog.js';
import { stepPoints } from '../catalog/known-names.js';
import { mendsOn } from '../catalog/mend-choice.js';
import type { Mend } from '../vocabulary/design.js';
import { OPERATIONS } from '../vocabulary/operations.js';
import { notExpressible } from '../world/lacking.js';
import type { Session } from './command-line.js';
import { addDesignOptions, chooseSound, type DesignOptions } from './design-options.js';
import { FORMAT, printJson } from './json.js';
import { table } from './table.js';

type Row = Readonly<Record<string, unknown>>;

const KINDS = [
  'designs',
  'drivers',
  'properties',
  'operations',
  'bugs',
  'hardware',
  'steps',
  'lifecycles',
] as const;
type Kind = (typeof KINDS)[number];

/** Columns shown to people; JSON has more. */
const COLUMNS: Readonly<Record<Kind, readonly string[]>> = {
  designs: ['name', 'driver', 'mends', 'title'],
  drivers: ['name', 'hardware', 'mends', 'title'],
  properties: ['name', 'statement'],
  operations: ['name', 'group', 'meaning'],
  bugs: ['mend', 'of', 'flaw'],
  hardware: ['name', 'drivers', 'modes', 'title'],
  steps: ['name', 'kind', 'mayFail', 'mayBlock'],
  lifecycles: ['name', 'states', 'events'],
};

export function listCommand(session: Session): Command {
  const command = new Command('list')
    .description('say what there is')
    .addArgument(new Argument('[what]', 'what to list').choices(KINDS))
    .option('--json', 'one JSON document');
  addDesignOptions(command);
  command.addHelpText(
    'after',
    '\nExamples:\n  iommu-check list designs\n  iommu-check list steps --design iommufd --mended --json\n',
  );
  return command.action((what: Kind | undefined, options: DesignOptions & { json?: boolean }) =>
    list(session, what, options),
  );
}

async function list(
  session: Session,
  what: Kind | undefined,
  options: DesignOptions & { json?: boolean },
): Promise<void> {
  const { io } = session;
  // Names that do not exist are refused whatever is listed.
  const { json, ...choice } = options;
  if (Object.keys(choice).length > 0) await chooseSound(choice);
  const kinds =
    what === undefined ? KINDS.filter((kind) => kind !== 'steps' && kind !== 'operations') : [what];
  const lists: Partial<Record<Kind, readonly Row[]>> = {};
  for (const kind of kinds) lists[kind] = await rowsOf(kind, options);
  if (json) return printJson(io, { format: FORMAT.list, ...lists });
  const texts = kinds.map((kind) => {
    const rows = (lists[kind] ?? []).map((row) => COLUMNS[kind].map((column) => cell(row[column])));
    return `${kinds.length > 1 ? `${kind}\n\n` : ''}${table(COLUMNS[kind], rows)}`;
  });
  io.out(texts.join('\n'));
}

function cell(value: unknown): string {
  if (Array.isArray(value)) return String(value.length);
  if (typeof value === 'boolean') return value ? 'yes' : '';
  return String(value);
}

async function rowsOf(kind: Kind, options: DesignOptions): Promise<readonly Row[]> {
  const catalog = await loadCatalog();
  switch (kind) {
    case 'designs':
      return designRows(catalog);
    case 'drivers':
      return [...catalog.drivers.values()].map(({ file, value }) => {
        const { name, title, source, hardware, mends, lacks = {} } = value;
        return { name, title, source, hardware, mends: mends.map((mend) => mend.name), lacks, file };
      });
    case 'properties':
      return [...catalog.properties.values()].map(({ file, value }) => {
        const { name, statement, explanation, citation } = value;
        return { name, statement, explanation, citation, file };
      });
    case 'operations':
      return Object.entries(OPERATIONS).map(([name, operation]) => {
        const { group, meaning } = operation;
        return { name, group, meaning, arguments: operation.arguments, void: 'isVoid' in operation };
      });
    case 'bugs':
      return bugRows(catalog, options);
    case 'hardware':
      return [...catalog.hardware.values()].map(({ file, value }) => {
        const { name, title, modes, kinds, commands } = value;
        const drivers = [...catalog.drivers.values()].filter((driver) => driver.value.hardware === name);
        return {
          name,
          title,
          drivers: drivers.map((driver) => driver.value.name),
          modes,
          kinds: kinds.map((each) => each.name),
          commands: commands.map((each) => each.name),
          file,
        };
      });
    case 'steps':
      return stepRows(options);
    case 'lifecycles':
      return [...catalog.lifecycles.values()].map(({ file, value }) => ({
        name: value.id,
        states: Object.keys(value.root.states),
        events: [...value.events].sort(),
        file,
      }));
  }
}

function designRows(catalog: Catalog): Row[] {
  return [...catalog.designs.values()].map(({ file, value }) => {
    const { name, title, source, driver, mends, operations } = value;
    const answers = Object.entries(operations);
    return {
      name,
      title,
      source,
      driver,
      mends: mends.map((mend) => mend.name),
      operations: answers.flatMap(([operation, answer]) =>
        'api' in answer ? [{ operation, api: answer.api }] : [],
      ),
      cannot: answers.flatMap(([operation, answer]) =>
        'cannot' in answer ? [{ operation, reason: answer.cannot }] : [],
      ),
      drivers: [...catalog.drivers.values()].map((each) => ({
        driver: each.value.name,
        expressible: nothingLeft(value, each.value) === undefined,
        notExpressible: notExpressible(value, each.value),
      })),
      file,
    };
  });
}

/** Flaws of the designs chosen and those that show there of the drivers they run on; without a choice, all there are. */
async function bugRows(catalog: Catalog, options: DesignOptions): Promise<Row[]> {
  const rows = new Map<string, Row>();
  const add = (of: string, mends: readonly Mend[]) => {
    for (const { name, ...rest } of mends) rows.set(`${of} ${name}`, { mend: name, of, ...rest });
  };
  if (options.design === undefined && options.driver === undefined) {
    const drivers = [...catalog.drivers.values()].map(({ value }) => value);
    for (const { value } of catalog.designs.values()) add(value.name, mendsOn(value, drivers));
    for (const driver of drivers) add(driver.name, driver.mends);
    return [...rows.values()];
  }
  for (const { pair } of await chooseSound(options)) {
    const { design, driver } = { design: pair.design.value, driver: pair.driver.value };
    const isSeen = ({ unseenIn }: Mend) => unseenIn?.[design.name] === undefined;
    add(design.name, mendsOn(design, [driver]).filter(isSeen));
    add(driver.name, driver.mends.filter(isSeen));
  }
  return [...rows.values()];
}

async function stepRows(options: DesignOptions): Promise<Row[]> {
  const choices = await chooseSound(options);
  const rows = new Map<string, Row>();
  for (const choice of choices) {
    for (const { name, step } of stepPoints(choice)) {
      rows.set(name, {
        name,
        kind: step.kind,
        mayFail: (step.errors ?? []).length > 0,
        mayBlock: step.ready !== undefined,
      });
    }
  }
  return [...rows.values()];
}
