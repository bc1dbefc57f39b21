import type { CacheKind } from '../../vocabulary/architecture.js';

/** Kinds of member of the worst-case cache, in the order in which one feeds the next (6.2). */
export const KINDS = [
  {
    name: 'context',
    role: 'config',
    title: 'context-cache entry',
    section: '6.2.2',
    joins: ['device-tlb'],
  },
  {
    name: 'fetch',
    role: 'fetch',
    title: 'PASID entry partly read',
    section: '9, 6.2.3.1',
    extraIsFrame: true,
  },
  {
    name: 'pasid',
    role: 'config',
    title: 'PASID-cache entry',
    section: '6.2.3',
    joins: ['second', 'pass-through', 'first', 'nested'],
    extraIsFrame: true,
  },
  {
    name: 'second-structure',
    role: 'structure',
    title: 'second-stage paging-structure-cache entry',
    section: '6.2.5',
  },
  { name: 'second', role: 'leaf', title: 'IOTLB entry (second stage)', section: '6.2.4' },
  { name: 'pass-through', role: 'leaf', title: 'IOTLB entry (pass-through)', section: '6.2.4' },
  {
    name: 'first-structure',
    role: 'structure',
    title: 'first-stage paging-structure-cache entry',
    section: '6.2.5',
  },
  {
    name: 'nested-table',
    role: 'structure',
    title: 'address of a nested first-stage table, not yet translated',
    section: '3.8',
    joins: ['second'],
  },
  {
    name: 'nested-structure',
    role: 'structure',
    title: 'nested paging-structure-cache entry',
    section: '6.2.5',
  },
  { name: 'first', role: 'leaf', title: 'IOTLB entry (first stage)', section: '6.2.4' },
  {
    name: 'nested-page',
    role: 'structure',
    title: 'nested first-stage page, not yet translated',
    section: '3.8',
    joins: ['second'],
  },
  { name: 'nested', role: 'leaf', title: 'IOTLB entry (nested)', section: '6.2.4' },
  { name: 'device-tlb', role: 'device', title: 'device-TLB entry', section: '4.1' },
  { name: 'flight-second', role: 'flight', title: 'access in flight (second stage)', section: '6.5.4' },
  { name: 'flight-pass-through', role: 'flight', title: 'access in flight (pass-through)', section: '6.5.4' },
  { name: 'flight-first', role: 'flight', title: 'access in flight (first stage)', section: '6.5.4' },
  { name: 'flight-nested', role: 'flight', title: 'access in flight (nested)', section: '6.5.4' },
  {
    name: 'flight-translated',
    role: 'flight',
    title: 'translated access in flight',
    section: '6.5.4',
    isTranslated: true,
  },
  {
    name: 'absent-context',
    role: 'absent',
    title: 'cached not-present context entry',
    section: '6.1, 6.2.2',
    denies: 'context',
  },
  {
    name: 'absent-pasid',
    role: 'absent',
    title: 'cached not-present PASID entry',
    section: '6.1, 6.2.3',
    denies: 'pasid',
  },
  {
    name: 'absent-second',
    role: 'absent',
    title: 'cached not-present second-stage entry',
    section: '6.1, 6.2.4.1',
    denies: 'second',
  },
] as const satisfies readonly CacheKind[];

export type KindName = (typeof KINDS)[number]['name'];

/**
 * The number of a kind: its place in {@link KINDS}. Written out, since the walks compare with these all the time and an object
 * made at run time is a dictionary.
 */
export const KIND = {
  context: 0,
  fetch: 1,
  pasid: 2,
  'second-structure': 3,
  second: 4,
  'pass-through': 5,
  'first-structure': 6,
  'nested-table': 7,
  'nested-structure': 8,
  first: 9,
  'nested-page': 10,
  nested: 11,
  'device-tlb': 12,
  'flight-second': 13,
  'flight-pass-through': 14,
  'flight-first': 15,
  'flight-nested': 16,
  'flight-translated': 17,
  'absent-context': 18,
  'absent-pasid': 19,
  'absent-second': 20,
} as const satisfies Readonly<Record<KindName, number>>;

/** The access in flight that a leaf becomes. */
export const FLIGHT_OF: readonly number[] = KINDS.map((kind) =>
  kind.role === 'leaf' ? KIND[`flight-${kind.name}`] : -1,
);
