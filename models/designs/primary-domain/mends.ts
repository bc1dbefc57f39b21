import type { Mend } from '../../../src/vocabulary/design.js';

export const mends: readonly Mend[] = [
  {
    name: 'group-attach-rolls-back',
    flaw: 'When a device of a group fails to attach, those before it stay in the new domain, where the detach that follows does not look for them.',
    repair: 'Ask every device first, and move those that have moved back before returning an error.',
    source: 'drivers/iommu/iommu.c 5.15, __iommu_attach_group()',
    causes: [],
  },
  {
    name: 'detach-cannot-fail',
    flaw: 'When the way back to the default domain fails, group->domain keeps naming the domain that the caller then frees, and the device stays in it.',
    repair: 'Try again until there is memory.',
    source: 'drivers/iommu/iommu.c 5.15, __iommu_detach_group()',
    causes: [],
  },
  {
    name: 'free-refuses-attached',
    flaw: 'iommu_domain_free() takes a domain that a group is attached to: the devices are cut off and group->domain dangles.',
    repair: 'Refuse with EBUSY.',
    source: 'drivers/iommu/iommu.c 5.15, iommu_domain_free(); intel/iommu.c, domain_exit()',
    causes: [],
  },
];
