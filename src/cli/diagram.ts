import { Command, Option } from 'commander';
import type { AnyStateMachine } from 'xstate';
import { find, loadCatalog } from '../catalog/catalog.js';
import { InputError } from '../catalog/input-error.js';
import { diagram, DIAGRAM_FORMATS, type DiagramFormat } from '../statechart/diagram.js';
import type { Session } from './command-line.js';
import { addDesignOptions, chooseSound, type DesignOptions } from './design-options.js';

interface DiagramOptions extends DesignOptions {
  readonly format: DiagramFormat;
  readonly json?: boolean;
}

export function diagramCommand(session: Session): Command {
  const command = new Command('diagram')
    .description('draw a machine: a procedure of a design or driver, or a lifecycle')
    .argument(
      '<machine>',
      'as OWNER/MACHINE (iommufd/attach, lifecycle/domain), or the machine alone where one has that name',
    )
    .addOption(
      new Option('--format <format>', 'mermaid, dot or json').choices(DIAGRAM_FORMATS).default('mermaid'),
    )
    .option('--json', 'the same as --format json');
  addDesignOptions(command);
  command.addHelpText('after', '\nExample:\n  iommu-check diagram lifecycle/domain --format mermaid\n');
  return command.action(async (name: string, options: DiagramOptions) => {
    const machines = await machinesOf(options);
    session.io.out(diagram(pick(machines, name), options.json ? 'json' : options.format));
  });
}

/** Every machine there is, as OWNER/MACHINE. */
async function machinesOf(options: DesignOptions): Promise<Map<string, AnyStateMachine>> {
  const catalog = await loadCatalog();
  const machines = new Map<string, AnyStateMachine>();
  for (const [name, { value }] of catalog.lifecycles) machines.set(`lifecycle/${name}`, value);
  for (const { pair, mends } of await chooseSound(options)) {
    for (const { value } of [pair.design, pair.driver]) {
      for (const machine of value.procedures((mend) => mends.includes(mend)))
        machines.set(`${value.name}/${machine.id}`, machine);
    }
  }
  return machines;
}

function pick(machines: ReadonlyMap<string, AnyStateMachine>, name: string): AnyStateMachine {
  if (name.includes('/')) return find('machine', machines, name);
  const owners = [...machines.keys()].filter((full) => full.endsWith(`/${name}`));
  if (owners.length > 1)
    throw new InputError(`several machines are called '${name}': say ${owners.join(' or ')}`);
  return find('machine', machines, owners[0] ?? name);
}
