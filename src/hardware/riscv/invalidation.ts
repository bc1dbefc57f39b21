import type { CommandSpec, MatchField } from '../../vocabulary/architecture.js';
import type { KindName } from './kinds.js';

type Cells = Readonly<Partial<Record<KindName, readonly MatchField[]>>>;

/** The same cell for several kinds. */
function cells(kinds: readonly KindName[], match: readonly MatchField[]): Cells {
  return Object.fromEntries(kinds.map((kind) => [kind, match]));
}

const PROCESSES = ['process-directory', 'process-address'] as const;
const PROCESS = ['process-fetch', 'process-context'] as const;
const DEVICE_CONTEXT = ['device-fetch', 'device-context'] as const;
const ROOTS = ['nested-address', 'nested-root'] as const;
/** Entries that hold a leaf of the first stage, and those that hold an entry above. */
const FIRST_LEAVES = ['first', 'nested-page', 'nested'] as const;
const FIRST_TABLES = ['first-structure', 'nested-table', 'nested-structure'] as const;
const FLIGHTS = [
  'flight-first',
  'flight-second',
  'flight-nested',
  'flight-bare',
  'flight-translated',
] as const;
const DEVICE = ['device-tlb'] as const;

/**
 * What each command covers (3.1, with the tags of 2.8). A command's `tag` is the GSCID with GV set and -1 without, as is that of
 * an entry whose second stage is bare. Global mappings carry no PSCID, so no command with PSCV reaches them.
 *
 * Where the letter leaves a choice:
 * - an address makes IOTINVAL reach entries that contain a leaf alone, so upper levels need a command without;
 * - combined entries are not known by the guest-physical address, so IOTINVAL.GVMA takes all of the GSCID's (3.1.1, note);
 * - addresses in contexts may be cached translated, and then only IODIR reaches them (3.1.3, note);
 * - accesses in flight are committed by IOFENCE.C with PR and PW, and by nothing else (3.1.2).
 */
export const COMMANDS = [
  {
    name: 'vma',
    title: 'IOTINVAL.VMA, all of the host or of a GSCID',
    section: '3.1.1',
    covers: cells([...FIRST_LEAVES, ...FIRST_TABLES], ['tag']),
  },
  {
    name: 'vma-process',
    title: 'IOTINVAL.VMA, a PSCID',
    section: '3.1.1',
    covers: cells([...FIRST_LEAVES, ...FIRST_TABLES], ['tag', 'pasid']),
  },
  {
    name: 'vma-page',
    title: 'IOTINVAL.VMA, an address',
    section: '3.1.1',
    covers: cells(FIRST_LEAVES, ['tag', 'range']),
  },
  {
    name: 'vma-process-page',
    title: 'IOTINVAL.VMA, an address of a PSCID',
    section: '3.1.1',
    covers: cells(FIRST_LEAVES, ['tag', 'pasid', 'range']),
  },
  {
    name: 'gvma-all',
    title: 'IOTINVAL.GVMA, all',
    section: '3.1.1',
    covers: cells(['second', 'second-structure', 'nested', 'nested-structure'], []),
  },
  {
    name: 'gvma',
    title: 'IOTINVAL.GVMA, a GSCID',
    section: '3.1.1',
    covers: cells(['second', 'second-structure', 'nested', 'nested-structure'], ['tag']),
  },
  {
    name: 'gvma-page',
    title: 'IOTINVAL.GVMA, an address of a GSCID',
    section: '3.1.1',
    covers: { ...cells(['second'], ['tag', 'range']), ...cells(['nested', 'nested-structure'], ['tag']) },
  },
  {
    name: 'ddt-all',
    title: 'IODIR.INVAL_DDT, all',
    section: '3.1.3',
    covers: cells(['directory', ...DEVICE_CONTEXT, ...PROCESSES, ...PROCESS, ...ROOTS, 'bare'], []),
  },
  {
    name: 'ddt-device',
    title: 'IODIR.INVAL_DDT, a device',
    section: '3.1.3',
    covers: {
      ...cells([...DEVICE_CONTEXT, ...PROCESSES, ...PROCESS, ...ROOTS], ['rid']),
      ...cells(['bare'], []),
    },
  },
  {
    name: 'pdt',
    title: 'IODIR.INVAL_PDT, a process of a device',
    section: '3.1.3',
    covers: { ...cells([...PROCESS, ...ROOTS], ['rid', 'pasid']), ...cells(['bare'], []) },
  },
  {
    name: 'ats',
    title: 'ATS.INVAL, without PASID',
    section: '3.1.4',
    covers: cells(DEVICE, ['rid', 'range']),
  },
  {
    name: 'ats-process',
    title: 'ATS.INVAL, with PASID',
    section: '3.1.4',
    covers: cells(DEVICE, ['rid', 'request', 'range']),
  },
  {
    name: 'fence',
    title: 'IOFENCE.C with PR and PW',
    section: '3.1.2',
    covers: cells(FLIGHTS, []),
  },
] as const satisfies readonly CommandSpec[];

export type CommandName = (typeof COMMANDS)[number]['name'];

/** The number of a command: its place in {@link COMMANDS}. */
export const COMMAND = Object.fromEntries(COMMANDS.map(({ name }, i) => [name, i])) as Readonly<
  Record<CommandName, number>
>;

/** Commands are executed in any order; only IOFENCE.C completes after all that were fetched before it (3.1.2). */
export const ORDER: Readonly<Partial<Record<CommandName, readonly CommandName[]>>> = {
  fence: COMMANDS.map((command) => command.name),
};
