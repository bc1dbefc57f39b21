import type { CommandSpec, MatchField } from '../../vocabulary/architecture.js';
import type { KindName } from './kinds.js';

type Cells<K extends string> = Readonly<Partial<Record<K, readonly MatchField[]>>>;

/** The same cell for several kinds. */
export function cells<K extends KindName>(kinds: readonly K[], match: readonly MatchField[]): Cells<K> {
  return Object.fromEntries(kinds.map((kind) => [kind, match])) as unknown as Cells<K>;
}

const PASID_CACHE = ['fetch', 'pasid'] as const;
/** Entries whose address is a second-stage input, or the input of a pass-through. */
const SECOND_PAGES = [
  'second',
  'pass-through',
  'flight-second',
  'flight-pass-through',
  'absent-second',
] as const;
/**
 * Entries made through a first stage. A page-selective IOTLB invalidation names a second-stage input address, which they do
 * not carry, so it takes all of the domain's (6.5.2.3).
 */
const FIRST_PAGES = ['first', 'nested-page', 'nested', 'flight-first', 'flight-nested'] as const;
const FIRST_TABLES = ['first-structure', 'nested-table', 'nested-structure'] as const;
const DEVICE = ['device-tlb', 'flight-translated'] as const;
const IOTLB = [...SECOND_PAGES, ...FIRST_PAGES, ...FIRST_TABLES, 'second-structure'] as const;
const PASID_PAGES = [...FIRST_PAGES, 'pass-through', 'flight-pass-through'] as const;

/**
 * What each invalidation covers (6.5.2, with the tags of 6.2.1). Accesses in flight stand with the entry they came from, since
 * hardware of major version 2 and later always drains (6.5.4).
 *
 * Where the letter leaves a choice, a cell is the narrow one where software has a documented wider command, and the wide one
 * where it has none:
 * - second-stage IOTLB entries are kept per domain, not per PASID, so a PASID-based invalidation does not reach them; the
 *   guidance (6.5.3.3) asks for a domain-selective one;
 * - a not-present PASID entry is cached under domain 0, yet the one PASID-selective command that exists is taken to reach it
 *   whatever its domain, as the emulators that have caching mode do.
 */
export const COMMANDS = [
  {
    name: 'context-global',
    title: 'context-cache invalidation, global',
    section: '6.5.2.1',
    covers: cells(['context', 'absent-context'], []),
  },
  {
    name: 'context-device',
    title: 'context-cache invalidation, device-selective',
    section: '6.5.2.1',
    covers: cells(['context', 'absent-context'], ['rid']),
  },
  {
    name: 'pasid-cache-global',
    title: 'PASID-cache invalidation, global',
    section: '6.5.2.2',
    covers: cells([...PASID_CACHE, 'absent-pasid'], []),
    emulated: cells(DEVICE, []),
  },
  {
    name: 'pasid-cache-domain',
    title: 'PASID-cache invalidation, domain-selective',
    section: '6.5.2.2',
    covers: cells([...PASID_CACHE, 'absent-pasid'], ['tag']),
    emulated: cells(DEVICE, ['tag']),
  },
  {
    name: 'pasid-cache-pasid',
    title: 'PASID-cache invalidation, PASID-selective within domain',
    section: '6.5.2.2',
    covers: { ...cells(PASID_CACHE, ['tag', 'pasid']), ...cells(['absent-pasid'], ['pasid']) },
    emulated: cells(DEVICE, ['tag', 'pasid']),
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
      ...cells(SECOND_PAGES, ['tag', 'range']),
      ...cells([...FIRST_PAGES, ...FIRST_TABLES], ['tag']),
      ...cells(['second-structure'], ['tag', 'range', 'leafOnly']),
    },
    emulated: cells(DEVICE, ['tag', 'range']),
  },
  {
    name: 'pasid-iotlb-pasid',
    title: 'PASID-based IOTLB invalidation, all of a PASID',
    section: '6.5.2.4',
    covers: cells([...PASID_PAGES, ...FIRST_TABLES], ['tag', 'pasid']),
    emulated: cells(DEVICE, ['tag', 'pasid']),
  },
  {
    name: 'pasid-iotlb-page',
    title: 'PASID-based IOTLB invalidation, page-selective within PASID',
    section: '6.5.2.4',
    covers: {
      ...cells(FIRST_PAGES, ['tag', 'pasid', 'range']),
      ...cells(FIRST_TABLES, ['tag', 'pasid', 'range', 'leafOnly']),
    },
    emulated: cells(DEVICE, ['tag', 'pasid', 'range']),
  },
  {
    name: 'device-tlb',
    title: 'device-TLB invalidation',
    section: '6.5.2.5',
    covers: cells(DEVICE, ['rid', 'range']),
  },
  {
    name: 'pasid-device-tlb',
    title: 'PASID-based device-TLB invalidation',
    section: '6.5.2.6',
    covers: cells(DEVICE, ['rid', 'request', 'range']),
  },
  { name: 'wait', title: 'invalidation wait', section: '6.5.2.9', covers: {} },
] as const satisfies readonly CommandSpec[];

export type CommandName = (typeof COMMANDS)[number]['name'];

/** The number of a command: its place in {@link COMMANDS}. */
export const COMMAND = {
  'context-global': 0,
  'context-device': 1,
  'pasid-cache-global': 2,
  'pasid-cache-domain': 3,
  'pasid-cache-pasid': 4,
  'iotlb-global': 5,
  'iotlb-domain': 6,
  'iotlb-page': 7,
  'pasid-iotlb-pasid': 8,
  'pasid-iotlb-page': 9,
  'device-tlb': 10,
  'pasid-device-tlb': 11,
  wait: 12,
} as const satisfies Readonly<Record<CommandName, number>>;

const CONTEXT_COMMANDS = ['context-global', 'context-device'] as const;
const PASID_COMMANDS = ['pasid-cache-global', 'pasid-cache-domain', 'pasid-cache-pasid'] as const;
const IOTLB_COMMANDS = ['iotlb-global', 'iotlb-domain', 'iotlb-page'] as const;
const PASID_IOTLB_COMMANDS = ['pasid-iotlb-pasid', 'pasid-iotlb-page'] as const;

/**
 * What the queue promises without a wait between (6.5.2.12; 6.5.2.11 before revision 5): a command takes effect after those
 * of its list that are ahead of it. A device-TLB invalidation without PASID is not promised to follow PASID-based IOTLB
 * invalidations. A wait follows everything.
 */
export const ORDER: Readonly<Partial<Record<CommandName, readonly CommandName[]>>> = {
  ...orders(PASID_COMMANDS, CONTEXT_COMMANDS),
  ...orders([...IOTLB_COMMANDS, ...PASID_IOTLB_COMMANDS], [...CONTEXT_COMMANDS, ...PASID_COMMANDS]),
  ...orders(['device-tlb'], IOTLB_COMMANDS),
  ...orders(['pasid-device-tlb'], [...IOTLB_COMMANDS, ...PASID_IOTLB_COMMANDS]),
  ...orders(
    ['wait'],
    COMMANDS.map((command) => command.name),
  ),
};

function orders(later: readonly CommandName[], earlier: readonly CommandName[]) {
  return Object.fromEntries(later.map((name) => [name, earlier]));
}
