import type { Mend } from '../../../src/vocabulary/design.js';
import { wholeMends } from '../primary-domain/mends.js';

const SEED = 'removal of the aux code, 2021-05 to 2022-02, intel/iommu.c';

export const mends: readonly Mend[] = [
  ...wholeMends('aux-domain', { release: 'releaseParent/unlockParent', probe: 'probeParent/unlockParent' }),
  {
    name: 'default-pasid-reset',
    flaw: "The domain keeps its PASID's number after putting it: a later attach uses what may be another domain's by then, and one that fails puts what it did not allocate.",
    repair: 'Forget the number with the put, in detach and in the failing attach.',
    source: `${SEED}, aux_domain_remove_dev() and link_failed of aux_domain_add_dev()`,
    causes: [
      'atomic-failure:object states, identifiers or references:aux-domain/auxAttach/putFailed',
      'no-use-after-free:pasid used after it was put and given to another:aux-domain/auxAttach/readPasid',
      'no-use-after-free:pasid used after it was put:aux-domain/auxAttach/readPasid',
    ],
  },
  {
    name: 'default-pasid-under-lock',
    flaw: 'The PASID is looked at, allocated and put outside every lock: two attaches of a domain at once allocate two, and one is lost.',
    repair: 'Hold a lock of the domain from the look to the end.',
    source: `${SEED}, aux_domain_add_dev() and aux_domain_remove_dev()`,
    causes: [
      'lifecycle:pasid PUT while allocated:aux-domain/auxAttach/readForPut',
      'lifecycle:pasid PUT while allocated:aux-domain/detachSubdevice/readForPut',
      'lifecycle:pasid PUT while allocated:aux-domain/putPasid/reset',
      'lifecycle:pasid SET while free:vtd@5.17/attachPasid/unlockIommu',
      'no-leak:pasid id is left over:teardown',
      'mapped-means-reachable:translation:aux-domain/auxAttach/put',
    ],
  },
  {
    name: 'disable-refuses-attached',
    flaw: 'The aux feature is switched off under attached subdevices; their detach then returns early and the entries stay.',
    repair: 'Refuse with EBUSY, and let an attach look at the feature again under the same lock.',
    source: `intel/iommu.c 5.15, intel_iommu_disable_auxd(); ${SEED}, aux_domain_remove_dev()`,
    causes: [
      'errno-contract:iommu_dev_disable_feature accepted a call it must refuse (featureBusy):aux-domain/disableFeature/unlockParent',
      'isolation:access in flight (second stage):aux-domain/disableFeature/unlockParent',
      'isolation:device-TLB entry:aux-domain/disableFeature/unlockParent',
      'isolation:translated access in flight:aux-domain/disableFeature/unlockParent',
      'one-order:disableFeature:aux-domain/disableFeature/unlockParent',
      'no-stale-iotlb:PASID-cache entry:vtd@5.17/removeDevice/clearContext',
      'errno-contract:mdev_device_remove failed with EBUSY: nothing is wrong with the call:aux-domain/removeSubdevice/unlockParentBusy',
      'errno-contract:VFIO_GROUP_UNSET_CONTAINER, close failed with EBUSY: nothing is wrong with the call:aux-domain/releaseOwner/unlockLent',
      'errno-contract:iommu_domain_free failed with EBUSY: nothing is wrong with the call:aux-domain/freeSpace/close',
      'one-order:attach (featureOff):aux-domain/auxAttach/unlockGroup',
      'one-order:disableFeature (featureBusy):aux-domain/disableFeature/unlockParent',
      'one-order:disableFeature (featureBusy or absent):aux-domain/disableFeature/unlockParent',
    ],
  },
  {
    name: 'free-refuses-subdevices',
    flaw: 'iommu_domain_free() walks the devices of the domain and not its subdevices: their entries stay and point to freed tables.',
    repair: 'Refuse with EBUSY.',
    source: 'intel/iommu.c 5.15, domain_exit() → domain_remove_dev_info()',
    causes: [
      'no-use-after-free:freed space used:aux-domain/detachSubdevice/put',
      'lifecycle:domain FREE while live:vtd@5.17/freeTables4/freePage',
      'no-stale-iotlb:PASID-cache entry of a freed frame:vtd@5.17/freeTables4/freePage',
      'no-stale-iotlb:second-stage paging-structure-cache entry of a freed frame:vtd@5.17/freeTables2/freeChild',
      'no-stale-iotlb:second-stage paging-structure-cache entry of a freed frame:vtd@5.17/freeTables2/freePage',
      'no-stale-iotlb:second-stage paging-structure-cache entry of a freed frame:vtd@5.17/freeTables3/freePage',
      'no-use-after-free:freed space used:aux-domain/detachSubdevice/isUnused',
      'lifecycle:domain FREE while live in a call to refuse:vtd@5.17/freeTables4/freePage',
      'no-stale-iotlb:PASID-cache entry of a freed frame in a call to refuse:vtd@5.17/freeTables4/freePage',
      'no-stale-iotlb:second-stage paging-structure-cache entry of a freed frame in a call to refuse:vtd@5.17/freeTables2/freeChild',
      'no-stale-iotlb:second-stage paging-structure-cache entry of a freed frame in a call to refuse:vtd@5.17/freeTables2/freePage',
    ],
  },
  {
    name: 'aux-respects-owner',
    flaw: "An aux attach takes no lock of the parent's group and does not ask who owns it.",
    repair: "Take the group's mutex and refuse with EPERM when a user other than the caller owns the group.",
    source: 'drivers/iommu/iommu.c 5.15, iommu_aux_attach_device()',
    causes: [
      'errno-contract:iommu_attach_group, iommu_aux_attach_device accepted a call it must refuse (notOwner):aux-domain/auxAttach/put',
      'exclusive-ownership:PASID of another under an owned RID:aux-domain/auxAttach/put',
      'exclusive-ownership:PASID of another under an owned RID:aux-domain/claimOwner/unlockGroup',
      'errno-contract:iommu_attach_group, iommu_aux_attach_device accepted a call it must refuse (noSlot, featureOff, absent):aux-domain/auxAttach/put',
      'one-order:attach:aux-domain/auxAttach/put',
      'one-order:attach (notOwner or noSlot or featureOff or absent):aux-domain/auxAttach/put',
      'one-order:claimOwner:aux-domain/claimOwner/unlockGroup',
      'exclusive-ownership:PASID of another under an owned RID in a call to refuse:aux-domain/auxAttach/put',
      'one-order:attach (notOwner):aux-domain/auxAttach/put',
    ],
  },
];
