import { defineDesign } from '../../../src/vocabulary/design.js';
import { freeSpace } from '../primary-domain/free-space.js';
import { sharedProcedures } from '../primary-domain/procedures.js';
import { COUNTS_GROUPS } from '../primary-domain/steps.js';
import { attach, attachDefault, attachDevice, detach, mayJoin } from './attach.js';
import { auxAttach, putPasid } from './aux-attach.js';
import { auxDetach, detachSubdevice } from './aux-detach.js';
import { disableFeature, enableFeature } from './features.js';
import { mends } from './mends.js';
import { objects } from './objects.js';
import { operations } from './operations.js';
import { COUNTS_SUBDEVICES, steps } from './steps.js';
import { createSubdevice, isLent, probeParent, releaseParent, removeSubdevice } from './subdevices.js';

export default defineDesign({
  name: 'aux-domain',
  title: 'Auxiliary domains: a domain carries one PASID, subdevices are attached by their parent',
  source:
    'Linux 5.2 until the removal of 2022-02: drivers/iommu/{iommu.c,intel/iommu.c}, vfio type1 with its mdev hook',
  driver: 'vtd@5.17',
  objects,
  pools: { pasid: { low: 1, high: 63 } },
  steps,
  procedures: (mended) => [
    ...sharedProcedures(mended),
    attach,
    attachDefault(mended),
    attachDevice(mended),
    auxAttach(mended),
    auxDetach,
    createSubdevice,
    detach,
    detachSubdevice(mended),
    disableFeature(mended),
    enableFeature,
    freeSpace(
      (mended('free-refuses-attached') ? COUNTS_GROUPS : 0) +
        (mended('free-refuses-subdevices') ? COUNTS_SUBDEVICES : 0),
    ),
    isLent,
    mayJoin,
    probeParent,
    putPasid(mended),
    releaseParent,
    removeSubdevice,
  ],
  operations,
  mends,
  slots: 'created',
  pasidChosenBy: 'design',
  userDefault: 'asKernel',
  attachScope: 'group',
  needs: ['pasid'],
});
