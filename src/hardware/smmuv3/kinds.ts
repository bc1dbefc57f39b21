import type { CacheKind } from '../../vocabulary/architecture.js';

/** Kinds of member of the worst-case cache, in the order in which one feeds the next (16.2, 3.3, 3.4). */
export const KINDS = [
  { name: 'stream-directory', role: 'config', title: 'cached level 1 stream descriptor', section: '5.1' },
  { name: 'stream-fetch', role: 'fetch', title: 'stream table entry partly read', section: '3.21.3' },
  {
    name: 'stream',
    role: 'config',
    title: 'cached stream table entry',
    section: '5.2',
    joins: ['second', 'bypass', 'device-tlb'],
    extraIsFrame: true,
  },
  {
    name: 'context-address',
    role: 'fetch',
    title: 'address of context descriptors, not yet translated',
    section: '3.3.2',
    joins: ['second'],
    extraIsFrame: true,
  },
  {
    name: 'context-directory',
    role: 'config',
    title: 'cached place of context descriptors',
    section: '5.3',
    extraIsFrame: true,
  },
  {
    name: 'context-fetch',
    role: 'fetch',
    title: 'context descriptor partly read',
    section: '3.21.3',
    extraIsFrame: true,
  },
  {
    name: 'context',
    role: 'config',
    title: 'cached context descriptor',
    section: '5.4',
    joins: ['first', 'nested'],
    extraIsFrame: true,
  },
  { name: 'second-structure', role: 'structure', title: 'cached stage 2 table descriptor', section: '3.4' },
  { name: 'second', role: 'leaf', title: 'TLB entry (stage 2)', section: '3.4' },
  { name: 'first-structure', role: 'structure', title: 'cached stage 1 table descriptor', section: '3.4' },
  { name: 'first', role: 'leaf', title: 'TLB entry (stage 1)', section: '3.4' },
  {
    name: 'nested-table',
    role: 'structure',
    title: 'address of a nested stage 1 table, not yet translated',
    section: '3.4',
    joins: ['second'],
  },
  { name: 'nested-structure', role: 'structure', title: 'cached nested table descriptor', section: '3.4' },
  {
    name: 'nested-page',
    role: 'structure',
    title: 'nested stage 1 page, not yet translated',
    section: '3.4',
    joins: ['second'],
  },
  { name: 'nested', role: 'leaf', title: 'TLB entry (nested)', section: '3.4' },
  { name: 'bypass', role: 'leaf', title: 'translation by bypass', section: '5.2' },
  { name: 'device-tlb', role: 'device', title: 'device-TLB entry', section: '3.9' },
  { name: 'flight-first', role: 'flight', title: 'access in flight (stage 1)', section: '4.6.3' },
  { name: 'flight-second', role: 'flight', title: 'access in flight (stage 2)', section: '4.6.3' },
  { name: 'flight-nested', role: 'flight', title: 'access in flight (nested)', section: '4.6.3' },
  { name: 'flight-bypass', role: 'flight', title: 'access in flight (bypass)', section: '4.6.3' },
  {
    name: 'flight-translated',
    role: 'flight',
    title: 'translated access in flight',
    section: '4.6.3',
    isTranslated: true,
  },
] as const satisfies readonly CacheKind[];

export type KindName = (typeof KINDS)[number]['name'];

/** The number of a kind: its place in {@link KINDS}. */
export const KIND = {
  'stream-directory': 0,
  'stream-fetch': 1,
  stream: 2,
  'context-address': 3,
  'context-directory': 4,
  'context-fetch': 5,
  context: 6,
  'second-structure': 7,
  second: 8,
  'first-structure': 9,
  first: 10,
  'nested-table': 11,
  'nested-structure': 12,
  'nested-page': 13,
  nested: 14,
  bypass: 15,
  'device-tlb': 16,
  'flight-first': 17,
  'flight-second': 18,
  'flight-nested': 19,
  'flight-bypass': 20,
  'flight-translated': 21,
} as const satisfies Readonly<Record<KindName, number>>;

/** The access in flight that a leaf becomes. */
export const FLIGHT_OF: readonly number[] = KINDS.map((kind) =>
  kind.role === 'leaf' ? KIND[`flight-${kind.name}`] : -1,
);
