import type { CommandSpec, MatchField } from '../../vocabulary/architecture.js';
import type { KindName } from './kinds.js';

type Cells = Readonly<Partial<Record<KindName, readonly MatchField[]>>>;

/** The same cell for several kinds. */
function cells(kinds: readonly KindName[], match: readonly MatchField[]): Cells {
  return Object.fromEntries(kinds.map((kind) => [kind, match]));
}

const CONTEXT = ['context', 'absent-context'] as const;
const PAGES = ['second', 'pass-through', 'flight-second', 'flight-pass-through', 'absent-second'] as const;
const IOTLB = [...PAGES, 'second-structure'] as const;
const DEVICE = ['device-tlb', 'flight-translated'] as const;

/**
 * What each invalidation covers in legacy mode (6.5.2, with the tags of 6.2.1). A not-present context entry is cached under
 * domain 0 (6.2.2.1). Accesses in flight stand with the entry they came from: DR and DW are set in every IOTLB invalidation.
 * Where the IOMMU is emulated, the device-TLB goes with the IOTLB: the hypervisor passes it on.
 */
export const COMMANDS = [
  {
    name: 'context-global',
    title: 'context-cache invalidation, global',
    section: '6.5.2.1',
    covers: cells(CONTEXT, []),
  },
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
  {
    name: 'iotlb-global',
    title: 'IOTLB invalidation, global',
    section: '6.5.2.3',
    covers: cells(IOTLB, []),
    emulated: cells(DEVICE, []),
  },
  {
    name: 'iotlb-domain',
    title: 'IOTLB invalidation, domain-selective',
    section: '6.5.2.3',
    covers: cells(IOTLB, ['tag']),
    emulated: cells(DEVICE, ['tag']),
  },
  {
    name: 'iotlb-page',
    title: 'IOTLB invalidation, page-selective within domain',
    section: '6.5.2.3',
    covers: {
      ...cells(PAGES, ['tag', 'range']),
      ...cells(['second-structure'], ['tag', 'range', 'leafOnly']),
    },
    emulated: cells(DEVICE, ['tag', 'range']),
  },
  {
    name: 'device-tlb',
    title: 'device-TLB invalidation',
    section: '6.5.2.5',
    covers: cells(DEVICE, ['rid', 'range']),
  },
  { name: 'wait', title: 'invalidation wait', section: '6.5.2.9', covers: {} },
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
