import type { Mend } from '../../../src/vocabulary/design.js';

/** Flaws of core and iommufd, each with its repair. Where no commit is named, the flaw was found by reading the source given. */
export const mends: readonly Mend[] = [
  {
    name: 'old-queue-answered',
    flaw: "Replace looks for the requests of the old attachment on the new table's queue: they stay, with a handle that is freed.",
    repair: 'Answer those of the old table.',
    source:
      'iommufd_hwpt_replace_device, fb21b1568ada; mail 9D652384339C69D5+20260710122952.885325-1-peiyang_he@smail.nju.edu.cn, applied 2026-07-13',
    causes: [
      'fault-answered:request left open:iommufd/replace/unlockSet',
      'fault-answered:request left open:iommufd/detach/unlockSet',
      'no-use-after-free:freed attachHandle used:iommufd/respond/readDevice',
    ],
  },
  {
    name: 'handles-outlive-thread',
    flaw: 'Detach and replace free an attach handle that the page request thread has looked up and uses without a reference.',
    repair: 'Let the thread finish what it is at before open requests are answered and the handle is freed.',
    source:
      'iommu_report_device_fault, drivers/iommu/io-pgfault.c, with iommufd_hwpt_detach_device, Linux 7.1 merge window',
    causes: ['no-use-after-free:freed attachHandle used:iommufd/pageRequestThread/readHwpt'],
  },
  {
    name: 'detach-during-reset',
    flaw: 'A detach that must not fail is refused while a device of the group is reset, and its caller frees the domain.',
    repair: 'Carry it out; done finds the group blocked.',
    source: '__iommu_group_set_domain_internal, CVE-2026-52952, fixed by 5474e6e17a26 and 8fc289e809f3',
    causes: [
      'isolation:access in flight (first stage):iommufd/detach/unlockSet',
      'errno-contract:VFIO_DEVICE_ATTACH_IOMMUFD_PT failed with EBUSY: nothing is wrong with the call:iommufd/attach/unlockFailed',
      'isolation:access in flight (second stage):iommufd/detach/unlockSet',
      'isolation:access in flight (second stage):iommufd/release/unlockDevice',
      'isolation:access in flight (second stage):vtd@7/mapPage/storeLeaf',
      'isolation:device-TLB entry:iommufd/detach/unlockSet',
      'isolation:device-TLB entry:iommufd/release/unlockDevice',
      'isolation:device-TLB entry:vtd@7/mapPage/storeLeaf',
      'isolation:translated access in flight:iommufd/detach/unlockSet',
      'isolation:translated access in flight:iommufd/release/unlockDevice',
      'isolation:translated access in flight:vtd@7/mapPage/storeLeaf',
      'mapped-means-reachable:translation:iommufd/claimOwner/unlockFailed',
      'mapped-means-reachable:translation:iommufd/freeSpace/destroyIoas',
      'mapped-means-reachable:translation:iommufd/probe/unlockProbed',
      'mapped-means-reachable:translation:iommufd/releaseOwner/unlockSet',
      'mapped-means-reachable:translation:iommufd/reset/unlockDevice',
      'no-leak:domain is left over:teardown',
      'no-leak:table page is left over:teardown',
      'isolation:access in flight (second stage):iommufd/attach/unlockFailed',
      'isolation:device-TLB entry:iommufd/attach/unlockFailed',
      'isolation:translated access in flight:iommufd/attach/unlockFailed',
      'isolation:access in flight (second stage):vtd@7/setupEntry/setPresent',
      'isolation:device-TLB entry:vtd@7/setupEntry/setPresent',
      'isolation:translated access in flight:vtd@7/setupEntry/setPresent',
      'isolation:access in flight (second stage):iommufd/replace/unlockFailed',
      'isolation:device-TLB entry:iommufd/replace/unlockFailed',
      'isolation:replace before its refusal:iommufd/replace/unlockFailed',
      'isolation:translated access in flight:iommufd/replace/unlockFailed',
      'mapped-means-reachable:translation lost beside a failing call:iommufd/claimOwner/unlockFailed',
    ],
  },
  {
    name: 'reset-keeps-attachments',
    flaw: "Reset ends the device's attachments and makes them anew: that can fail, and a detach in between undoes them twice.",
    repair: 'Take the entries down and set them again, and leave domain ids, tags and lists as they are.',
    source:
      'pci_dev_reset_iommu_prepare and _done, drivers/iommu/iommu.c, c279e83953d9; CVE-2026-52953 (1e659db46847) and CVE-2026-53281 (79ea2feb917b) came of it',
    causes: [
      'no-use-after-free:the blocking domain used as one with a list of PASIDs:vtd@7/removeDevicePasid/misread',
      'no-use-after-free:the id of a domain put where it has none:vtd@7/putDomainId/missing',
      'no-stale-iotlb:PASID-cache entry of a freed tag:vtd@7/putDomainId/releaseId',
    ],
  },
  {
    name: 'failed-map-unmaps-first',
    flaw: 'A map that fails in one domain unpins the page while the domains before it still have it mapped: who frees it meanwhile leaves it to the device.',
    repair: 'Unmap what is mapped, flush, and unpin last, as unmap does.',
    source:
      'iopt_area_fill_domains, drivers/iommu/iommufd/pages.c, f394576eb11d, label out_unmap, as it still was in the Linux 7.1 merge window',
    causes: [
      'no-stale-iotlb:refilled translated access in flight of a freed frame:iommufd/map',
      'isolation:access in flight (second stage):iommufd/map',
      'isolation:access in flight (first stage):iommufd/map',
      'isolation:device-TLB entry:iommufd/map',
      'isolation:translated access in flight:iommufd/map',
      'isolation:refilled translated access in flight:iommufd/map',
      'no-stale-iotlb:IOTLB entry (second stage) of a freed frame:iommufd/map',
      'no-stale-iotlb:IOTLB entry (first stage) of a freed frame:iommufd/map',
      'no-stale-iotlb:device-TLB entry of a freed frame:iommufd/map',
      'no-stale-iotlb:translated access in flight of a freed frame:iommufd/map',
    ],
  },
];
