import type { ObjectKind } from '../../../src/vocabulary/design.js';
import { blocking, groupDefault } from '../../core/default-domains.js';
import { faultGroup } from '../../core/page-faults.js';
import { subdeviceLink } from '../../core/subdevice-links.js';

/** Types of cache tag: what has to be flushed when the domain changes. */
export const TAG = { iotlb: 1, deviceTlb: 2, nestingIotlb: 3, nestingDeviceTlb: 4 } as const;

/** Kinds of domain, as SPACE_KINDS numbers them. */
export const DOMAIN = { paging: 0, nested: 1, nestParent: 2, identity: 3, blocked: 4 } as const;

/** What the driver remembers. Numbers of devices and IOMMUs that may be absent are stored plus one. */
export const objects: readonly ObjectKind[] = [
  {
    // struct dmar_domain
    name: 'domain',
    fields: {
      kind: 'int',
      isFirst: 'int', // tables of the first-stage format
      root: 'frame',
      guestTable: 'int', // nested: guest page number of the guest's table
      parent: 'ref', // nested: s2_domain
      children: 'int', // parent: length of s1_domains
      faults: 'int', // has an iopf_handler
      syncMap: 'int', // iotlb_sync_map: hardware may hold not-present results
    },
    sort: (get) => (get('kind') === DOMAIN.nestParent ? 'nest-parent' : ''),
    // One more than callers can number for each: a group's default, and a second one made while the first is replaced. A route may have
    // one that its design no longer gives to others.
    order: 'any',
    capacity: ({ spaces, groups, slots, devices, callers }) =>
      2 * spaces + groups + slots + devices + callers + 1,
  },
  {
    // struct device_domain_info; a device is on the list of a domain when `domain` names it
    name: 'info',
    one: 'device',
    fields: { directory: 'frame', domain: 'ref', attached: 'int', ats: 'int', faults: 'int' },
    capacity: ({ devices }) => devices,
  },
  {
    // struct iommu_domain_info: the domain's id on an IOMMU
    name: 'domainIommu',
    fields: { domain: 'ref', iommu: 'int', did: 'int', users: 'int' },
    order: 'any',
    capacity: ({ spaces, groups, slots, devices, callers, iommus }) =>
      (2 * spaces + groups + slots + devices + callers) * iommus,
  },
  {
    // struct dev_pasid_info
    name: 'devicePasid',
    fields: { domain: 'ref', device: 'int', pasid: 'int' },
    order: 'any',
    capacity: ({ slots, callers }) => 2 * slots + callers,
  },
  {
    // struct cache_tag; on the list of `domain`
    name: 'cacheTag',
    fields: {
      domain: 'ref',
      type: 'int',
      did: 'int',
      device: 'int',
      pasid: 'int',
      iommu: 'int',
      users: 'int',
    },
    order: 'any',
    capacity: ({ devices, slots, callers }) => 8 * (devices + slots) + callers,
  },
  groupDefault,
  blocking,
  subdeviceLink,
  faultGroup,
];

/** Domain ids a domain may have: 0 is reserved, 1 is that of pass-through entries. */
export const LAST_DOMAIN_ID = 31;
export const PASS_THROUGH_DOMAIN_ID = 1;
