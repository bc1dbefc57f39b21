import { defineDesign } from '../../../src/vocabulary/design.js';
import { wholeMends } from './mends.js';
import { objects } from './objects.js';
import { operations } from './operations.js';
import { ownProcedures, sharedProcedures } from './procedures.js';
import { steps } from './steps.js';

export default defineDesign({
  name: 'primary-domain',
  title: 'One domain for a device: iommu_domain_alloc and iommu_attach_group, with vfio type1 on top',
  source: 'drivers/iommu/iommu.c, drivers/vfio/{vfio,vfio_iommu_type1}.c of Linux 5.15–5.17',
  driver: 'vtd@5.17',
  objects,
  steps,
  procedures: (mended) => [...sharedProcedures(mended), ...ownProcedures(mended)],
  operations,
  mends: wholeMends('primary-domain', { release: 'releaseDevice/unlockGroup', probe: 'probe/unlockGroup' }),
  slots: 'none',
  pasidChosenBy: 'design',
  userDefault: 'asKernel',
  attachScope: 'group',
});
