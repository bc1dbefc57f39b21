import type { DesignDefinition, DriverDefinition } from '../vocabulary/design.js';
import type { WorldShape } from '../vocabulary/shape.js';
import { randomShape } from './scopes.js';
import { type VariantName, VARIANTS } from './variants.js';

/** The worlds that runs of a campaign work in, beside the whole one. */
const SAMPLED: readonly VariantName[] = [
  'few',
  'routes',
  'requests',
  'owners',
  'group',
  'emulated',
  'firstStage',
  'apart',
];
/** Those in which devices change hands, and nothing else is done. */
const HANDS: readonly VariantName[] = ['members'];
/** Those that have nothing but tables of guests. */
const GUESTS: readonly VariantName[] = ['guest', 'plainGuest'];

/** Worlds for the runs of a campaign, by turns: the whole one, and those made from it in which some flaws show sooner. */
export function sampledShapes(
  pair: { readonly design: DesignDefinition; readonly driver: DriverDefinition },
  callers: number,
): WorldShape[] {
  const whole = randomShape(pair, callers);
  const { claimOwner, probe } = pair.design.operations;
  const changesHands = 'procedure' in claimOwner && 'procedure' in probe;
  const nests = whole.spaceKinds.includes('nested');
  const names = [...SAMPLED, ...(changesHands ? HANDS : []), ...(nests ? GUESTS : [])];
  const made = names.map((name) => ({ ...VARIANTS[name](whole), name: `${whole.name}/${name}` }));
  return [whole, ...made];
}
