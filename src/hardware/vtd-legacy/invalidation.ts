import type { CommandSpec, MatchField } from '../../vocabulary/architecture.js';
import { cells, COMMANDS as SCALABLE, type CommandName as ScalableName } from '../vtd/invalidation.js';
import { KIND } from './kinds.js';

type Cells = Readonly<Record<string, readonly MatchField[]>>;

const CONTEXT = ['context', 'absent-context'] as const;

/** The cells of kinds that legacy mode has. */
function legacyCells(scalable: Cells): Cells {
  return Object.fromEntries(Object.entries(scalable).filter(([kind]) => kind in KIND));
}

/** A command that is the same in scalable mode, but for kinds that only that mode has. */
function shared<N extends ScalableName>(name: N): CommandSpec & { readonly name: N } {
  const command: CommandSpec = SCALABLE.find((each) => each.name === name)!;
  const { covers, emulated } = command;
  return {
    ...command,
    name,
    covers: legacyCells(covers),
    ...(emulated === undefined ? {} : { emulated: legacyCells(emulated) }),
  };
}

/**
 * What each invalidation covers in legacy mode (6.5.2, with the tags of 6.2.1). Context-cache entries have a domain there; a
 * not-present one is cached under domain 0 (6.2.2.1). Accesses in flight stand with the entry they came from: DR and DW are set
 * in every IOTLB invalidation. Where the IOMMU is emulated, the device-TLB goes with the IOTLB: the hypervisor passes it on.
 */
export const COMMANDS = [
  shared('context-global'),
  {
    name: 'context-domain',
    title: 'context-cache invalidation, domain-selective',
    section: '6.5.2.1',
    covers: cells(CONTEXT, ['tag']),
  },
  {
    name: 'context-device',
    title: 'context-cache invalidation, device-selective within domain',
    section: '6.5.2.1',
    covers: cells(CONTEXT, ['rid', 'tag']),
  },
  shared('iotlb-global'),
  shared('iotlb-domain'),
  shared('iotlb-page'),
  shared('device-tlb'),
  shared('wait'),
] as const satisfies readonly CommandSpec[];

export type CommandName = (typeof COMMANDS)[number]['name'];

/** The number of a command: its place in {@link COMMANDS}. */
export const COMMAND = Object.fromEntries(COMMANDS.map(({ name }, i) => [name, i])) as Readonly<
  Record<CommandName, number>
>;

const CONTEXT_COMMANDS = ['context-global', 'context-domain', 'context-device'] as const;
const IOTLB_COMMANDS = ['iotlb-global', 'iotlb-domain', 'iotlb-page'] as const;

/** What the queue promises without a wait between (6.5.2.12). */
export const ORDER: Readonly<Partial<Record<CommandName, readonly CommandName[]>>> = {
  ...Object.fromEntries(IOTLB_COMMANDS.map((name) => [name, CONTEXT_COMMANDS])),
  'device-tlb': IOTLB_COMMANDS,
  wait: COMMANDS.map((command) => command.name),
};
