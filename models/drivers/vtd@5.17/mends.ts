import type { Mend } from '../../../src/vocabulary/design.js';

export const mends: readonly Mend[] = [
  {
    name: 'device-tlb-flag-follows-links',
    flaw: 'has_iotlb_device is refreshed only when an IOMMU is new to the domain, so an ATS device that joins one without ATS behind the same IOMMU is never flushed.',
    repair: 'Refresh it whenever a subdevice is linked.',
    source:
      'intel/iommu.c 5.15, domain_attach_iommu() → domain_update_iommu_cap() → domain_update_iotlb(); 7c29ada5e700 mended the lists only',
    causes: [
      'isolation:device-TLB entry:vtd@5.17/unmapPage/clearLeaf',
      'isolation:translated access in flight:vtd@5.17/unmapPage/clearLeaf',
      'no-stale-iotlb:device-TLB entry:vtd@5.17/unmapPage/clearLeaf',
      'no-stale-iotlb:translated access in flight:vtd@5.17/unmapPage/clearLeaf',
    ],
  },
  {
    name: 'attach-prepares-first',
    flaw: 'The old attachment is removed before the new one is certain, so a failed attach leaves the device blocked.',
    repair: 'Allocate everything and take the domain id first; what follows cannot fail.',
    source: 'intel/iommu.c 5.15, intel_iommu_attach_device()',
    causes: [
      'atomic-failure:object states, identifiers or references:primary-domain/attachGroup/putFailed',
      'atomic-failure:object states, identifiers or references:aux-domain/attachGroup/putFailed',
      'atomic-failure:translations of a route:primary-domain/attachGroup/putFailed',
      'atomic-failure:translations of a route:aux-domain/attachGroup/putFailed',
      'group-coherence:group:primary-domain/attachGroup/putFailed',
      'group-coherence:group:aux-domain/attachGroup/putFailed',
      'group-coherence:group:primary-domain/probe/unlockGroup',
      'group-coherence:group:aux-domain/probeParent/unlockParent',
      'mapped-means-reachable:translation:primary-domain/attachGroup/putFailed',
      'mapped-means-reachable:translation:aux-domain/attachGroup/putFailed',
    ],
  },
  {
    name: 'reattach-keeps-table',
    flaw: 'Attaching the whole device again, to the default domain too, begins from nothing, and detaching it leaves nothing: its PASID table is freed with the entries of attached subdevices present and unflushed, a blocked device can be given none, that its aux feature was on is forgotten, and ATS goes off and on, on before the domain is told of the device-TLB.',
    repair:
      'Change the entry of the RID alone; table, aux feature and ATS stay without an attachment and pass on to the new one, a replace needs no memory, and a domain is told before ATS comes on.',
    source:
      'intel/iommu.c 5.15, __dmar_remove_one_dev_info() of attach and of intel_iommu_detach_device(), dmar_insert_one_dev_info() (auxd_enabled = 0), iommu_enable_dev_iotlb(); intel/pasid.c, intel_pasid_free_table()',
    causes: [
      'errno-contract:iommu_attach_group, iommu_aux_attach_device accepted a call it must refuse (auxEnabled):aux-domain/attachGroup/put',
      'errno-contract:iommu_attach_group, iommu_aux_attach_device failed with EPERM: nothing is wrong with the call:aux-domain/auxAttach/putFailed',
      'errno-contract:iommu_dev_disable_feature failed with EBUSY: nothing is wrong with the call:aux-domain/disableFeature/unlockFailed',
      'errno-contract:iommu_domain_free failed with EBUSY: nothing is wrong with the call:aux-domain/freeSpace/close',
      'mapped-means-reachable:translation:vtd@5.17/disableAts/disablePasid',
      'mapped-means-reachable:translation:aux-domain/auxAttach/put',
      'mapped-means-reachable:translation:aux-domain/auxAttach/unlockGroup',
      'mapped-means-reachable:translation:aux-domain/map/put',
      'no-stale-iotlb:IOTLB entry (second stage):vtd@5.17/removeDevice/clearContext',
      'no-stale-iotlb:PASID-cache entry:vtd@5.17/removeDevice/clearContext',
      'no-stale-iotlb:access in flight (second stage):vtd@5.17/disableAts/disablePasid',
      'no-stale-iotlb:device-TLB entry:vtd@5.17/removeDevice/clearContext',
      'no-stale-iotlb:second-stage paging-structure-cache entry:vtd@5.17/removeDevice/clearContext',
      'no-stale-iotlb:translated access in flight:vtd@5.17/removeDevice/clearContext',
    ],
  },
  {
    name: 'superpage-flushes-before-free',
    flaw: 'A large page mapped over an emptied table frees the table before the cached entry that leads to it is flushed.',
    repair: 'Clear the entry, flush, then free.',
    source: 'intel/iommu.c 5.15, switch_to_super_page(); 20210415004628.1779-1-longpeng2@huawei.com',
    causes: [
      'no-stale-iotlb:second-stage paging-structure-cache entry of a freed frame:vtd@5.17/freeBelow/freePage',
    ],
  },
  {
    name: 'failed-map-is-synced',
    flaw: 'A map that runs out of memory leaves the tables it has linked, and an emulated IOMMU that cached the entries as not present is not told.',
    repair: 'Flush the range if a table was linked.',
    source: 'iommu_map() 5.15: no iotlb_sync_map on the error path; intel/iommu.c, __domain_mapping()',
    causes: ['no-stale-iotlb:cached not-present second-stage entry:vtd@5.17/mapPage/linkTable'],
  },
  {
    name: 'aux-link-allocation-checked',
    flaw: 'auxiliary_link_device() uses the link it allocates without a look at whether there is one.',
    repair: 'Return ENOMEM.',
    source: '1a590a1c8bf4 (5.13); unchecked in 5.11, 5.12 and in the removed lines',
    causes: ['no-use-after-free:no link used:vtd@5.17/linkSubdevice/storeDomain'],
  },
];
