import type { Mend } from '../../../src/vocabulary/design.js';

export const mends: readonly Mend[] = [
  {
    name: 'device-tlb-flag-follows-links',
    flaw: 'has_iotlb_device is refreshed only when an IOMMU is new to the domain, so an ATS device that joins one without ATS behind the same IOMMU is never flushed.',
    repair: 'Refresh it whenever a subdevice is linked.',
    source:
      'intel/iommu.c 5.15, domain_attach_iommu() → domain_update_iommu_cap() → domain_update_iotlb(); 7c29ada5e700 mended the lists only',
    causes: [],
  },
  {
    name: 'attach-prepares-first',
    flaw: 'The old attachment is removed before the new one is certain, so a failed attach leaves the device blocked.',
    repair: 'Allocate everything and take the domain id first; what follows cannot fail.',
    source: 'intel/iommu.c 5.15, intel_iommu_attach_device()',
    causes: [],
  },
  {
    name: 'reattach-keeps-table',
    flaw: 'Attaching the whole device again begins from nothing: its PASID table is freed with the entries of attached subdevices present and unflushed, and ATS goes off and on, on before the domain is told of the device-TLB.',
    repair:
      'Change the entry of the RID alone; the table and ATS pass on to the new attachment, and a domain is told before ATS comes on.',
    source:
      'intel/iommu.c 5.15, __dmar_remove_one_dev_info() and iommu_enable_dev_iotlb(); intel/pasid.c, intel_pasid_free_table()',
    causes: [],
  },
  {
    name: 'superpage-flushes-before-free',
    flaw: 'A large page mapped over an emptied table frees the table before the cached entry that leads to it is flushed.',
    repair: 'Clear the entry, flush, then free.',
    source: 'intel/iommu.c 5.15, switch_to_super_page(); 20210415004628.1779-1-longpeng2@huawei.com',
    causes: [],
  },
  {
    name: 'aux-link-allocation-checked',
    flaw: 'auxiliary_link_device() uses the link it allocates without a look at whether there is one.',
    repair: 'Return ENOMEM.',
    source: '1a590a1c8bf4 (5.13); unchecked in 5.11, 5.12 and in the removed lines',
    causes: [],
  },
];
