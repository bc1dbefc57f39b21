import type { ObjectKind } from '../../../src/vocabulary/design.js';

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
    capacity: ({ devices, slots, callers }) => 2 * (devices + slots) + callers,
  },
  {
    // The default domain of a group, made when its first device is probed.
    name: 'groupDefault',
    one: 'group',
    fields: { domain: 'ref', devices: 'int' },
    capacity: ({ groups }) => groups,
  },
  {
    // The static blocking domain.
    name: 'blocking',
    one: 'world',
    fields: { domain: 'ref' },
    capacity: () => 1,
  },
  {
    // How many subdevices of a device share an attachment to a domain.
    name: 'subdeviceLink',
    fields: { domain: 'ref', device: 'int', users: 'int' },
    capacity: ({ slots, callers }) => slots + callers,
  },
  {
    // struct iopf_group: a page request that software has taken and not answered; on the list of its device while `pending`
    name: 'faultGroup',
    fields: {
      device: 'int',
      request: 'int',
      pending: 'int',
      handle: 'ref', // the attachment it came in by
      queue: 'ref', // the queue of the handler's owner
      delivered: 'int', // 1 waits in the queue, 2 has been read by the handler
    },
    capacity: ({ requests }) => requests,
  },
];

/** PSCIDs and GSCIDs begin at 1; the code has 16 bits for them, which no world needs. */
export const LAST_ID = 31;
