import {
  BY_THE_WORLD,
  type DesignDefinition,
  defineDesign,
  type OperationAnswer,
} from '../../../src/vocabulary/design.js';
import { attachProcedures } from './attach.js';
import { coreProcedures } from './core.js';
import { detachProcedures } from './detach.js';
import { deviceProcedures } from './devices.js';
import { faultProcedures } from './faults.js';
import { guestInvalidate } from './invalidate.js';
import { mappingProcedures } from './mapping.js';
import { mends } from './mends.js';
import { objects } from './objects.js';
import { ownershipProcedures } from './ownership.js';
import { replaceProcedures } from './replace.js';
import { spaceProcedures } from './space.js';
import { steps } from './steps.js';

const NO_FILE = { unsayable: 'the file of an unplugged device answers nothing' };

/** An id of another context names nothing in this one. */
const badSpace = { noSpace: { errno: 'ENOENT' }, foreignSpace: { errno: 'ENOENT' } } as const;

const attachAnswer = (api: string): OperationAnswer => ({
  procedure: 'attach',
  api,
  refuses: {
    ...badSpace,
    absent: NO_FILE,
    notOwner: { errno: 'EINVAL' },
    notClaimed: { errno: 'EINVAL' },
    noFeature: { errno: 'EINVAL' },
    alreadyAttached: { errno: 'EBUSY' },
    groupMismatch: { errno: 'EINVAL' },
  },
  shortage: ['ENOSPC', 'ENODEV'],
  withoutPri: ['ENODEV'],
  busy: ['EBUSY', 'EINVAL', 'ENOENT'],
});

const detachAnswer = (api: string): OperationAnswer => ({
  procedure: 'detach',
  api,
  refuses: {
    absent: NO_FILE,
    notOwner: { errno: 'void' },
    notClaimed: { errno: 'void' },
    noFeature: { errno: 'void' },
    notAttached: { errno: 'void' },
  },
});

