import type { ObjectKind } from '../../../src/vocabulary/design.js';
import { faultGroup } from '../../core/page-faults.js';

/** How the hardware is driven: devices have PASIDs, and domains subdevices, in scalable mode alone. */
export type Mode = 'scalable' | 'legacy';

/** Kinds of domain: what a domain's `kind` holds. */
export const PAGING = 0;
export const IDENTITY = 3;

/** struct dmar_domain. Reference count and domain id are kept for each IOMMU. */
export const domain: ObjectKind = {
  name: 'domain',
  fields: {
    kind: 'int',
    pgd: 'frame',
    hasDeviceTlb: 'int',
    count0: 'int',
    count1: 'int',
    did0: 'int',
    did1: 'int',
  },
  // A caller may make one while the number of another is free again and its domain not yet.
  order: 'any',
  capacity: ({ spaces, groups, callers }) => spaces + groups + callers + 2,
};

/** What hangs on the struct device: its info, or none. */
export const deviceFunction: ObjectKind = {
  name: 'function',
  one: 'device',
  fields: { info: 'ref' },
  capacity: ({ devices }) => devices,
};

/** si_domain, and the empty default domain of translated worlds. */
export const defaults: ObjectKind = {
  name: 'defaults',
  one: 'world',
  fields: { identity: 'ref', translated: 'ref' },
  capacity: () => 1,
};

/** Designs that answer page requests name them; there are none. */
export const noFaultGroups: ObjectKind = { ...faultGroup, capacity: () => 0 };

export const objects: readonly ObjectKind[] = [
  domain,
  {
    /** struct device_domain_info: made at each attach of the whole device. On the domain's list of devices by `domain`. */
    name: 'info',
    fields: { domain: 'ref', device: 'int', directory: 'frame', ats: 'int' },
    capacity: ({ devices }) => 2 * devices,
  },
  {
    /**
     * struct subdev_domain_info: one for a domain and the parent of subdevices attached to it. With `pasid` it stands for that PASID
     * alone, attached by number.
     */
    name: 'link',
    fields: { domain: 'ref', device: 'int', users: 'int', pasid: 'int' },
    capacity: ({ slots, callers }) => slots + callers,
  },
  deviceFunction,
  defaults,
  noFaultGroups,
];
