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
  { world: 'answers', with: 'replace' },
  { world: 'parts', with: 'createSubdevice' },
];
/** Those that have nothing but tables of guests. */
const GUESTS: typeof SAMPLED = [
  { world: 'guest' },
  { world: 'plainGuest' },
  { world: 'guestFaults', with: 'respond' },
];

/** Worlds for the runs of a campaign, by turns: the whole one, and those made from it in which some flaws show sooner. */
export function sampledShapes(
  pair: { readonly design: DesignDefinition; readonly driver: DriverDefinition },
  callers: number,
): WorldShape[] {
  const whole = randomShape(pair, callers);
  const does = (name: OperationName) => 'procedure' in pair.design.operations[name];
  const nests = whole.spaceKinds.includes('nested');
  const fit = [...SAMPLED, ...(nests ? GUESTS : [])].filter((each) => !each.with || does(each.with));
  const made = fit.map(({ world }) => ({ ...VARIANTS[world](whole), name: `${whole.name}/${world}` }));
  return [whole, ...made];
}
