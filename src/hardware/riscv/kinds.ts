import type { CacheKind } from '../../vocabulary/architecture.js';

/** Kinds of member of the worst-case cache, in the order in which one feeds the next (2.8, and 2.3 for the order). */
export const KINDS = [
  { name: 'directory', role: 'config', title: 'cached non-leaf device-directory entry', section: '2.8' },
  {
    name: 'device-fetch',
    role: 'fetch',
    title: 'device context partly read',
    section: '2.9',
  },
  {
    name: 'device-context',
    role: 'config',
    title: 'cached device context',
    section: '2.8',
    joins: ['second', 'first', 'nested', 'bare', 'device-tlb'],
    extraIsFrame: true,
  },
  {
    name: 'process-directory',
    role: 'config',
    title: 'cached process-directory entry',
    section: '2.8',
    extraIsFrame: true,
  },
  {
    name: 'process-address',
    role: 'fetch',
    title: 'address of a process directory, not yet translated',
    section: '2.1.3.5',
    joins: ['second'],
    extraIsFrame: true,
  },
  {
    name: 'process-fetch',
    role: 'fetch',
    title: 'process context partly read',
    section: '2.9',
    extraIsFrame: true,
  },
  {
    name: 'process-context',
    role: 'config',
    title: 'cached process context',
    section: '2.8',
    joins: ['second', 'first', 'nested', 'bare'],
    extraIsFrame: true,
  },
  { name: 'second-structure', role: 'structure', title: 'cached second-stage table entry', section: '2.8' },
  { name: 'second', role: 'leaf', title: 'IOATC entry (second stage)', section: '2.8' },
  { name: 'first-structure', role: 'structure', title: 'cached first-stage table entry', section: '2.8' },
  { name: 'first', role: 'leaf', title: 'IOATC entry (first stage)', section: '2.8' },
  {
    name: 'nested-address',
    role: 'structure',
    title: 'address of a nested first-stage root, not yet translated',
    section: '3.1.3',
    joins: ['second'],
  },
  {
    name: 'nested-root',
    role: 'structure',
    title: 'translated address of a nested first-stage root',
    section: '3.1.3',
  },
  {
    name: 'nested-table',
    role: 'structure',
    title: 'address of a nested first-stage table, not yet translated',
    section: '2.8',
    joins: ['second'],
  },
  { name: 'nested-structure', role: 'structure', title: 'cached nested table entry', section: '2.8' },
  {
    name: 'nested-page',
    role: 'structure',
    title: 'nested first-stage page, not yet translated',
    section: '2.8',
    joins: ['second'],
  },
  { name: 'nested', role: 'leaf', title: 'IOATC entry (nested)', section: '2.8' },
  { name: 'bare', role: 'leaf', title: 'translation with both stages bare', section: '2.3' },
  { name: 'device-tlb', role: 'device', title: 'device-TLB entry', section: '2.6' },
  { name: 'flight-first', role: 'flight', title: 'access in flight (first stage)', section: '3.1.2' },
  { name: 'flight-second', role: 'flight', title: 'access in flight (second stage)', section: '3.1.2' },
  { name: 'flight-nested', role: 'flight', title: 'access in flight (nested)', section: '3.1.2' },
  { name: 'flight-bare', role: 'flight', title: 'access in flight (bare)', section: '3.1.2' },
  {
    name: 'flight-translated',
    role: 'flight',
    title: 'translated access in flight',
    section: '3.1.2',
    isTranslated: true,
  },
] as const satisfies readonly CacheKind[];

export type KindName = (typeof KINDS)[number]['name'];

/** The number of a kind: its place in {@link KINDS}. */
export const KIND = {
  directory: 0,
  'device-fetch': 1,
  'device-context': 2,
  'process-directory': 3,
  'process-address': 4,
  'process-fetch': 5,
  'process-context': 6,
  'second-structure': 7,
  second: 8,
  'first-structure': 9,
  first: 10,
  'nested-address': 11,
  'nested-root': 12,
  'nested-table': 13,
  'nested-structure': 14,
  'nested-page': 15,
  nested: 16,
  bare: 17,
  'device-tlb': 18,
  'flight-first': 19,
  'flight-second': 20,
  'flight-nested': 21,
  'flight-bare': 22,
  'flight-translated': 23,
} as const satisfies Readonly<Record<KindName, number>>;

/** The access in flight that a leaf becomes. */
export const FLIGHT_OF: readonly number[] = KINDS.map((kind) =>
  kind.role === 'leaf' ? KIND[`flight-${kind.name}`] : -1,
);
