import type { ObjectKind } from '../../../src/vocabulary/design.js';

/** What a group's devices translate by: `group.state`. */
export const STATE = { default: 0, blocking: 1, domain: 2 } as const;

/** What has become of a page request on its queue: `faultGroup.delivered`. */
export const WAITING = 1;
export const READ = 2;
/** Waiting, though its queue has been searched already for what its attachment leaves behind. */
export const LATE = 3;

export const objects: readonly ObjectKind[] = [
  {
    // struct iommu_group: its domain, its DMA owner (principal, 0 the kernel) and the device being reset, plus one
    name: 'group',
    one: 'group',
    fields: { state: 'int', domain: 'ref', owner: 'int', resetting: 'int' },
    capacity: ({ groups }) => groups,
  },
  {
    // Whether the device has left the list of its group.
    name: 'member',
    one: 'device',
    fields: { gone: 'int' },
    capacity: ({ devices }) => devices,
  },
  {
    // struct iommufd_ioas with its io_pagetable
    name: 'ioas',
    fields: {},
    order: 'any',
    capacity: ({ spaces, callers }) => spaces + callers,
  },
  {
    // struct iommufd_hw_pagetable. `users` is 1 while the object can be found and nobody uses it.
    name: 'hwpt',
    fields: {
      owner: 'int',
      users: 'int',
      ioas: 'ref',
      domain: 'ref',
      listed: 'ref', // the ioas whose areas are mapped in it
      parent: 'ref', // nested: the hwpt it stands on
      nestParent: 'int',
      base: 'ref', // with a fault queue: the space's own hwpt that it stands beside
      device: 'int', // with a fault queue: the device it is meant for, plus one
      fault: 'ref',
    },
    // Beside the spaces' own: what a route still has of a queue that is closed, and the open one of each device.
    order: { within: 'ioas' },
    capacity: ({ spaces, groups, slots, devices, callers }) => spaces + groups + slots + devices + callers,
  },
  {
    // struct iopt_area with its pages; `live` while pages is set
    name: 'area',
    fields: { ioas: 'ref', page: 'int', size: 'int', frame: 'int', permission: 'int', live: 'int' },
    capacity: ({ spaces, pages, callers }) => spaces * pages + callers,
  },
  {
    // struct iommufd_fault
    name: 'fault',
    fields: { owner: 'int', device: 'int', closed: 'int' },
    capacity: ({ groups, slots, devices, callers }) => groups + slots + devices + callers,
  },
  {
    // struct iommufd_attach: one for a group's RIDs, one for each PASID of a device
    name: 'attachment',
    fields: { key: 'int', hwpt: 'ref', handle: 'ref' },
    capacity: ({ groups, slots, callers }) => groups + slots + callers,
  },
  {
    // attach.device_array: the devices that were attached one by one
    name: 'attached',
    fields: { attachment: 'ref', device: 'int' },
    capacity: ({ devices, slots, callers }) => devices + slots + callers,
  },
  {
    // struct iommufd_attach_handle
    name: 'attachHandle',
    fields: { hwpt: 'ref', device: 'int', searched: 'ref' },
    order: 'any',
    capacity: ({ groups, slots, callers }) => groups + slots + 2 * callers,
  },
  {
    // group.pasid_array: which handle stands for a route; 0 while it is reserved
    name: 'arrayEntry',
    fields: { key: 'int', device: 'int', pasid: 'int', handle: 'ref' },
    capacity: ({ groups, slots, callers }) => groups + slots + callers,
  },
];
