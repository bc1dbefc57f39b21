import type { CacheKind } from '../../vocabulary/architecture.js';
import { SECOND_LEVELS } from './attributes.js';

/**
 * Kinds of member of the worst-case cache, in the order in which one feeds the next (16.2, 3.3, 3.4). The words of an entry may be read
 * in any order (3.21.3): the first of them first, or last.
 */
export const KINDS = [
  { name: 'stream-directory', role: 'config', title: 'cached level 1 stream descriptor', section: '5.1' },
  {
    name: 'stream-fetch',
    role: 'fetch',
    title: 'stream table entry partly read',
    section: '3.21.3',
    extraIsFrame: true,
  },
  {
    name: 'stream-rest',
    role: 'fetch',
    title: 'stream table entry read from its end',
    section: '3.21.3',
    extraIsFrame: true,
  },
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
    throughSecond: SECOND_LEVELS,
  },
  {
    name: 'context-directory',
    role: 'config',
    title: 'cached place of context descriptors',
    section: '5.3',
    extraIsFrame: true,
    throughSecond: SECOND_LEVELS,
  },
  {
    name: 'context-fetch',
    role: 'fetch',
    title: 'context descriptor partly read',
    section: '3.21.3',
    extraIsFrame: true,
    throughSecond: SECOND_LEVELS,
  },
  {
    name: 'context-rest',
    role: 'fetch',
    title: 'context descriptor read from its end',
    section: '3.21.3',
    extraIsFrame: true,
    throughSecond: SECOND_LEVELS,
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
  {
    name: 'first-structure',
    pasidIsSpace: true,
    role: 'structure',
    title: 'cached stage 1 table descriptor',
    section: '3.4',
  },
  { name: 'first', pasidIsSpace: true, role: 'leaf', title: 'TLB entry (stage 1)', section: '3.4' },
  {
    name: 'nested-table',
    pasidIsSpace: true,
    role: 'structure',
    title: 'address of a nested stage 1 table, not yet translated',
    section: '3.4',
    joins: ['second'],
  },
  {
    name: 'nested-structure',
    pasidIsSpace: true,
    role: 'structure',
    title: 'cached nested table descriptor',
    section: '3.4',
  },
  {
    name: 'nested-page',
    pasidIsSpace: true,
    role: 'structure',
    title: 'nested stage 1 page, not yet translated',
    section: '3.4',
    joins: ['second'],
  },
  { name: 'nested', pasidIsSpace: true, role: 'leaf', title: 'TLB entry (nested)', section: '3.4' },
  { name: 'bypass', role: 'leaf', title: 'translation by bypass', section: '5.2' },
  { name: 'device-tlb', pasidIsSpace: true, role: 'device', title: 'device-TLB entry', section: '3.9' },
  {
    name: 'flight-first',
    pasidIsSpace: true,
    role: 'flight',
    title: 'access in flight (stage 1)',
    section: '4.6.3',
  },
  { name: 'flight-second', role: 'flight', title: 'access in flight (stage 2)', section: '4.6.3' },
  {
    name: 'flight-nested',
    pasidIsSpace: true,
    role: 'flight',
    title: 'access in flight (nested)',
    section: '4.6.3',
  },
  { name: 'flight-bypass', role: 'flight', title: 'access in flight (bypass)', section: '4.6.3' },
  {
    name: 'flight-translated',
    pasidIsSpace: true,
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
  'stream-rest': 2,
  stream: 3,
  'context-address': 4,
  'context-directory': 5,
  'context-fetch': 6,
  'context-rest': 7,
  context: 8,
  'second-structure': 9,
  second: 10,
  'first-structure': 11,
  first: 12,
  'nested-table': 13,
  'nested-structure': 14,
  'nested-page': 15,
  nested: 16,
  bypass: 17,
  'device-tlb': 18,
  'flight-first': 19,
  'flight-second': 20,
  'flight-nested': 21,
  'flight-bypass': 22,
  'flight-translated': 23,
} as const satisfies Readonly<Record<KindName, number>>;

/** The access in flight that a leaf becomes. */
export const FLIGHT_OF: readonly number[] = KINDS.map((kind) =>
  kind.role === 'leaf' ? KIND[`flight-${kind.name}`] : -1,
);
