import type { CacheKind } from '../../vocabulary/architecture.js';
import { KINDS as SCALABLE, type KindName as ScalableName } from '../vtd/kinds.js';

/** A kind that is the same in scalable mode. */
function shared<N extends ScalableName>(name: N): CacheKind & { readonly name: N } {
  const kind: CacheKind = SCALABLE.find((each) => each.name === name)!;
  return { ...kind, name };
}

/** Kinds of member of the worst-case cache, in the order in which one feeds the next (6.2). */
export const KINDS = [
  {
    name: 'context',
    role: 'config',
    title: 'context-cache entry',
    section: '6.2.2',
    joins: ['second', 'pass-through', 'device-tlb'],
  },
  shared('second-structure'),
  shared('second'),
  shared('pass-through'),
  shared('device-tlb'),
  shared('flight-second'),
  shared('flight-pass-through'),
  shared('flight-translated'),
  shared('absent-context'),
  shared('absent-second'),
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
