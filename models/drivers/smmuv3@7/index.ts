import { type DriverDefinition, defineDriver } from '../../../src/vocabulary/design.js';
import { linkSubdevice, unlinkSubdevice } from '../../core/subdevice-links.js';
import { ridProcedures } from './attach-rid.js';
import { attachProcedures } from './attach.js';
import { domainProcedures } from './domain.js';
import { entryProcedures } from './entry.js';
import { faultProcedures } from './faults.js';
import { flushProcedures } from './flush.js';
import { mends } from './mends.js';
import { shows } from './shows.js';
import { nestedProcedures } from './nested.js';
import { LAST_ID, objects } from './objects.js';
import { pasidProcedures } from './pasid.js';
import { probeProcedures } from './probe.js';
import { steps } from './steps.js';
import { tableProcedures } from './table.js';

const driver: DriverDefinition = defineDriver({
  name: 'smmuv3@7',
  title: 'Arm SMMUv3 driver of Linux 7.x: invalidation arrays, entries changed in place where they can be',
  source:
    'drivers/iommu/arm/arm-smmu-v3/{arm-smmu-v3,arm-smmu-v3-iommufd}.c, drivers/iommu/io-pgtable-arm.c, Linux 7.1 merge window (2026)',
  hardware: 'smmuv3',
  objects,
  // Their names say what they are to the properties: VMIDs, and ASIDs below VMID 0.
  pools: { did: { low: 1, high: LAST_ID }, space: { low: 1, high: LAST_ID } },
  steps,
  procedures: (mended) => [
    ...probeProcedures,
    ...domainProcedures,
    ...tableProcedures,
    ...flushProcedures,
    ...entryProcedures,
    ...attachProcedures(mended),
    ...ridProcedures(mended),
    ...pasidProcedures,
    ...nestedProcedures,
    ...faultProcedures(mended),
    linkSubdevice,
    unlinkSubdevice,
  ],
  mends,
  shows,
  // One word of the stream table entry changes: arm_smmu_write_entry. Between domains of stage 1 the context descriptor is invalid.
  hitless: [
    { from: 'blocked', to: 'paging' },
    { from: 'paging', to: 'blocked' },
    { from: 'identity', to: 'paging' },
    { from: 'paging', to: 'identity' },
    { from: 'nestParent', to: 'nested' },
    { from: 'nested', to: 'nestParent' },
  ],
  boot: ['boot'],
  lacks: {
    pasidOnSecondStage: {
      errno: 'EINVAL',
      reason:
        'PASIDs have context descriptors of their own, and a stream with a stage 2 has none or its guest has them',
    },
    secondStageBesidePasids: {
      errno: 'EBUSY',
      reason: 'a stream with a stage 2 has no context descriptors for the PASIDs that are in use',
    },
  },
});

export default driver;
