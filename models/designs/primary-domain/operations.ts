import { BY_THE_WORLD, type DesignDefinition } from '../../../src/vocabulary/design.js';

const NO_PASID = 'a domain is attached to whole devices: no call names a PASID';
const NO_NESTING = 'no call hands a guest-managed table to the driver';
const NO_FAULTS = 'page requests reach SVA alone, not the users of domains';

const NO_POINTER = 'the caller has no descriptor of the group';

export const operations: DesignDefinition['operations'] = {
  probe: {
    procedure: 'probe',
    api: 'iommu_probe_device',
    refuses: { present: { errno: 'EBUSY' } },
    // As attach.
    shortage: ['EBUSY'],
  },
  release: {
    procedure: 'releaseDevice',
    api: 'iommu_release_device',
    refuses: { absent: { errno: 'void' } },
  },
  reset: { procedure: 'reset', api: 'VFIO_DEVICE_RESET', refuses: { absent: { errno: 'void' } } },
  claimOwner: {
    procedure: 'claimOwner',
    api: 'open(/dev/vfio/GROUP)',
    refuses: { absent: { errno: 'ENODEV' }, alreadyOwned: { errno: 'EBUSY' }, inUse: { errno: 'EINVAL' } },
  },
  releaseOwner: {
    procedure: 'releaseOwner',
    api: 'VFIO_GROUP_UNSET_CONTAINER, close',
    refuses: { notOwner: { errno: 'EPERM' }, inUse: { errno: 'EBUSY' } },
  },
  enableFeature: { cannot: 'iommu_dev_enable_feature() has nothing for whole-device domains' },
  disableFeature: { cannot: 'iommu_dev_disable_feature() has nothing for whole-device domains' },
  createSubdevice: { cannot: NO_PASID },
  removeSubdevice: { cannot: NO_PASID },
  createSpace: {
    procedure: 'createSpace',
    api: 'iommu_domain_alloc',
    refuses: {
      spaceExists: { unsayable: 'every call gives a new domain' },
      unsupportedKind: { errno: 'EINVAL' },
    },
  },
  freeSpace: {
    procedure: 'freeSpace',
    api: 'iommu_domain_free',
    refuses: {
      noSpace: { errno: 'EINVAL' },
      foreignSpace: { errno: 'EINVAL' },
      spaceInUse: { errno: 'EBUSY' },
    },
  },
  map: {
    procedure: 'map',
    api: 'VFIO_IOMMU_MAP_DMA',
    refuses: {
      noSpace: { errno: 'EINVAL' },
      foreignSpace: { errno: 'EINVAL' },
      foreignFrame: { errno: 'EFAULT' },
      overlap: { errno: 'EEXIST' },
      misaligned: { errno: 'EINVAL' },
    },
  },
  unmap: {
    procedure: 'unmap',
    api: 'VFIO_IOMMU_UNMAP_DMA',
    refuses: {
      noSpace: { errno: 'EINVAL' },
      foreignSpace: { errno: 'EINVAL' },
      // Type 1 v2 does not bisect: vfio_dma_do_unmap(), drivers/vfio/vfio_iommu_type1.c.
      cutsMapping: { errno: 'EINVAL' },
    },
  },
  protect: { cannot: 'no call changes the permission of a mapping' },
  attach: {
    procedure: 'attachGroup',
    api: 'iommu_attach_group',
    refuses: {
      noSpace: { errno: 'EINVAL' },
      foreignSpace: { errno: 'EINVAL' },
      wrongKind: { unsayable: 'there are no other kinds' },
      noSlot: { errno: 'EINVAL' },
      noFeature: { errno: 'EINVAL' },
      absent: { errno: 'ENODEV' },
      notOwner: { errno: 'EPERM' },
      alreadyAttached: { errno: 'EBUSY' },
      groupMismatch: { errno: 'EBUSY' },
    },
    // Want of memory and of domain ids inside the driver's attach is reported as EBUSY.
    shortage: ['EBUSY'],
  },
  detach: {
    procedure: 'detachGroup',
    api: 'iommu_detach_group',
    refuses: {
      absent: { errno: 'void' },
      noSlot: { errno: 'void' },
      noFeature: { errno: 'void' },
      notOwner: { unsayable: NO_POINTER },
      notAttached: { errno: 'void' },
    },
    // The group has changed hands meanwhile.
    busy: ['EPERM'],
  },
  replace: {
    cannot:
      'iommu_attach_group() of an attached group is EBUSY: a group moves by detach and attach, over its default domain',
  },
  bindNested: { cannot: NO_NESTING },
  unbindNested: { cannot: NO_NESTING },
  guestWrite: { cannot: NO_NESTING },
  guestInvalidate: { cannot: NO_NESTING },
  pageRequest: { cannot: NO_FAULTS },
  respond: { cannot: NO_FAULTS },
  registerFaultHandler: { cannot: NO_FAULTS },
  unregisterFaultHandler: { cannot: NO_FAULTS },
  allocFrame: BY_THE_WORLD,
  freeFrame: BY_THE_WORLD,
  dma: BY_THE_WORLD,
  prefetch: BY_THE_WORLD,
};
