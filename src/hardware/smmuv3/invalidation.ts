import type { CommandSpec, MatchField } from '../../vocabulary/architecture.js';
import type { KindName } from './kinds.js';

type Cells = Readonly<Partial<Record<KindName, readonly MatchField[]>>>;

/** The same cell for several kinds. */
function cells(kinds: readonly KindName[], match: readonly MatchField[]): Cells {
  return Object.fromEntries(kinds.map((kind) => [kind, match]));
}

const STREAM = ['stream-fetch', 'stream-rest', 'stream'] as const;
const DIRECTORIES = ['context-address', 'context-directory'] as const;
const PARTLY_READ = ['context-fetch', 'context-rest'] as const;
const CONTEXT = [...PARTLY_READ, 'context'] as const;
const FIRST_LEAVES = ['first', 'nested-page', 'nested'] as const;
const FIRST_TABLES = ['first-structure', 'nested-table', 'nested-structure'] as const;
const SECOND = ['second', 'second-structure'] as const;
const FLIGHTS = [
  'flight-first',
  'flight-second',
  'flight-nested',
  'flight-bypass',
  'flight-translated',
] as const;
const DEVICE = ['device-tlb'] as const;

/**
 * What each command covers (chapter 4). The tag of an entry is its VMID, and its `pasid` the ASID, or -1 for a global mapping and
 * where there is no stage 1. The hint is Leaf, which spares upper levels.
 *
 * - A stream table entry is invalidated with all context descriptors that were reached through it (4.3.1).
 * - TLBI by intermediate address does not reach combined entries: CMD_TLBI_NH_ALL has to follow (4.4.3).
 * - Where a context descriptor lies, as stage 2 translates it, goes with stage 2's translations, and so does one that is being read
 *   there. The descriptor itself is kept until CMD_CFGI_CD, whatever becomes of stage 2: it holds intermediate addresses alone.
 * - Bypass is no translation that a TLB holds: it goes with the stream table entry.
 * - Accesses in flight are over when a CMD_SYNC behind their invalidation is (4.6.3).
 */
export const COMMANDS = [
  {
    name: 'cfgi-ste',
    title: 'CMD_CFGI_STE',
    section: '4.3.1',
    covers: {
      ...cells([...STREAM, ...DIRECTORIES, ...CONTEXT], ['rid']),
      ...cells(['stream-directory'], ['rid', 'leafOnly']),
      ...cells(['bypass'], []),
    },
  },
  {
    name: 'cfgi-all',
    title: 'CMD_CFGI_ALL',
    section: '4.3.2',
    covers: cells(['stream-directory', ...STREAM, ...DIRECTORIES, ...CONTEXT, 'bypass'], []),
  },
  {
    name: 'cfgi-cd',
    title: 'CMD_CFGI_CD',
    section: '4.3.3',
    covers: { ...cells(CONTEXT, ['rid', 'pasid']), ...cells(DIRECTORIES, ['rid', 'leafOnly']) },
  },
  {
    name: 'cfgi-cd-all',
    title: 'CMD_CFGI_CD_ALL',
    section: '4.3.4',
    covers: cells([...CONTEXT, ...DIRECTORIES], ['rid']),
  },
  {
    name: 'tlbi-nh-all',
    title: 'CMD_TLBI_NH_ALL',
    section: '4.4.2',
    covers: cells([...FIRST_LEAVES, ...FIRST_TABLES], ['tag']),
  },
  {
    name: 'tlbi-nh-asid',
    title: 'CMD_TLBI_NH_ASID',
    section: '4.4.2',
    covers: cells([...FIRST_LEAVES, ...FIRST_TABLES], ['tag', 'pasid']),
  },
  {
    name: 'tlbi-nh-va',
    title: 'CMD_TLBI_NH_VA',
    section: '4.4.2',
    covers: {
      ...cells(FIRST_LEAVES, ['tag', 'pasid', 'range']),
      ...cells(FIRST_TABLES, ['tag', 'pasid', 'range', 'leafOnly']),
    },
  },
  {
    name: 'tlbi-nh-vaa',
    title: 'CMD_TLBI_NH_VAA',
    section: '4.4.2',
    covers: {
      ...cells(FIRST_LEAVES, ['tag', 'range']),
      ...cells(FIRST_TABLES, ['tag', 'range', 'leafOnly']),
    },
  },
  {
    name: 'tlbi-s12-vmall',
    title: 'CMD_TLBI_S12_VMALL',
    section: '4.4.3',
    covers: {
      ...cells([...FIRST_LEAVES, ...FIRST_TABLES, ...SECOND], ['tag']),
      ...cells([...DIRECTORIES, ...PARTLY_READ], ['tag', 'throughSecond']),
    },
  },
  {
    name: 'tlbi-s2-ipa',
    title: 'CMD_TLBI_S2_IPA',
    section: '4.4.3',
    covers: {
      ...cells(['second'], ['tag', 'range']),
      ...cells([...DIRECTORIES, ...PARTLY_READ], ['tag', 'throughSecond']),
      ...cells(['second-structure'], ['tag', 'range', 'leafOnly']),
    },
  },
  {
    name: 'tlbi-nsnh-all',
    title: 'CMD_TLBI_NSNH_ALL',
    section: '4.4.4',
    covers: {
      ...cells([...FIRST_LEAVES, ...FIRST_TABLES, ...SECOND], []),
      ...cells([...DIRECTORIES, ...PARTLY_READ], ['throughSecond']),
    },
  },
  {
    name: 'atc-inv',
    title: 'CMD_ATC_INV, without substream',
    section: '4.5.1',
    covers: cells(DEVICE, ['rid', 'range']),
  },
  {
    name: 'atc-inv-substream',
    title: 'CMD_ATC_INV, with substream',
    section: '4.5.1',
    covers: cells(DEVICE, ['rid', 'request', 'range']),
  },
  { name: 'sync', title: 'CMD_SYNC', section: '4.6.3', covers: cells(FLIGHTS, []) },
] as const satisfies readonly CommandSpec[];

export type CommandName = (typeof COMMANDS)[number]['name'];

/** The number of a command: its place in {@link COMMANDS}. */
export const COMMAND = Object.fromEntries(COMMANDS.map(({ name }, i) => [name, i])) as Readonly<
  Record<CommandName, number>
>;

/** Commands may complete in any order; CMD_SYNC completes after all that were consumed before it (4.6.3). */
export const ORDER: Readonly<Partial<Record<CommandName, readonly CommandName[]>>> = {
  sync: COMMANDS.map((command) => command.name),
};
