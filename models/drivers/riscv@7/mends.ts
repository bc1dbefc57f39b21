import type { Mend } from '../../../src/vocabulary/design.js';

/** Flaws of the driver, each with its repair, found by reading the source given. */
export const mends: readonly Mend[] = [
  {
    name: 'fence-where-sent',
    flaw: 'An unmap walks the list of devices once to send invalidations and once more to wait for them: an IOMMU whose last device leaves in between is not waited for, and the page is free while its IOTLB may still lead to it.',
    repair: 'Wait for each IOMMU that was sent an invalidation.',
    source: 'riscv_iommu_iotlb_inval, drivers/iommu/riscv/iommu.c, Linux 7.1 merge window',
    causes: [],
  },
];
