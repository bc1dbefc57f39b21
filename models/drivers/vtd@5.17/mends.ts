import type { Mend } from '../../../src/vocabulary/design.js';

export const mends: readonly Mend[] = [
  {
    name: 'device-tlb-flag-follows-links',
    flaw: 'has_iotlb_device comes late or never: it is refreshed after ATS has come on, and otherwise only when an IOMMU is new to the domain, so that a device with ATS that joins one without behind the same IOMMU is never flushed.',
    repair: 'Refresh it before ATS comes on, and whenever a subdevice is linked.',
    source:
      'intel/iommu.c 5.15, iommu_enable_dev_iotlb(); domain_attach_iommu() → domain_update_iommu_cap() → domain_update_iotlb(); 7c29ada5e700 mended the lists only',
    causes: [
      'isolation:device-TLB entry:vtd@5.17/unmapPage/clearLeaf',
      'isolation:translated access in flight:vtd@5.17/unmapPage/clearLeaf',
      'no-stale-iotlb:device-TLB entry:vtd@5.17/unmapPage/clearLeaf',
      'no-stale-iotlb:translated access in flight:vtd@5.17/unmapPage/clearLeaf',
    ],
    unseenIn: {
      'primary-domain':
        'there are no subdevices to link, and where ATS stays on over attachments, as reattach-keeps-table has it, no unmap meets it coming on',
    },
  },
  {
    name: 'attach-prepares-first',
    flaw: 'The old attachment is removed before the new one is certain, so a failed attach leaves the device blocked.',
    repair: 'Allocate everything and take the domain id first; what follows cannot fail.',
    source: 'intel/iommu.c 5.15, intel_iommu_attach_device()',
    causes: [
      'errno-contract:iommu_attach_ioasid failed with EBUSY: nothing is wrong with the call:ioasid/attach/unlockFailed',
      'errno-contract:iommu_probe_device failed with EBUSY: nothing is wrong with the call:ioasid/probe/unlockFailed',
      'errno-contract:iommu_probe_device failed with EBUSY: nothing is wrong with the call:iommufd/probe/unlockDevice',
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
      'mapped-means-reachable:translation lost beside a failing call:aux-domain/attachGroup/putFailed',
    ],
  },
  {
    name: 'reattach-keeps-table',
    flaw: 'Attaching the whole device again, to the default domain too, begins from nothing, and detaching it leaves nothing: its PASID table is freed with the entries of attached subdevices present and unflushed, a blocked device can be given none, that its aux feature was on is forgotten, and ATS goes off and on.',
    repair:
      'Change the entry of the RID alone; table, aux feature and ATS stay without an attachment and pass on to the new one, and a replace needs no memory.',
    source:
      'intel/iommu.c 5.15, __dmar_remove_one_dev_info() of attach and of intel_iommu_detach_device(), dmar_insert_one_dev_info() (auxd_enabled = 0); intel/pasid.c, intel_pasid_free_table()',
    causes: [
      'errno-contract:VFIO_DEVICE_ATTACH_IOMMUFD_PT failed with EBUSY: nothing is wrong with the call:iommufd/attach/unlockFailed',
      'errno-contract:VFIO_DEVICE_ATTACH_IOMMUFD_PT failed with EINVAL: nothing is wrong with the call:iommufd/attach/unlockFailed',
      'errno-contract:VFIO_DEVICE_BIND_IOMMUFD failed with EBUSY: nothing is wrong with the call:iommufd/claimOwner/unlockFailed',
      'errno-contract:iommu_attach_ioasid failed with EINVAL: nothing is wrong with the call:ioasid/attach/unlockFailed',
      'group-coherence:group:iommufd/attach/unlockFailed',
      'group-coherence:group:iommufd/claimOwner/unlockFailed',
      'group-coherence:group:iommufd/releaseOwner/unlockSet',
      'mapped-means-reachable:translation:ioasid/leaveIoasid/put',
      'mapped-means-reachable:translation:iommufd/attach/unlockFailed',
      'mapped-means-reachable:translation:iommufd/claimOwner/unlockFailed',
      'mapped-means-reachable:translation:iommufd/map/putHwpt',
      'mapped-means-reachable:translation:iommufd/releaseOwner/unlockSet',
      'mapped-means-reachable:translation of a part of the group:iommufd/releaseOwner/unlockSet',
      'mapped-means-reachable:translation:iommufd/reset/unlockDevice',
      'errno-contract:iommu_attach_group, iommu_aux_attach_device accepted a call it must refuse (auxEnabled):aux-domain/attachGroup/put',
      'errno-contract:iommu_attach_group, iommu_aux_attach_device failed with EPERM: nothing is wrong with the call:aux-domain/auxAttach/putFailed',
      'errno-contract:iommu_dev_disable_feature failed with EBUSY: nothing is wrong with the call:aux-domain/disableFeature/unlockFailed',
      'errno-contract:iommu_domain_free failed with EBUSY: nothing is wrong with the call:aux-domain/freeSpace/close',
      'mapped-means-reachable:translation:vtd@5.17/disableAts/disablePasid',
      'mapped-means-reachable:translation:aux-domain/auxAttach/unlockGroup',
      'mapped-means-reachable:translation:aux-domain/map/put',
      'no-stale-iotlb:IOTLB entry (second stage):vtd@5.17/removeDevice/clearContext',
      'no-stale-iotlb:PASID-cache entry:vtd@5.17/removeDevice/clearContext',
      'no-stale-iotlb:access in flight (second stage):vtd@5.17/disableAts/disablePasid',
      'no-stale-iotlb:device-TLB entry:vtd@5.17/removeDevice/clearContext',
      'no-stale-iotlb:second-stage paging-structure-cache entry:vtd@5.17/removeDevice/clearContext',
      'no-stale-iotlb:translated access in flight:vtd@5.17/removeDevice/clearContext',
      'lifecycle:domain FREE while live:vtd@5.17/freeTables4/freePage',
      'no-stale-iotlb:PASID-cache entry of a freed pasid:aux-domain/putPasid/put',
      'one-order:attach (auxEnabled):aux-domain/attachGroup/put',
    ],
    unseenIn: {
      'primary-domain':
        'without subdevices a PASID table holds the entry of the RID alone, which detach takes down',
    },
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
    name: 'aux-link-allocation-checked',
    flaw: 'auxiliary_link_device() uses the link it allocates without a look at whether there is one.',
    repair: 'Return ENOMEM.',
    source: '1a590a1c8bf4 (5.13); unchecked in 5.11, 5.12 and in the removed lines',
    causes: ['no-use-after-free:no link used:vtd@5.17/linkSubdevice/storeDomain'],
    unseenIn: {
      'primary-domain': 'there are no subdevices to link',
    },
  },
];
