import type { ObjectKind } from '../../../src/vocabulary/design.js';
import { blocking, groupDefault } from '../../core/default-domains.js';
import { faultGroup } from '../../core/page-faults.js';
import { subdeviceLink } from '../../core/subdevice-links.js';

/** Kinds of domain, as SPACE_KINDS numbers them. */
export const DOMAIN = { paging: 0, nested: 1, nestParent: 2, identity: 3, blocked: 4 } as const;

/** What the driver remembers. Handles of objects that there is one of for each device, group or world are the number plus one. */
export const objects: readonly ObjectKind[] = [
  {
    // struct riscv_iommu_domain
    name: 'domain',
    fields: {
      kind: 'int',
      root: 'frame',
      pscid: 'int',
      gscid: 'int', // parent: the id of its second stage
      guestTable: 'int', // nested: guest page number of the guest's table
      parent: 'ref', // nested
      faults: 'int', // has an iopf_handler
    },
    // One more than callers can number for each: a group's default, and a second one made while the first is replaced. A route may have
    // one that its design no longer gives to others.
    order: 'any',
    capacity: ({ spaces, groups, slots, devices, callers }) =>
      2 * spaces + groups + slots + devices + callers + 1,
  },
  {
    // struct riscv_iommu_info, with what features add that Linux has not for this architecture
    name: 'info',
    one: 'device',
    fields: { domain: 'ref', directory: 'frame', ats: 'int', faults: 'int' },
    capacity: ({ devices }) => devices,
  },
  {
    // struct riscv_iommu_bond of a RID (pasid 0) or of a PASID; on the list of `domain` while `listed`
    name: 'bond',
    fields: { domain: 'ref', device: 'int', pasid: 'int', listed: 'int' },
    order: 'any',
    capacity: ({ devices, slots, callers }) => 2 * (devices + slots) + callers,
  },
  groupDefault,
  blocking,
  subdeviceLink,
  faultGroup,
];

/** PSCIDs and GSCIDs begin at 1; the code has 16 bits for them, which no world needs. */
export const LAST_ID = 31;
