import device from '../../models/lifecycles/device.js';
import domain from '../../models/lifecycles/domain.js';
import group from '../../models/lifecycles/group.js';
import hwpt from '../../models/lifecycles/hwpt.js';
import invalidation from '../../models/lifecycles/invalidation.js';
import pageRequest from '../../models/lifecycles/page-request.js';
import pasid from '../../models/lifecycles/pasid.js';
import subdevice from '../../models/lifecycles/subdevice.js';
import { compileLifecycle } from '../../src/statechart/lifecycle-table.js';

/** Every lifecycle, compiled. */
export const lifecycles = new Map(
  [device, domain, group, hwpt, invalidation, pageRequest, pasid, subdevice].map((machine) => {
    const table = compileLifecycle(machine);
    return [table.name, table] as const;
  }),
);
