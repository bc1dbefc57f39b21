import type { Mend } from '../../../src/vocabulary/design.js';

/** Flaws of the driver, each with its repair, found by reading the source given. */
export const mends: readonly Mend[] = [
  {
    name: 'fence-before-iotinval',
    flaw: 'The IOTLB of a device context is flushed by a command that the IOMMU may execute before the one that invalidates the context ahead of it: until then the IOTLB fills again, and who is done first leaves the rest to others.',
    repair: 'Wait for a fence between the two.',
    source:
      'riscv_iommu_iodir_update with riscv_iommu_iodir_iotinval, drivers/iommu/riscv/iommu.c, Linux 7.1 merge window (f5c262b54497, "iommu/riscv: Add IOTINVAL after updating DDT/PDT entries"); RISC-V IOMMU specification 1.0, 3.1',
    causes: [
      'no-stale-iotlb:IOATC entry (first stage):riscv@7/updateContext/clearValid',
      'no-stale-iotlb:IOATC entry (second stage):riscv@7/updateContext/clearValid',
      'no-stale-iotlb:cached first-stage table entry:riscv@7/updateContext/clearValid',
      'no-stale-iotlb:cached second-stage table entry:riscv@7/updateContext/clearValid',
      'no-stale-iotlb:IOATC entry (second stage) in a call to refuse:riscv@7/updateContext/clearValid',
      'no-stale-iotlb:cached second-stage table entry in a call to refuse:riscv@7/updateContext/clearValid',
    ],
  },
];
