import { riscvSteps } from '../../../src/hardware/riscv/steps/index.js';
import type { StepContext } from '../../../src/vocabulary/context.js';
import { fact, fillObject, firstObject, read, step } from '../../../src/vocabulary/make-step.js';
import type { StepSet } from '../../../src/vocabulary/step.js';
import { faultSteps } from '../../core/page-faults.js';
import { subdeviceSteps } from '../../core/subdevice-links.js';

/**
 * Place of a bond in the lists, which keep the bonds of an IOMMU together. Walks remember places, not bonds: a bond that is
 * taken off while a walk stands at it stays readable until the walk has ended (RCU).
 */
const DEVICE_SHIFT = 6;
const IOMMU_SHIFT = 12;
function placeOf(world: StepContext, bond: number): number {
  const device = world.field('bond.device').get(bond);
  const pasid = world.field('bond.pasid').get(bond);
  return (world.shape.devices[device].iommu << IOMMU_SHIFT) + (device << DEVICE_SHIFT) + pasid + 1;
}

/** The lowest place above `after` of a bond whose domain is accepted, or 0. */
function nextPlace(world: StepContext, after: number, accepts: (domain: number) => boolean): number {
  const bonds = world.objects('bond');
  let best = 0;
  for (let bond = bonds.following(0); bond !== 0; bond = bonds.following(bond)) {
    if (world.field('bond.listed').get(bond) === 0) continue;
    if (!accepts(world.field('bond.domain').get(bond))) continue;
    const place = placeOf(world, bond);
    if (place > after && (best === 0 || place < best)) best = place;
  }
  return best;
}

/** The steps of the hardware, and what the driver does to its own lists in one go under their lock. */
export const steps: StepSet = {
  ...riscvSteps,
  ...faultSteps,
  ...subdeviceSteps,

  /** list_for_each_entry_rcu over the bonds of a domain: the place of the next, or 0. */
  nextBond: read('next bond of the domain', ['domain', 'after'], (world, domain, after) =>
    nextPlace(world, after, (of) => of === domain),
  ),
  /** The same over the bonds of all domains nested on the parent. */
  nextNestedBond: read('next bond of a nested domain', ['parent', 'after'], (world, parent, after) =>
    nextPlace(world, after, (of) => world.field('domain.parent').get(of) === parent),
  ),
  bondDevice: fact(['place'], (_world, place) => ((place - 1) >> DEVICE_SHIFT) & 63),
  bondPasid: fact(['place'], (_world, place) => (place - 1) & 63),
  listBond: step(
    'store',
    'put the bond on the list of the domain',
    ['bond', 'domain', 'device', 'pasid'],
    (world, bond, domain, device, pasid) =>
      fillObject(world, 'bond', bond, { domain, device, pasid, listed: 1 }),
  ),
  bondOf: read('look for the bond', ['domain', 'device', 'pasid'], (world, domain, device, pasid) =>
    firstObject(
      world,
      'bond',
      (get) => get('domain') === domain && get('device') === device && get('pasid') === pasid,
    ),
  ),
  /** The bond by which a route translates, or 0. */
  routeBond: read('look for the bond of the route', ['device', 'pasid'], (world, device, pasid) =>
    firstObject(world, 'bond', (get) => get('device') === device && get('pasid') === pasid),
  ),
  /** Take the bond off its list. The outcome is how many of the same IOMMU the list still has. */
  delistBond: step('clear', 'take the bond off the list of the domain', ['bond'], (world, bond) => {
    const domain = world.field('bond.domain').get(bond);
    const { iommu } = world.shape.devices[world.field('bond.device').get(bond)];
    world.field('bond.listed').set(bond, 0);
    let left = 0;
    const bonds = world.objects('bond');
    for (let other = bonds.following(0); other !== 0; other = bonds.following(other)) {
      if (world.field('bond.domain').get(other) !== domain || world.field('bond.listed').get(other) === 0)
        continue;
      if (world.shape.devices[world.field('bond.device').get(other)].iommu === iommu) left++;
    }
    return left;
  }),
  /** WARN_ON(!list_empty(&domain->bonds)) of riscv_iommu_free_paging_domain. */
  bondsLeft: read('warn of a bond that is left', ['domain'], (world) => {
    world.misuse('a domain freed with a device on its list');
    return 0;
  }),
  infoAts: read('is ATS on', ['device'], (world, device) => world.field('info.ats').get(device + 1)),
  hasProcesses: fact(['device'], (world, device) => (world.shape.devices[device].slots > 0 ? 1 : 0)),
};
