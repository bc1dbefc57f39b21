import type { DesignDefinition, DriverDefinition } from '../vocabulary/design.js';
import type { OperationName } from '../vocabulary/operations.js';
import type { WorldShape } from '../vocabulary/shape.js';
import { randomShape } from './scopes.js';
import { type VariantName, VARIANTS } from './variants.js';

/** The worlds that runs of a campaign work in, beside the whole one; `with`: for designs that carry out the operation. */
const SAMPLED: readonly {
  readonly world: VariantName;
  readonly with?: OperationName;
}[] = [
  { world: 'few' },
  { world: 'routes' },
  { world: 'requests' },
  { world: 'owners' },
  { world: 'group' },
  { world: 'emulated' },
  { world: 'firstStage' },
  { world: 'apart' },
  { world: 'members', with: 'claimOwner' },
  { world: 'mapping', with: 'registerFaultHandler' },
  { world: 'moves', with: 'replace' },
  { world: 'together' },
  // The two without handlers show in other worlds what these are for.
  { world: 'heirs', with: 'registerFaultHandler' },
  { world: 'arrivals', with: 'registerFaultHandler' },
  { world: 'parts', with: 'createSubdevice' },
];
/** Those that have nothing but tables of guests. */
const GUESTS: readonly VariantName[] = ['guest', 'plainGuest'];

/** Worlds for the runs of a campaign, by turns: the whole one, and those made from it in which some flaws show sooner. */
export function sampledShapes(
  pair: { readonly design: DesignDefinition; readonly driver: DriverDefinition },
  callers: number,
): WorldShape[] {
  const whole = randomShape(pair, callers);
  const does = (name: OperationName) => 'procedure' in pair.design.operations[name];
  const nests = whole.spaceKinds.includes('nested');
  const fit = SAMPLED.filter((each) => !each.with || does(each.with));
  const names = [...fit.map(({ world }) => world), ...(nests ? GUESTS : [])];
  const made = names.map((name) => ({ ...VARIANTS[name](whole), name: `${whole.name}/${name}` }));
  return [whole, ...made];
}
