import type { StepContext } from '../../../src/vocabulary/context.js';
import type { Step, StepSet } from '../../../src/vocabulary/step.js';
import { vtdSteps } from '../../../src/hardware/vtd/steps/index.js';

type Act = (world: StepContext, a: number, b: number, c: number, d: number, e: number) => number;

function read(says: string, inputs: readonly string[], act: Act): Step {
  return {
    kind: 'read',
    inputs,
    skipped: 0,
    says,
    bind: (world) => (a, b, c, d, e) => act(world, a, b, c, d, e),
  };
}

/** First live object of the kind that the test accepts, or 0. */
function first(
  world: StepContext,
  kind: string,
  accepts: (get: (field: string) => number) => boolean,
): number {
  const objects = world.objects(kind);
  for (let of = objects.following(0); of !== 0; of = objects.following(of)) {
    if (of !== 0 && accepts((field) => world.field(`${kind}.${field}`).get(of))) return of;
  }
  return 0;
}

/** Place of a tag in its domain's list: by IOMMU, and the IOTLB before the device-TLB that is filled from it. */
function tagOrder(world: StepContext, tag: number): number {
  const isDevice = world.field('cacheTag.type').get(tag) % 2 === 0 ? 1 : 0;
  return (world.field('cacheTag.iommu').get(tag) * 2 + isDevice) * 256 + (tag & 0xff);
}

/** A tag of the domain for the same entries of the same cache: device-TLBs are the device's, the rest the IOMMU's. */
function findTag(
  world: StepContext,
  domain: number,
  type: number,
  did: number,
  device: number,
  pasid: number,
): number {
  const tags = world.objects('cacheTag');
  const field = (name: string) => world.field(`cacheTag.${name}`);
  const { iommu } = world.shape.devices[device];
  for (let tag = tags.following(0); tag !== 0; tag = tags.following(tag)) {
    if (tag === 0 || field('domain').get(tag) !== domain || field('type').get(tag) !== type) continue;
    if (field('did').get(tag) !== did || field('pasid').get(tag) !== pasid) continue;
    if (type % 2 === 0 ? field('device').get(tag) === device : field('iommu').get(tag) === iommu + 1)
      return tag;
  }
  return 0;
}

