import type { Mend } from '../../../src/vocabulary/design.js';
import { mends as scalable } from '../vtd@5.17/mends.js';

/** A flaw of code that both modes run, with what it causes here. */
function shared(name: string, causes: readonly string[], more: Partial<Mend> = {}): Mend {
  const mend = scalable.find((each) => each.name === name);
  if (mend === undefined) throw new Error(`vtd@5.17 has no mend '${name}'`);
  return { ...mend, ...more, causes };
}

export const mends: readonly Mend[] = [
  shared(
    'attach-prepares-first',
    [
      'mapped-means-reachable:translation, memory having run out:iommufd/reset/unlockDevice',
      'mapped-means-reachable:translation, memory having run out:iommufd/map/putHwpt',
      'mapped-means-reachable:translation not put back:iommufd/replace/unlockFailed',
      'mapped-means-reachable:translation lost beside a failing call, memory having run out:iommufd/releaseOwner/unlockFailed',
      'errno-contract:VFIO_DEVICE_ATTACH_IOMMUFD_PT failed with EBUSY: nothing is wrong with the call:iommufd/replace/unlockFailed',
      'atomic-failure:what a route is attached to:iommufd/replace/unlockFailed',
      'atomic-failure:translations of a route:iommufd/replace/unlockFailed',
      'mapped-means-reachable:translation not put back:primary-domain/attachGroup/putFailed',
      'group-coherence:group not put back:primary-domain/attachGroup/putFailed',
      'atomic-failure:what a route is attached to:primary-domain/attachGroup/putFailed',
      'atomic-failure:object states, identifiers or references:primary-domain/attachGroup/putFailed',
      'mapped-means-reachable:translation lost beside a failing call:iommufd/attach/unlockFailed',
      'no-leak:did id is missing:teardown',
      'atomic-failure:translations of a route:primary-domain/attachGroup/putFailed',
      'errno-contract:VFIO_DEVICE_ATTACH_IOMMUFD_PT failed with EBUSY: nothing is wrong with the call:iommufd/attach/unlockFailed',
      'errno-contract:iommu_attach_ioasid failed with EBUSY: nothing is wrong with the call:ioasid/attach/unlockFailed',
      'errno-contract:iommu_probe_device failed with EBUSY: nothing is wrong with the call:ioasid/probe/unlockFailed',
      'errno-contract:iommu_probe_device failed with EBUSY: nothing is wrong with the call:iommufd/probe/unlockDevice',
      'group-coherence:group:iommufd/attach/unlockFailed',
      'group-coherence:group, memory having run out:iommufd/releaseOwner/unlockSet',
      'group-coherence:group parted beside a failing call, memory having run out:iommufd/releaseOwner/unlockFailed',
      'group-coherence:group:iommufd/reset/unlockDevice',
      'group-coherence:group:primary-domain/attachGroup/putFailed',
      'group-coherence:group:primary-domain/probe/unlockGroup',
      'mapped-means-reachable:translation:iommufd/attach/unlockFailed',
      'mapped-means-reachable:translation:iommufd/map/putHwpt',
      'mapped-means-reachable:translation:iommufd/replace/unlockFailed',
      'mapped-means-reachable:translation, memory having run out:iommufd/releaseOwner/unlockSet',
      'mapped-means-reachable:translation, memory having run out:iommufd/unmap/putHwpt',
      'mapped-means-reachable:translation, memory having run out:primary-domain/attachGroup/putFailed',
      'mapped-means-reachable:translation lost beside a call that memory failed:primary-domain/attachGroup/putFailed',
      'mapped-means-reachable:translation lost beside a failing call, memory having run out:iommufd/attach/unlockFailed',
      'mapped-means-reachable:translation of a part of the group, memory having run out:iommufd/releaseOwner/unlockFailed',
      'mapped-means-reachable:translation of a part of the group, memory having run out:iommufd/releaseOwner/unlockSet',
      'mapped-means-reachable:translation of a part of the group:iommufd/reset/unlockDevice',
      'mapped-means-reachable:translation:primary-domain/attachGroup/putFailed',
      'no-leak:info is missing:teardown',
    ],
    {
      repair:
        "Make the device's info when it is probed and keep it, and take the domain id first; what follows cannot fail.",
      source:
        'intel/iommu.c 5.15, intel_iommu_attach_device(), dmar_insert_one_dev_info(); info since probe: 586081d3f6b1 (5.18)',
    },
  ),
  {
    name: 'device-tlb-flag-before-ats',
    flaw: 'ATS is switched on in the device before has_iotlb_device is set, and an unmap in between flushes no device-TLB.',
    repair: 'Tell the domain, then switch ATS on.',
    source:
      'intel/iommu.c 5.15, iommu_enable_dev_iotlb(); iommu_flush_dev_iotlb() reads the flag without a lock',
    causes: [
      'isolation:device-TLB entry:vtd-legacy@5.17/unmapPage/clearLeaf',
      'isolation:translated access in flight:vtd-legacy@5.17/unmapPage/clearLeaf',
      'no-stale-iotlb:device-TLB entry:vtd-legacy@5.17/unmapPage/clearLeaf',
      'no-stale-iotlb:translated access in flight:vtd-legacy@5.17/unmapPage/clearLeaf',
    ],
  },
  shared('superpage-flushes-before-free', [
    'no-stale-iotlb:second-stage paging-structure-cache entry of a freed frame:vtd-legacy@5.17/freeBelow/freePage',
  ]),
];
