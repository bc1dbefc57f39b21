import type { ObjectKind } from '../../../src/vocabulary/design.js';
import { group, mapping, member, space } from '../primary-domain/objects.js';

/**
 * A mediated device on a slot of its parent, which is on the parent's list once `parent` names its device plus one. `space` is
 * what its user attached it to.
 */
const subdevice: ObjectKind = {
  name: 'subdevice',
  fields: { parent: 'int', slot: 'int', space: 'ref' },
  capacity: ({ slots, callers }) => slots + callers,
};

/** What the driver keeps of a parent: auxd_enabled, and how many domains have subdevices of it. */
const parent: ObjectKind = {
  name: 'parent',
  one: 'device',
  fields: { aux: 'int', links: 'int' },
  capacity: ({ devices }) => devices,
};

/** A domain has a PASID of its own (default_pasid), and a list of parents of its subdevices, kept as its length. */
const auxSpace: ObjectKind = { ...space, fields: { ...space.fields, pasid: 'int', links: 'int' } };

export const objects: readonly ObjectKind[] = [group, member, auxSpace, mapping, subdevice, parent];