/** The steps of the hardware, and what the driver does to its own lists in one go under their lock. */
export const steps: StepSet = {
  ...vtdSteps,

  /** Fill a tag that nobody knows yet. */
  fillTag: {
    kind: 'store',
    inputs: ['tag', 'type', 'did', 'device', 'pasid'],
    skipped: 0,
    says: 'fill the cache tag',
    bind: (world) => (tag, type, did, device, pasid) => {
      const values = { type, did, device, pasid, iommu: world.shape.devices[device].iommu + 1, users: 1 };
      for (const [name, value] of Object.entries(values)) world.field(`cacheTag.${name}`).set(tag, value);
      return 0;
    },
  },
  findTag: read('look for such a tag', ['domain', 'like'], (world, domain, like) => {
    const of = (name: string) => world.field(`cacheTag.${name}`).get(like);
    return findTag(world, domain, of('type'), of('did'), of('device'), of('pasid'));
  }),
  tagOf: read('look for the tag', ['domain', 'type', 'did', 'device', 'pasid'], findTag),
  nextTag: read('next cache tag', ['domain', 'after'], (world, domain, after) => {
    const tags = world.objects('cacheTag');
    const from = after === 0 ? 0 : tagOrder(world, after);
    let best = 0;
    for (let tag = tags.following(0); tag !== 0; tag = tags.following(tag)) {
      if (tag === 0 || world.field('cacheTag.domain').get(tag) !== domain || tagOrder(world, tag) <= from)
        continue;
      if (best === 0 || tagOrder(world, tag) < tagOrder(world, best)) best = tag;
    }
    return best;
  }),
  /** Whether the domain's IOTLB entries are flushed by PASID: first-stage formats and nested ones. */
  usesPasidFlush: read('read the format of the domain', ['domain'], (world, domain) =>
    world.field('domain.isFirst').get(domain) !== 0 || world.field('domain.parent').get(domain) !== 0 ? 1 : 0,
  ),
  infoAts: read('is ATS on', ['device'], (world, device) => world.field('info.ats').get(device + 1)),
  fillDomainIommu: {
    kind: 'store',
    inputs: ['of', 'domain', 'iommu', 'did'],
    skipped: 0,
    says: 'note the domain id',
    bind: (world) => (of, domain, iommu, did) => {
      for (const [name, value] of Object.entries({ domain, iommu, did, users: 1 })) {
        world.field(`domainIommu.${name}`).set(of, value);
      }
      return 0;
    },
  },
  listDevicePasid: {
    kind: 'store',
    inputs: ['of', 'domain', 'device', 'pasid'],
    skipped: 0,
    says: 'put the PASID on the list of the domain',
    bind: (world) => (of, domain, device, pasid) => {
      for (const [name, value] of Object.entries({ domain, device, pasid })) {
        world.field(`devicePasid.${name}`).set(of, value);
      }
      return 0;
    },
  },
  devicePasidOf: read(
    'look for the PASID on the list of the domain',
    ['domain', 'device', 'pasid'],
    (world, domain, device, pasid) =>
      first(
        world,
        'devicePasid',
        (get) => get('domain') === domain && get('device') === device && get('pasid') === pasid,
      ),
  ),
  /** The blocking domain is a static object of another type: what lies behind it is read as a list and a lock. */
  misreadBlocked: {
    kind: 'read',
    inputs: ['domain'],
    skipped: 0,
    says: 'search the list of a domain that has none',
    bind: (world) => () => {
      world.misuse('the blocking domain used as one with a list of PASIDs');
      return 0;
    },
  },
  /** The array of a domain's ids is read without asking whether the IOMMU is in it. */
  missingDomainId: {
    kind: 'read',
    inputs: ['domain'],
    skipped: 0,
    says: 'put a domain id that is not there',
    bind: (world) => () => {
      world.misuse('the id of a domain put where it has none');
      return 0;
    },
  },
  /** WARN_ON(info->iopf_refcount) of iommu_disable_pci_pri: some attachment of the device has never given page faults up. */
  faultsLeft: {
    kind: 'read',
    inputs: ['device'],
    skipped: 0,
    says: 'warn of a page-fault count that is left',
    bind: (world) => () => {
      world.misuse('the page-fault count of a device that goes is not zero');
      return 0;
    },
  },
  listSubdeviceLink: {
    kind: 'store',
    inputs: ['of', 'domain', 'device'],
    skipped: 0,
    says: 'put the device on the list of the domain',
    bind: (world) => (of, domain, device) => {
      for (const [name, value] of Object.entries({ domain, device, users: 1 })) {
        world.field(`subdeviceLink.${name}`).set(of, value);
      }
      return 0;
    },
  },
  subdeviceLinkOf: read(
    'look for the device on the list of the domain',
    ['domain', 'device'],
    (world, domain, device) =>
      first(world, 'subdeviceLink', (get) => get('domain') === domain && get('device') === device),
  ),
  nextPending: read('next unanswered page request of the device', ['device'], (world, device) =>
    first(world, 'faultGroup', (get) => get('pending') !== 0 && get('device') === device),
  ),
  /** How many `devices` or `iommus` there are. */
  countOf: {
    kind: 'other',
    inputs: [],
    statics: ['what'],
    skipped: 0,
    instant: true,
    bind:
      ({ shape }, { what }) =>
      () =>
        what === 'devices' ? shape.devices.length : shape.iommus.length,
  },
  /** Where in its own address space the guest keeps its table. */
  guestTable: {
    kind: 'other',
    inputs: [],
    skipped: 0,
    instant: true,
    bind: (world) => () => world.callers.pageNumber(0),
  },
  /** kfree of a group that somebody else may have on his list. */
  freeDelivered: {
    kind: 'release',
    inputs: ['group'],
    skipped: 0,
    says: 'free the page request',
    bind: (world) => (group) => {
      if (world.field('faultGroup.delivered').get(group) !== 0)
        world.misuse("page request freed on its handler's list");
      world.objects('faultGroup').destroy(group);
      return 0;
    },
  },
};
