import type { ObjectKind } from '../../../src/vocabulary/design.js';

/** A page request that has been handed to its handler: `faultGroup.delivered`. */
export const DELIVERED = 1;

export const objects: readonly ObjectKind[] = [
  {
    // Whose the devices of a group are: a principal, 0 the kernel.
    name: 'group',
    one: 'group',
    fields: { owner: 'int' },
    capacity: ({ groups }) => groups,
  },
  {
    // One page table. `users` are the calls under way in it; `gone` is set when it has left the table of handles.
    name: 'ioasid',
    fields: { owner: 'int', kind: 'int', domain: 'ref', parent: 'ref', users: 'int', gone: 'int' },
    capacity: ({ spaces, callers }) => spaces + callers,
  },
  {
    // A RID (pasid 0) or a RID with a PASID that may use the table: on the list of `ioasid`. Devices are stored plus one.
    // `asked` tells the device that was attached from those that moved with it, being of its group.
    name: 'route',
    fields: { ioasid: 'ref', device: 'int', pasid: 'int', asked: 'int' },
    capacity: ({ devices, slots, callers }) => 2 * devices + slots + callers,
  },
  {
    // A pinned page of a table.
    name: 'mapping',
    fields: { space: 'ref', page: 'int', frame: 'int', size: 'int' },
    capacity: ({ spaces, pages, callers }) => spaces * pages + callers,
  },
  {
    // Who gets the page requests that come in by routes of `ioasid` on the device.
    name: 'handler',
    fields: { device: 'int', ioasid: 'ref', owner: 'int' },
    capacity: ({ devices, callers }) => devices + callers,
  },
];
