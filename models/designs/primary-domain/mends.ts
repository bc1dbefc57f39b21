import type { Mend } from '../../../src/vocabulary/design.js';

/** Procedures of a design that end what `release` and `probe` do: where their consequences are seen. */
interface Ends {
  readonly release: string;
  readonly probe: string;
}

/** Flaws of whole-device attachments, as they show in a design that attaches so. */
export const wholeMends = (design: string, { release, probe }: Ends): readonly Mend[] => [
  {
    name: 'group-attach-rolls-back',
    flaw: 'When a device of a group fails to attach, those before it stay in the new domain, where the detach that follows does not look for them.',
    repair: 'Ask every device first, and move those that have moved back before returning an error.',
    source: 'drivers/iommu/iommu.c 5.15, __iommu_attach_group()',
    causes: [
      `atomic-failure:object states, identifiers or references:${design}/attachGroup/putPartly`,
      `atomic-failure:translations of a route:${design}/attachGroup/putPartly`,
      `group-coherence:group:${design}/attachGroup/putPartly`,
      `isolation:access in flight (second stage):${design}/attachGroup/putPartly`,
      `isolation:attach before its refusal:${design}/attachGroup/putPartly`,
      `isolation:device-TLB entry:${design}/attachGroup/putPartly`,
      `isolation:translated access in flight:${design}/attachGroup/putPartly`,
      `mapped-means-reachable:translation:${design}/attachGroup/putPartly`,
    ],
  },
  {
    name: 'detach-cannot-fail',
    flaw: 'When the way back to the default domain fails, group->domain keeps naming the domain that the caller then frees, and the device stays in it.',
    repair: 'Try again until there is memory.',
    source: 'drivers/iommu/iommu.c 5.15, __iommu_detach_group()',
    causes: [
      `group-coherence:group:${design}/attachGroup/put`,
      `group-coherence:group:${design}/claimOwner/unlockFailed`,
      `group-coherence:group:${design}/detachGroup/unlockGroup`,
      `isolation:access in flight (pass-through):${design}/attachGroup/put`,
      `isolation:access in flight (second stage):${design}/detachGroup/unlockGroup`,
      `isolation:access in flight (second stage):${design}/${release}`,
      `isolation:device-TLB entry:${design}/attachGroup/put`,
      `isolation:device-TLB entry:${design}/detachGroup/unlockGroup`,
      `isolation:device-TLB entry:${design}/${release}`,
      `isolation:translated access in flight:${design}/attachGroup/put`,
      `isolation:translated access in flight:${design}/detachGroup/unlockGroup`,
      `isolation:translated access in flight:${design}/${release}`,
      `mapped-means-reachable:translation:${design}/detachGroup/unlockGroup`,
      `mapped-means-reachable:translation:${design}/${probe}`,
      `mapped-means-reachable:translation:${design}/${release}`,
    ],
  },
  {
    name: 'free-refuses-attached',
    flaw: 'iommu_domain_free() takes a domain that a group is attached to: the devices are cut off and group->domain dangles.',
    repair: 'Refuse with EBUSY.',
    source: 'drivers/iommu/iommu.c 5.15, iommu_domain_free(); intel/iommu.c, domain_exit()',
    causes: [
      `errno-contract:iommu_domain_free accepted a call it must refuse (spaceInUse):${design}/freeSpace/destroy`,
      `mapped-means-reachable:translation:${design}/freeSpace/destroy`,
      `mapped-means-reachable:translation:${design}/reset/resetDevice`,
      'mapped-means-reachable:translation:vtd@5.17/mapPage/linkTable',
      'mapped-means-reachable:translation:vtd@5.17/tearDownEntry/zeroWord',
      `no-stale-iotlb:IOTLB entry (pass-through):${design}/reset/resetDevice`,
      `no-stale-iotlb:PASID-cache entry:${design}/reset/resetDevice`,
      `no-stale-iotlb:access in flight (pass-through):${design}/reset/resetDevice`,
      // A group attach under way takes no lock that this keeps away from the domain.
      'isolation:access in flight (pass-through):vtd@5.17/setEntry/storePassThroughDid',
      'no-use-after-free:freed domain read (count0):vtd@5.17/attachIommu/takeReference',
      'no-use-after-free:freed domain read (did0):vtd@5.17/attachIommu/setDid',
      'no-use-after-free:freed domain read (hasDeviceTlb):vtd@5.17/refreshDeviceTlb/clearFlag',
      'no-use-after-free:freed domain read (pgd):vtd@5.17/setEntry/readRoot',
      'no-use-after-free:freed domain written (count0):vtd@5.17/attachIommu/takeReference',
      'no-use-after-free:freed domain written (did0):vtd@5.17/attachIommu/setDid',
      'no-use-after-free:freed info read (ats):vtd@5.17/enableAts/isOn',
      'no-use-after-free:freed info read (directory):vtd@5.17/attachRid/readTable',
      'no-use-after-free:freed info read (domain):vtd@5.17/leaveDomainLocked/readDomain',
      `no-use-after-free:freed space read (domain):${design}/probe/findDomain`,
      'no-use-after-free:freed table page written:vtd@5.17/setEntry/storePassThrough',
      'no-use-after-free:freed table page written:vtd@5.17/setEntry/storePassThroughDid',
      `one-order:attach:${design}/attachGroup/putFailed`,
      `one-order:freeSpace:${design}/freeSpace/destroy`,
    ],
  },
];
