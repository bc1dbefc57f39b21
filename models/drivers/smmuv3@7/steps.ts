import { smmuSteps } from '../../../src/hardware/smmuv3/steps/index.js';
import type { StepContext } from '../../../src/vocabulary/context.js';
import { fillObject, firstObject, read, step } from '../../../src/vocabulary/make-step.js';
import type { StepSet } from '../../../src/vocabulary/step.js';
import { faultSteps } from '../../core/page-faults.js';
import { subdeviceSteps } from '../../core/subdevice-links.js';
import { DOMAIN, INV } from './objects.js';

/** An invalidation as one number, in the order of the array (arm_smmu_inv_cmp): by SMMU, then by type. */
const PASID_BITS = 10;
const DEVICE_BITS = 6;
const TYPE_BITS = 3;
function keyOf({ shape }: StepContext, type: number, device: number, pasid: number): number {
  const typed = (shape.devices[device].iommu << TYPE_BITS) | type;
  return (((typed << DEVICE_BITS) | device) << PASID_BITS) | pasid;
}

/** The lowest device behind the device's SMMU: entries that are the SMMU's are kept for it. */
function firstBeside({ shape }: StepContext, device: number): number {
  return shape.devices.findIndex(({ iommu }) => iommu === shape.devices[device].iommu);
}

/** arm_smmu_master_build_invs: what has to be invalidated for the route when the domain changes, in the order of the array. */
function routeKeys(world: StepContext, domain: number, device: number, pasid: number, ats: number): number[] {
  const of = (field: string) => world.field(`domain.${field}`).get(domain);
  const smmu = firstBeside(world, device);
  const nests = of('kind') === DOMAIN.nestParent;
  return [
    keyOf(world, of('isFirst') !== 0 ? INV.asid : INV.vmid, smmu, 0),
    ...(nests ? [keyOf(world, INV.clearNested, smmu, 0)] : []),
    ...(ats !== 0
      ? [nests ? keyOf(world, INV.wholeDeviceTlb, device, 0) : keyOf(world, INV.deviceTlb, device, pasid)]
      : []),
  ];
}

function findInv(world: StepContext, domain: number, key: number): number {
  return firstObject(world, 'inv', (get) => get('domain') === domain && get('key') === key);
}

