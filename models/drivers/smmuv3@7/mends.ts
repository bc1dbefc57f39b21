import type { Mend } from '../../../src/vocabulary/design.js';

/** Flaws of the driver, each with its repair. */
export const mends: readonly Mend[] = [
  {
    name: 'tag-flushed-first',
    flaw: 'With its last route a domain loses its tag from the invalidation array before the TLBs are rid of it: an unmap in between flushes nothing, and frees pages that TLB entries still name, though no stream leads to them any more.',
    repair: 'Flush the tag, then take it off the array.',
    source:
      'arm_smmu_install_old_domain_invs, drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, Linux 7.1 merge window',
    causes: [
      'no-stale-iotlb:TLB entry (stage 1) of a freed frame:smmuv3@7/flushTag/flushAsid',
      'no-stale-iotlb:TLB entry (stage 1) of a freed frame:smmuv3@7/flushTag/isFirst',
      'no-stale-iotlb:TLB entry (stage 1) of a freed frame:smmuv3@7/flushTag/sync',
      'no-stale-iotlb:TLB entry (stage 1) of a freed frame:smmuv3@7/flushTag/wait',
      'no-stale-iotlb:TLB entry (stage 1) of a freed frame:smmuv3@7/leaveDomain/unlockInvs',
      'no-stale-iotlb:TLB entry (stage 1):smmuv3@7/unmapPage/clearLeaf',
      'no-stale-iotlb:cached stage 1 table descriptor of a freed frame:smmuv3@7/dropTable/freeTable',
    ],
  },
  {
    name: 'descriptor-cleared-first',
    flaw: "When a RID goes to identity or is blocked while its device's PASIDs keep the context descriptors in the stream table entry, descriptor 0 is cleared after the device-TLB and the TLBs have been flushed: a request with PASID 0 refills them in between, and nobody flushes them again.",
    repair: 'Clear the descriptor before the flushes.',
    source:
      'arm_smmu_attach_dev_ste, drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, Linux 7.1 merge window; IHI 0070, 5.2 (S1DSS)',
    causes: [
      'no-stale-iotlb:TLB entry (stage 1):smmuv3@7/clearContext/clearValid',
      'no-stale-iotlb:access in flight (stage 1):smmuv3@7/unmapPage/clearLeaf',
      'no-stale-iotlb:cached stage 1 table descriptor:smmuv3@7/clearContext/clearValid',
      'no-stale-iotlb:device-TLB entry:smmuv3@7/clearContext/clearValid',
      'no-stale-iotlb:device-TLB entry:smmuv3@7/unmapPage/clearLeaf',
      'no-stale-iotlb:translated access in flight:smmuv3@7/clearContext/clearValid',
      'no-stale-iotlb:translated access in flight:smmuv3@7/unmapPage/clearLeaf',
      'no-stale-iotlb:refilled translated access in flight:smmuv3@7/clearContext/clearValid',
      'no-stale-iotlb:refilled translated access in flight:smmuv3@7/unmapPage/clearLeaf',
      'no-stale-iotlb:cached stage 1 table descriptor of a freed frame:smmuv3@7/freeDomain/freeTable',
    ],
  },
  {
    name: 'guest-entries-flushed',
    flaw: "A route that leaves a nested domain while others stay on the parent's VMID leaves the guest's translations in the TLBs: only the guest could invalidate them, and it need not know.",
    repair:
      "Flush the stage 1 entries of the parent's VMID when a route leaves a nested domain and the tag stays in use.",
    source:
      'arm_smmu_install_old_domain_invs with arm_smmu_attach_dev_nested, drivers/iommu/arm/arm-smmu-v3, Linux 7.1 merge window',
    causes: [
      'no-stale-iotlb:address of a nested stage 1 table, not yet translated:smmuv3@7/writeStream/storeFirst',
      'no-stale-iotlb:TLB entry (nested):smmuv3@7/writeStream/storeFirst',
      'no-stale-iotlb:cached nested table descriptor:smmuv3@7/writeStream/storeFirst',
      'no-stale-iotlb:nested stage 1 page, not yet translated:smmuv3@7/writeStream/storeFirst',
      'no-stale-iotlb:context descriptor partly read of a freed frame:iommufd/openQueue/putBase',
    ],
  },
  {
    name: 'faults-off-keeps-groups',
    flaw: 'Leaving the page-fault queue frees groups that the handler still has on its lists.',
    repair: 'Answer and unlink them; the holder frees them.',
    source:
      'iopf_queue_remove_device, drivers/iommu/io-pgfault.c, called by arm_smmu_disable_iopf in detach since cfea71aea921',
    causes: ["no-use-after-free:page request freed on its handler's list:smmuv3@7/disableFaults/free"],
  },
  {
    name: 'events-drained',
    flaw: 'Nothing waits for stalls of a route that stand in the event queue when it is taken down or moved: they are looked up, and answered, by whatever the route is attached to then.',
    repair: 'When no entry leads to the old domain any more, wait until no event of the route is left.',
    source:
      'arm_smmu_attach_commit and arm_smmu_blocking_set_dev_pasid with arm_smmu_handle_event, drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, Linux 7.1 merge window; kin of CVE-2025-38594 (f0b9d31c6edd)',
    causes: [
      'fault-answered:request left in the queue:iommufd/detach/unlockSet',
      'fault-answered:request left in the queue:iommufd/replace/unlockSet',
    ],
  },
];
