import { BY_THE_WORLD, type DesignDefinition, type OperationAnswer } from '../../../src/vocabulary/design.js';

const NO_OBJECT =
  'a PASID is attached by its number: it has no object in the IOMMU layer, and neither has an mdev';
const NO_FEATURE = 'nothing is switched on beforehand: a route is all that there is';

/** An IOASID of another's file is no IOASID. */
const badSpace = { noSpace: { errno: 'ENOENT' }, foreignSpace: { errno: 'ENOENT' } } as const;

const attach: OperationAnswer = {
  procedure: 'attach',
  api: 'iommu_attach_ioasid',
  refuses: {
    ...badSpace,
    absent: { errno: 'ENODEV' },
    noFeature: { errno: 'EINVAL' },
    notOwner: { errno: 'EPERM' },
    alreadyAttached: { errno: 'EBUSY' },
    groupMismatch: { errno: 'EBUSY' },
  },
  shortage: ['ENOSPC', 'ENODEV'],
  busy: ['EBUSY', 'ENODEV', 'ENOENT', 'EPERM'],
};

const detach: OperationAnswer = {
  procedure: 'detach',
  api: 'iommu_detach_ioasid',
  refuses: {
    absent: { errno: 'void' },
    noFeature: { errno: 'void' },
    notOwner: { errno: 'void' },
    notAttached: { errno: 'void' },
  },
};

export const operations: DesignDefinition['operations'] = {
  probe: {
    procedure: 'probe',
    api: 'iommu_probe_device',
    refuses: { present: { errno: 'EBUSY' } },
    shortage: ['ENOSPC', 'ENODEV'],
  },
  release: {
    procedure: 'releaseDevice',
    api: 'iommu_release_device',
    refuses: { absent: { errno: 'void' } },
  },
  reset: { procedure: 'reset', api: 'pci_reset_function', refuses: { absent: { errno: 'void' } } },
  claimOwner: {
    procedure: 'claimOwner',
    api: 'device bind',
    refuses: { absent: { errno: 'ENODEV' }, alreadyOwned: { errno: 'EBUSY' }, inUse: { errno: 'EBUSY' } },
    busy: ['EBUSY', 'ENODEV'],
  },
  releaseOwner: {
    procedure: 'releaseOwner',
    api: 'device unbind',
    refuses: { absent: { errno: 'ENODEV' }, notOwner: { errno: 'EPERM' }, inUse: { errno: 'EBUSY' } },
    busy: ['EBUSY', 'ENODEV', 'EPERM'],
  },
  enableFeature: { cannot: NO_FEATURE },
  disableFeature: { cannot: NO_FEATURE },
  createSubdevice: { cannot: NO_OBJECT },
  removeSubdevice: { cannot: NO_OBJECT },
  createSpace: {
    procedure: 'createSpace',
    api: 'ioasid_alloc',
    refuses: {
      ...badSpace,
      spaceExists: { unsayable: 'handles are given by the kernel' },
      wrongKind: { errno: 'EINVAL' },
      unsupportedKind: { unsayable: 'there is no identity or blocking page table' },
    },
    busy: ['ENOENT'],
  },
  freeSpace: {
    procedure: 'freeSpace',
    api: 'ioasid_free',
    refuses: { ...badSpace, spaceInUse: { errno: 'EBUSY' } },
    busy: ['EBUSY', 'ENOENT'],
  },
  map: {
    procedure: 'map',
    api: 'ioasid_map',
    refuses: {
      ...badSpace,
      wrongKind: { errno: 'EINVAL' },
      foreignFrame: { errno: 'EFAULT' },
      overlap: { errno: 'EEXIST' },
      misaligned: { errno: 'EINVAL' },
    },
    busy: ['EEXIST', 'ENOENT'],
  },
  unmap: {
    procedure: 'unmap',
    api: 'ioasid_unmap',
    refuses: {
      ...badSpace,
      nothingThere: { errno: 'ENOENT' },
      // As in VFIO, whose mappings the proposal takes over.
      cutsMapping: { errno: 'EINVAL' },
    },
    busy: ['ENOENT'],
  },
  protect: { cannot: 'no call changes the permission of a mapping' },
  attach,
  detach,
  replace: {
    cannot:
      'a route is set by attach and by nothing else: it moves by detach and attach, with nothing translated in between',
  },
  bindNested: attach,
  unbindNested: detach,
  guestWrite: BY_THE_WORLD,
  guestInvalidate: {
    procedure: 'guestInvalidate',
    api: 'ioasid_invalidate',
    refuses: { ...badSpace, wrongKind: { errno: 'EINVAL' } },
    busy: ['ENOENT'],
  },
  pageRequest: BY_THE_WORLD,
  respond: {
    procedure: 'respond',
    api: 'iommu_page_response',
    refuses: { noRequest: { errno: 'void' } },
  },
  registerFaultHandler: {
    procedure: 'registerFaultHandler',
    api: 'iommu_register_device_fault_handler',
    refuses: {
      ...badSpace,
      absent: { errno: 'ENODEV' },
      noFeature: { errno: 'ENODEV' },
      handlerExists: { errno: 'EBUSY' },
    },
    busy: ['EBUSY', 'ENODEV', 'ENOENT'],
  },
  unregisterFaultHandler: {
    procedure: 'unregisterFaultHandler',
    api: 'iommu_unregister_device_fault_handler',
    refuses: { absent: { errno: 'void' }, noHandler: { errno: 'void' } },
  },
  allocFrame: BY_THE_WORLD,
  freeFrame: BY_THE_WORLD,
  dma: BY_THE_WORLD,
  prefetch: BY_THE_WORLD,
};