const design: DesignDefinition = defineDesign({
  name: 'iommufd',
  title: 'iommufd of Linux 7.x, with VFIO and the IOMMU core around it',
  source:
    'drivers/iommu/iommufd/{device,hw_pagetable,ioas,io_pagetable,pages,eventq}.c, drivers/iommu/{iommu,io-pgfault}.c, Linux 7.1 merge window (2026)',
  driver: 'vtd@7',
  objects,
  steps,
  procedures: (mended) => [
    ...coreProcedures(mended),
    ...ownershipProcedures,
    ...deviceProcedures(mended),
    ...spaceProcedures,
    ...mappingProcedures(mended),
    ...attachProcedures,
    ...replaceProcedures(mended),
    ...detachProcedures(mended),
    guestInvalidate,
    ...faultProcedures,
  ],
  operations: {
    probe: {
      procedure: 'probe',
      api: 'iommu_probe_device',
      shortage: ['ENODEV', 'ENOSPC'],
      withoutPri: ['ENODEV'],
      busy: ['EBUSY'],
      refuses: { present: { unsayable: 'the device is there' } },
    },
    release: {
      procedure: 'release',
      api: 'iommu_release_device',
      refuses: { absent: { unsayable: 'there is no device' } },
    },
    reset: {
      procedure: 'reset',
      api: 'pci_reset_function',
      refuses: { absent: { unsayable: 'there is no device' } },
    },
    claimOwner: {
      procedure: 'claimOwner',
      api: 'VFIO_DEVICE_BIND_IOMMUFD',
      refuses: { absent: NO_FILE, alreadyOwned: { errno: ['EPERM', 'EINVAL'] }, inUse: { errno: 'EBUSY' } },
      shortage: ['ENOSPC'],
      busy: ['EBUSY', 'ENODEV', 'EINVAL', 'EPERM'],
    },
    releaseOwner: {
      procedure: 'releaseOwner',
      api: 'close',
      refuses: {
        absent: { errno: 'ENODEV' },
        notOwner: { errno: 'EINVAL' },
        inUse: { errno: 'EBUSY' },
      },
    },
    enableFeature: { cannot: 'PASID and page faults are switched on by attaching a table that needs them' },
    disableFeature: {
      cannot: 'PASID and page faults are switched off with the last attachment that needs them',
    },
    createSubdevice: {
      cannot: 'a PASID of a device needs no object of its own: every slot is there from the start',
    },
    removeSubdevice: { cannot: 'a PASID of a device needs no object of its own' },
    createSpace: {
      procedure: 'createSpace',
      api: 'IOMMU_HWPT_ALLOC',
      refuses: {
        spaceExists: { unsayable: 'ids are given by the kernel' },
        noSpace: { errno: 'EINVAL' },
        foreignSpace: { errno: 'EINVAL' },
        wrongKind: { errno: 'EINVAL' },
        unsupportedKind: { unsayable: 'identity and blocking tables cannot be asked for' },
      },
      busy: ['EINVAL'],
    },
    freeSpace: {
      procedure: 'freeSpace',
      api: 'IOMMU_DESTROY',
      refuses: { ...badSpace, spaceInUse: { errno: 'EBUSY' } },
      busy: ['EBUSY', 'ENOENT'],
    },
    map: {
      procedure: 'map',
      api: 'IOMMU_IOAS_MAP',
      refuses: {
        ...badSpace,
        wrongKind: { errno: 'ENOENT' },
        foreignFrame: { errno: 'EFAULT' },
        overlap: { errno: 'EEXIST' },
        misaligned: { unsayable: "a mapping is any range: large pages are the kernel's choice" },
      },
      busy: ['EEXIST', 'ENOENT', 'EFAULT'],
    },
    unmap: {
      procedure: 'unmap',
      api: 'IOMMU_IOAS_UNMAP',
      refuses: {
        ...badSpace,
        nothingThere: { errno: 'ENOENT' },
        // An area is unmapped whole or not at all: iopt_unmap_iova_range, drivers/iommu/iommufd/io_pagetable.c.
        cutsMapping: { errno: 'ENOENT' },
        misaligned: {
          unsayable:
            'a range that holds the first of two mappings and cuts the second unmaps the first and fails',
        },
      },
      busy: ['EBUSY', 'ENOENT'],
      partial:
        'areas before the one that fails stay unmapped: iopt_unmap_iova_range, drivers/iommu/iommufd/io_pagetable.c',
    },
    protect: { cannot: 'permissions of a mapping cannot be changed: unmap and map again' },
    attach: attachAnswer('VFIO_DEVICE_ATTACH_IOMMUFD_PT'),
    detach: detachAnswer('VFIO_DEVICE_DETACH_IOMMUFD_PT'),
    replace: {
      procedure: 'replace',
      api: 'VFIO_DEVICE_ATTACH_IOMMUFD_PT',
      refuses: {
        ...badSpace,
        absent: NO_FILE,
        notOwner: { errno: 'EINVAL' },
        notClaimed: { errno: 'EINVAL' },
        noFeature: { errno: 'EINVAL' },
        notAttached: { errno: 'EINVAL' },
      },
      shortage: ['ENOSPC', 'ENODEV'],
      withoutPri: ['ENODEV'],
      busy: ['EBUSY', 'EINVAL', 'ENOENT'],
    },
    bindNested: attachAnswer('VFIO_DEVICE_ATTACH_IOMMUFD_PT'),
    unbindNested: detachAnswer('VFIO_DEVICE_DETACH_IOMMUFD_PT'),
    guestWrite: BY_THE_WORLD,
    guestInvalidate: {
      procedure: 'guestInvalidate',
      api: 'IOMMU_HWPT_INVALIDATE',
      refuses: { ...badSpace, wrongKind: { errno: 'EINVAL' } },
      busy: ['ENOENT'],
    },
    pageRequest: BY_THE_WORLD,
    respond: { procedure: 'respond', api: 'write', refuses: { noRequest: { errno: 'void' } } },
    registerFaultHandler: {
      procedure: 'registerFaultHandler',
      api: 'IOMMU_FAULT_QUEUE_ALLOC',
      refuses: {
        ...badSpace,
        absent: NO_FILE,
        noFeature: { errno: 'ENODEV' },
        handlerExists: { errno: 'EBUSY' },
      },
      busy: ['ENOENT', 'ENODEV', 'EBUSY'],
    },
    unregisterFaultHandler: {
      procedure: 'unregisterFaultHandler',
      api: 'close',
      refuses: { absent: NO_FILE, noHandler: { errno: 'EINVAL' } },
      busy: ['EINVAL'],
    },
    allocFrame: BY_THE_WORLD,
    freeFrame: BY_THE_WORLD,
    dma: BY_THE_WORLD,
    prefetch: BY_THE_WORLD,
  },
  agents: [{ name: 'page request thread', procedure: 'pageRequestThread', one: 'iommu' }],
  mends,
  slots: 'always',
  pasidChosenBy: 'caller',
  userDefault: 'blocked',
  attachScope: 'group',
  handlersHaveTables: true,
});

export default design;
