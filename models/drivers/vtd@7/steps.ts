import { vtdSteps } from '../../../src/hardware/vtd/steps/index.js';
import type { StepContext } from '../../../src/vocabulary/context.js';
import { fillObject, firstObject, read, step } from '../../../src/vocabulary/make-step.js';
import type { StepSet } from '../../../src/vocabulary/step.js';
import { faultSteps } from '../../core/page-faults.js';
import { subdeviceSteps } from '../../core/subdevice-links.js';

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
    if (field('domain').get(tag) !== domain || field('type').get(tag) !== type) continue;
    if (field('did').get(tag) !== did || field('pasid').get(tag) !== pasid) continue;
    if (type % 2 === 0 ? field('device').get(tag) === device : field('iommu').get(tag) === iommu + 1)
      return tag;
  }
  return 0;
}

/** The steps of the hardware, and what the driver does to its own lists in one go under their lock. */
export const steps: StepSet = {
  ...vtdSteps,
  ...faultSteps,
  ...subdeviceSteps,

  /** Fill a tag that nobody knows yet. */
  fillTag: step(
    'store',
    'fill the cache tag',
    ['tag', 'type', 'did', 'device', 'pasid'],
    (world, tag, type, did, device, pasid) => {
      const iommu = world.shape.devices[device].iommu + 1;
      return fillObject(world, 'cacheTag', tag, { type, did, device, pasid, iommu, users: 1 });
    },
  ),
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
      if (world.field('cacheTag.domain').get(tag) !== domain || tagOrder(world, tag) <= from) continue;
      if (best === 0 || tagOrder(world, tag) < tagOrder(world, best)) best = tag;
    }
    return best;
  }),
  /** Whether the domain's IOTLB entries are flushed by PASID: first-stage formats and nested ones. */
  usesPasidFlush: read('read the format of the domain', ['domain'], (world, domain) =>
    world.field('domain.isFirst').get(domain) !== 0 || world.field('domain.parent').get(domain) !== 0 ? 1 : 0,
  ),
  infoAts: read('is ATS on', ['device'], (world, device) => world.field('info.ats').get(device + 1)),
  fillDomainIommu: step(
    'store',
    'note the domain id',
    ['of', 'domain', 'iommu', 'did'],
    (world, of, domain, iommu, did) => fillObject(world, 'domainIommu', of, { domain, iommu, did, users: 1 }),
  ),
  listDevicePasid: step(
    'store',
    'put the PASID on the list of the domain',
    ['of', 'domain', 'device', 'pasid'],
    (world, of, domain, device, pasid) => fillObject(world, 'devicePasid', of, { domain, device, pasid }),
  ),
  devicePasidOf: read(
    'look for the PASID on the list of the domain',
    ['domain', 'device', 'pasid'],
    (world, domain, device, pasid) =>
      firstObject(
        world,
        'devicePasid',
        (get) => get('domain') === domain && get('device') === device && get('pasid') === pasid,
      ),
  ),
  /** The blocking domain is a static object of another type: what lies behind it is read as a list and a lock. */
  misreadBlocked: read('search the list of a domain that has none', ['domain'], (world) => {
    world.misuse('the blocking domain used as one with a list of PASIDs');
    return 0;
  }),
  /** The array of a domain's ids is read without asking whether the IOMMU is in it. */
  missingDomainId: read('put a domain id that is not there', ['domain'], (world) => {
    world.misuse('the id of a domain put where it has none');
    return 0;
  }),
};
