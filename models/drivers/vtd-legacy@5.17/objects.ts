import type { ObjectKind } from '../../../src/vocabulary/design.js';
import { defaults, deviceFunction, domain, noFaultGroups } from '../vtd@5.17/objects.js';

export const objects: readonly ObjectKind[] = [
  domain,
  {
    /** struct device_domain_info: made at each attach. On the domain's list of devices by `domain`. */
    name: 'info',
    fields: { domain: 'ref', device: 'int', ats: 'int' },
    capacity: ({ devices }) => 2 * devices,
  },
  deviceFunction,
  defaults,
  noFaultGroups,
];
