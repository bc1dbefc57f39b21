import type { Mend } from '../../../src/vocabulary/design.js';

/** Flaws of the driver, each with its repair. Where no commit is named, the flaw was found by reading the source given. */
export const mends: readonly Mend[] = [
  {
    name: 'failed-attach-restores',
    flaw: 'An attach blocks the device before it has checked or allocated anything, and a failure leaves it blocked.',
    repair:
      'Take everything the new domain needs first, and put the old entry back if the new one cannot be set.',
    source:
      'intel_iommu_attach_device, drivers/iommu/intel/iommu.c, Linux 7.1 merge window; __iommu_device_set_domain trusts the driver to undo',
    causes: [
      'mapped-means-reachable:translation of a part of the group:iommufd/map/putHwpt',
      'mapped-means-reachable:translation not put back:iommufd/replace/unlockFailed',
      'atomic-failure:what a route is attached to:iommufd/replace/unlockFailed',
      'atomic-failure:object states, identifiers or references:iommufd/replace/unlockFailed',
      'atomic-failure:translations of a route:iommufd/replace/unlockFailed',
      'group-coherence:group:iommufd/replace/unlockFailed',
      'mapped-means-reachable:translation:iommufd/map/putHwpt',
      'mapped-means-reachable:translation:iommufd/replace/unlockFailed',
      'mapped-means-reachable:translation of a part of the group:iommufd/replace/unlockFailed',
      'mapped-means-reachable:translation lost beside a failing call:iommufd/replace/unlockFailed',
      'mapped-means-reachable:translation lost beside a call that memory failed:iommufd/attach/unlockFailed',
    ],
    unseenIn: {
      ioasid: 'a RID is blocked before it is attached, so that there is nothing to restore',
    },
  },
  {
    name: 'tags-follow-entry',
    flaw: "The cache tags of a RID are listed after its entry translates and go before it is down, and an attach that cannot list its own takes off a neighbour's: an unmap flushes nobody.",
    repair:
      'List the tags before the entry is set, take them off when it is down, and give back only what was taken.',
    source:
      'dmar_domain_attach_device, its out_block_translation and device_block_translation, drivers/iommu/intel/iommu.c, Linux 7.1 merge window; order from the fix of CVE-2024-56669',
    causes: [
      'isolation:translated access in flight:iommufd/unmap/putHwpt',
      'isolation:device-TLB entry:iommufd/unmap/putHwpt',
      'isolation:access in flight (second stage):iommufd/unmap/putHwpt',
      'isolation:access in flight (first stage):iommufd/unmap/putHwpt',
      'isolation:access in flight (second stage):vtd@7/unmapPage/clearLeaf',
      'isolation:device-TLB entry:vtd@7/unmapPage/clearLeaf',
      'isolation:translated access in flight:vtd@7/unmapPage/clearLeaf',
      'no-stale-iotlb:IOTLB entry (second stage):vtd@7/unmapPage/clearLeaf',
      'no-stale-iotlb:access in flight (second stage):vtd@7/unmapPage/clearLeaf',
      'no-stale-iotlb:device-TLB entry:vtd@7/unmapPage/clearLeaf',
      'no-stale-iotlb:translated access in flight:vtd@7/unmapPage/clearLeaf',
      'isolation:access in flight (first stage):vtd@7/unmapPage/clearLeaf',
      'no-stale-iotlb:IOTLB entry (first stage):vtd@7/unmapPage/clearLeaf',
      'no-stale-iotlb:access in flight (first stage):vtd@7/unmapPage/clearLeaf',
      'no-stale-iotlb:first-stage paging-structure-cache entry of a freed frame:vtd@7/dropTable/freeTable',
      'no-stale-iotlb:cached not-present second-stage entry:vtd@7/mapPage/storeLeaf',
      'no-stale-iotlb:device-TLB entry of a freed frame:ioasid/leaveIoasid/put',
      'no-stale-iotlb:device-TLB entry of a freed frame:iommufd/unmap',
      'isolation:access in flight (first stage):ioasid/leaveIoasid/put',
      'isolation:access in flight (first stage):iommufd/unmap',
      'isolation:access in flight (second stage):ioasid/leaveIoasid/put',
      'isolation:access in flight (second stage):iommufd/unmap',
      'isolation:device-TLB entry:ioasid/leaveIoasid/put',
      'isolation:device-TLB entry:iommufd/unmap',
      'isolation:translated access in flight:ioasid/leaveIoasid/put',
      'isolation:translated access in flight:iommufd/unmap',
      'no-stale-iotlb:IOTLB entry (nested):guestWrite',
      'no-stale-iotlb:access in flight (nested):guestWrite',
      'no-stale-iotlb:address of a nested first-stage table, not yet translated:guestWrite',
      'no-stale-iotlb:nested first-stage page, not yet translated:guestWrite',
      'no-stale-iotlb:nested paging-structure-cache entry:guestWrite',
    ],
  },
  {
    name: 'old-faults-put',
    flaw: 'A RID that moves away from a domain with a fault handler never gives back its page-fault count.',
    repair: 'Give it back when the old domain has been left, as for PASIDs.',
    source:
      'intel_iommu_attach_device ignores `old`, drivers/iommu/intel/iommu.c, Linux 7.1 merge window (17fce9d2336d)',
    causes: [
      'no-use-after-free:the page-fault count of a device that goes is not zero:vtd@7/releaseDevice/warnFaults',
    ],
    unseenIn: {
      ioasid: 'a handler is of a device and not of a domain, so that no attachment counts',
    },
  },
  {
    name: 'faults-off-keeps-groups',
    flaw: 'Leaving the page-fault queue frees groups that the handler still has on its lists.',
    repair: 'Answer and unlink them; the holder frees them.',
    source:
      'iopf_queue_remove_device, drivers/iommu/io-pgfault.c, called in detach since 17fce9d2336d; for SVA CVE-2025-38594',
    causes: [
      "no-use-after-free:page request freed on its handler's list:vtd@7/disableFaults/free",
      'no-use-after-free:freed faultGroup used:iommufd/pageRequestThread/deliver',
    ],
    unseenIn: {
      ioasid: 'the handler has been waited for and has answered everything when page faults are switched off',
    },
  },
  {
    name: 'fence-before-device-tlb',
    flaw: 'A device-TLB invalidation without PASID is sent behind PASID-based IOTLB ones, which it need not wait for.',
    repair: 'Wait for the IOTLB before the device-TLB is flushed.',
    source:
      'cache_tag_flush_range, drivers/iommu/intel/cache.c, Linux 7.1 merge window; VT-d specification 5.10, 6.5.2.12',
    causes: [
      'isolation:refilled device-TLB entry:ioasid/leaveIoasid/put',
      'isolation:refilled device-TLB entry:iommufd/unmap',
      'isolation:refilled device-TLB entry:vtd@7/unmapPage/clearLeaf',
      'isolation:refilled translated access in flight:ioasid/leaveIoasid/put',
      'isolation:refilled translated access in flight:iommufd/unmap',
      'isolation:refilled translated access in flight:vtd@7/unmapPage/clearLeaf',
      'no-stale-iotlb:refilled device-TLB entry:vtd@7/unmapPage/clearLeaf',
      'no-stale-iotlb:refilled translated access in flight:vtd@7/unmapPage/clearLeaf',
    ],
  },
  {
    name: 'pasid-table-at-probe',
    flaw: "The page that holds the RID's entry is allocated when the entry is first set, by callers that must not fail among others.",
    repair: 'Allocate it with the directory, when the device is probed.',
    source: 'intel_pasid_get_entry, drivers/iommu/intel/pasid.c, Linux 7.1 merge window',
    causes: [
      'group-coherence:group, memory having run out:iommufd/releaseOwner/unlockSet',
      'group-coherence:group, memory having run out in a call to refuse:iommufd/releaseOwner/unlockSet',
      'group-coherence:group, memory having run out:iommufd/reset/unlockDevice',
      'group-coherence:group parted beside a failing call, memory having run out:iommufd/releaseOwner/unlockFailed',
      'mapped-means-reachable:translation, memory having run out:iommufd/releaseOwner/unlockSet',
      'mapped-means-reachable:translation of a part of the group, memory having run out:iommufd/releaseOwner/unlockSet',
      'mapped-means-reachable:translation of a part of the group, memory having run out in a call to refuse:iommufd/releaseOwner/unlockSet',
      'mapped-means-reachable:translation of a part of the group, memory having run out:iommufd/reset/unlockDevice',
      'mapped-means-reachable:translation of a part of the group, memory having run out:iommufd/releaseOwner/unlockFailed',
      'mapped-means-reachable:translation lost beside a failing call, memory having run out:iommufd/claimOwner/unlockFailed',
      'mapped-means-reachable:translation, memory having run out:iommufd/reset/unlockDevice',
      // What a reset has hidden, being open, shows with the next call that returns.
      'group-coherence:group, memory having run out:iommufd/probe/unlockProbed',
      'mapped-means-reachable:translation, memory having run out:iommufd/probe/unlockProbed',
      'mapped-means-reachable:translation of a part of the group, memory having run out:iommufd/probe/unlockProbed',
    ],
    unseenIn: {
      ioasid: 'giving a device back is tried until there is memory for it',
    },
  },
  {
    name: 'drain-always',
    flaw: 'Taking an entry down drains its page requests only while the device has a domain with a fault handler: not for others, and not when the detach of a RID or the replace of a PASID has given the handler up just before.',
    repair: 'Drain whenever the device can ask for pages.',
    source:
      'intel_iommu_drain_pasid_prq, drivers/iommu/intel/prq.c, with blocking_domain_attach_dev and intel_iommu_set_dev_pasid, Linux 7.1 merge window; kin of CVE-2025-38594 (f0b9d31c6edd)',
    causes: ['fault-answered:request left in the queue:iommufd/detach/unlockSet'],
    unseenIn: {
      ioasid: 'detach drains what it has ended by itself',
    },
  },
];