/** The steps of the hardware, and what the driver does to its own arrays in one go. */
export const steps: StepSet = {
  ...smmuSteps,
  ...faultSteps,
  ...subdeviceSteps,

  /**
   * The merged array becomes the domain's (arm_smmu_install_new_domain_invs). The memory of the old one goes after a grace period;
   * whoever reads it meanwhile copies each entry, so that nobody can tell.
   */
  installInvs: step(
    'store',
    'put the invalidations of the route on the array of the domain',
    ['domain', 'device', 'pasid', 'ats'],
    (world, domain, device, pasid, ats) => {
      for (const key of routeKeys(world, domain, device, pasid, ats)) {
        const known = findInv(world, domain, key);
        const inv = known !== 0 ? known : world.objects('inv').create();
        const users = world.field('inv.users');
        world.field('inv.domain').set(inv, domain);
        world.field('inv.key').set(inv, key);
        users.set(inv, users.get(inv) + 1);
      }
      return 0;
    },
  ),
  /** arm_smmu_invs_unref, with the purge of what nobody uses. The outcome is whether the domain's own tag is used no more. */
  unrefInvs: {
    kind: 'put',
    inputs: ['domain', 'device', 'pasid', 'ats'],
    skipped: 0,
    says: 'take the invalidations of the route off the array of the domain',
    bind: (world) => (domain, device, pasid, ats) => {
      const [tag, ...others] = routeKeys(world, domain, device, pasid, ats);
      for (const key of others) unref(world, domain, key);
      return unref(world, domain, tag);
    },
  },
  isTagShared: read('has the tag other users', ['domain', 'device'], (world, domain, device) => {
    const [tag] = routeKeys(world, domain, device, 0, 0);
    const inv = findInv(world, domain, tag);
    return inv !== 0 && world.field('inv.users').get(inv) > 1 ? 1 : 0;
  }),
  /** The next entry of the domain's array after the key, or 0. */
  nextInv: read('next entry of the invalidation array', ['domain', 'after'], (world, domain, after) => {
    const invs = world.objects('inv');
    let best = 0;
    for (let inv = invs.following(0); inv !== 0; inv = invs.following(inv)) {
      const key = world.field('inv.key').get(inv);
      if (world.field('inv.domain').get(inv) !== domain || key <= after) continue;
      if (best === 0 || key < best) best = key;
    }
    return best;
  }),
  hasDeviceTlbs: read('does the array have device-TLBs', ['domain'], (world, domain) =>
    firstObject(world, 'inv', (get) => get('domain') === domain && typeOf(get('key')) >= INV.deviceTlb) === 0
      ? 0
      : 1,
  ),
  invPart: {
    kind: 'other',
    inputs: ['key'],
    statics: ['what'],
    skipped: 0,
    instant: true,
    bind:
      (_, { what }) =>
      (key) => {
        if (what === 'type') return typeOf(key);
        if (what === 'smmu') return key >> (PASID_BITS + DEVICE_BITS + TYPE_BITS);
        return what === 'device'
          ? (key >> PASID_BITS) & ((1 << DEVICE_BITS) - 1)
          : key & ((1 << PASID_BITS) - 1);
      },
  },

  listMaster: step(
    'store',
    'put the route on the list of the domain',
    ['of', 'list', 'domain', 'device', 'pasid'],
    (world, of, list, domain, device, pasid) =>
      fillObject(world, 'masterDomain', of, { list, domain, device, pasid }),
  ),
  masterOf: read(
    'look for the route on the list of the domain',
    ['list', 'domain', 'device', 'pasid'],
    (world, list, domain, device, pasid) =>
      firstObject(
        world,
        'masterDomain',
        (get) =>
          get('list') === list &&
          get('domain') === domain &&
          get('device') === device &&
          get('pasid') === pasid,
      ),
  ),
  /** What the route is attached to. */
  routeOf: read('look for the attachment of the route', ['device', 'pasid'], (world, device, pasid) =>
    firstObject(world, 'masterDomain', (get) => get('device') === device && get('pasid') === pasid),
  ),
  nextPaused: read('next paused attachment of the device', ['device'], (world, device) =>
    firstObject(world, 'masterDomain', (get) => get('device') === device && get('paused') !== 0),
  ),
  /** The next device on the nested domain whose device-TLB the guest has to invalidate, plus one; 0 when there is none. */
  nextNestedDevice: read('next device of the guest with ATS', ['domain', 'after'], (world, domain, after) => {
    for (let device = after; device < world.shape.devices.length; device++) {
      const isOn = firstObject(
        world,
        'masterDomain',
        (get) => get('domain') === domain && get('device') === device,
      );
      if (isOn !== 0 && world.field('master.ats').get(device + 1) !== 0) return device + 1;
    }
    return 0;
  }),

  /** log2 of how many substreams the device's context descriptors are for. */
  substreamBits: {
    kind: 'other',
    inputs: ['device'],
    skipped: 0,
    instant: true,
    bind:
      ({ shape }) =>
      (device) =>
        shape.devices[device].slots > 0 ? shape.devices[device].pasidBits : 0,
  },
};

function typeOf(key: number): number {
  return (key >> (PASID_BITS + DEVICE_BITS)) & ((1 << TYPE_BITS) - 1);
}

/** One user less of an entry. Returns 1 when it was the last. */
function unref(world: StepContext, domain: number, key: number): number {
  const inv = findInv(world, domain, key);
  if (inv === 0) {
    world.misuse('an invalidation taken off an array that does not have it');
    return 0;
  }
  const users = world.field('inv.users');
  if (users.get(inv) > 1) {
    users.set(inv, users.get(inv) - 1);
    return 0;
  }
  world.objects('inv').destroy(inv);
  return 1;
}
