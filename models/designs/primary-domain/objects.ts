import type { ObjectKind } from '../../../src/vocabulary/design.js';

/** struct iommu_group: `domain` is the space its devices are attached to, 0 while they are on the default domain. */
export const group: ObjectKind = {
  name: 'group',
  one: 'group',
  fields: { domain: 'ref', owner: 'int' },
  capacity: ({ groups }) => groups,
};

/** A device as its group's user has it open: the group stays attached while any member is. */
export const member: ObjectKind = {
  name: 'member',
  one: 'device',
  fields: { attached: 'int' },
  capacity: ({ devices }) => devices,
};

/** An iommu_domain and what its user keeps beside it: `owner` has its descriptor, `users` are calls under way that hold it. */
export const space: ObjectKind = {
  name: 'space',
  fields: { domain: 'ref', owner: 'int', users: 'int', closing: 'int' },
  order: 'any',
  capacity: ({ spaces, callers }) => spaces + callers,
};

/** struct vfio_dma: a pinned range of one page. */
export const mapping: ObjectKind = {
  name: 'mapping',
  fields: { space: 'ref', page: 'int', frame: 'int', size: 'int' },
  capacity: ({ spaces, pages, callers }) => spaces * pages + callers,
};

export const objects: readonly ObjectKind[] = [group, member, space, mapping];
