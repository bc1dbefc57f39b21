import type { CacheKind } from '../../vocabulary/architecture.js';

/** Kinds of member of the worst-case cache, in the order in which one feeds the next (6.2). */
export const KINDS = [
  {
    name: 'context',
    role: 'config',
    title: 'context-cache entry',
    section: '6.2.2',
    joins: ['second', 'pass-through', 'device-tlb'],
  },
  { name: 'second-structure', role: 'structure', title: 'paging-structure-cache entry', section: '6.2.5' },
  { name: 'second', role: 'leaf', title: 'IOTLB entry', section: '6.2.4' },
  { name: 'pass-through', role: 'leaf', title: 'IOTLB entry (pass-through)', section: '6.2.4' },
  { name: 'device-tlb', role: 'device', title: 'device-TLB entry', section: '4.1' },
  { name: 'flight-second', role: 'flight', title: 'access in flight', section: '6.5.4' },
  { name: 'flight-pass-through', role: 'flight', title: 'access in flight (pass-through)', section: '6.5.4' },
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
  },
  { name: 'absent-second', role: 'absent', title: 'cached not-present table entry', section: '6.1, 6.2.4.1' },
] as const satisfies readonly CacheKind[];

export type KindName = (typeof KINDS)[number]['name'];

/** The number of a kind: its place in {@link KINDS}. */
export const KIND = {
  context: 0,
  'second-structure': 1,
  second: 2,
  'pass-through': 3,
  'device-tlb': 4,
  'flight-second': 5,
  'flight-pass-through': 6,
  'flight-translated': 7,
  'absent-context': 8,
  'absent-second': 9,
} as const satisfies Readonly<Record<KindName, number>>;
