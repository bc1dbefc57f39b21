import type { WorldShape } from '../vocabulary/shape.js';
import { FAULTS, MEMORY, NESTING, PLUGGING, SUBDEVICES } from './operation-families.js';

/**
 * Worlds that random runs work in, each made from the whole one by leaving out and changing. A step between few objects is met
 * sooner where there are few, and one that matters to groups or to nothing but attachments where there is nothing else; other
 * hardware takes other ways.
 */
export const VARIANTS = {
  whole: (shape: WorldShape): WorldShape => shape,
  few: (shape: WorldShape): WorldShape => ({
    ...shape,
    devices: [{ ...shape.devices[1], group: 0 }],
    groups: 1,
    spaces: 2,
    frames: 3,
    pages: shape.pages.slice(0, 2),
  }),
  routes: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.few(shape),
    spaceKinds: ['paging'],
    without: [...(shape.without ?? []), ...MEMORY, ...NESTING],
  }),
  group: (shape: WorldShape): WorldShape => ({
    ...shape,
    devices: shape.devices.slice(1).map((device) => ({ ...device, group: 0, slots: 0 })),
    groups: 1,
    spaces: 2,
    spaceKinds: ['paging'],
    without: [...(shape.without ?? []), ...NESTING],
  }),
  /**
   * A group that goes from one owner to the next while its devices come and go: nothing is attached, and memory runs out often, since
   * most of what fails is a probe, and what has to succeed seldom allocates.
   */
  members: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.group(shape),
    frames: 1,
    pages: shape.pages.slice(0, 1),
    allocationFailures: 12,
    pageRequests: 0,
    without: [
      ...(shape.without ?? []),
      ...MEMORY,
      ...NESTING,
      ...FAULTS,
      ...SUBDEVICES,
      ...(['createSpace', 'freeSpace', 'attach', 'detach', 'replace'] as const),
    ],
  }),
  /**
   * Page requests of one user's device, which has a RID and a PASID: nothing is mapped or plugged beside them, and nothing is refused for
   * want of memory or sense. A request has to come in while what it came by is taken away.
   */
  requests: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.few(shape),
    devices: [{ ...shape.devices[1], group: 0, slots: Math.min(shape.devices[1].slots, 1) }],
    principals: shape.principals.slice(0, 2),
    allocationFailures: 0,
    badCalls: false,
    spaceKinds: ['paging'],
    without: [...(shape.without ?? []), ...MEMORY, ...NESTING, ...PLUGGING],
  }),
  /**
   * The same of the RID alone, which goes from one space to the next while two more callers answer: an answer has to meet the end of what it
   * answers, at each of its steps.
   */
  answers: (shape: WorldShape): WorldShape => {
    const requests = VARIANTS.requests(shape);
    return {
      ...requests,
      devices: requests.devices.map((device) => ({ ...device, slots: 0 })),
      // Whoever asks for one caller gets one.
      callers: requests.callers === 1 ? 1 : 3,
      frames: 1,
      pages: shape.pages.slice(0, 1),
      without: [
        ...(requests.without ?? []),
        ...(['reset', 'freeSpace', 'releaseOwner', 'unregisterFaultHandler', 'detach'] as const),
      ],
    };
  },
  /** A device that goes from one owner to the next, with what the first has programmed into it. */
  owners: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.few(shape),
    devices: [{ ...shape.devices[1], group: 0, slots: 0 }],
    frames: 2,
    pages: shape.pages.slice(0, 1),
    badCalls: false,
    pageRequests: 0,
    spaceKinds: ['paging'],
    without: [
      ...(shape.without ?? []),
      ...NESTING,
      ...FAULTS,
      ...PLUGGING,
      ...(['unmap', 'freeFrame', 'freeSpace'] as const),
    ],
  }),
  /** The same with a group of two: each of its devices has to be reset. */
  heirs: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.owners(shape),
    devices: shape.devices.slice(1).map((device) => ({ ...device, group: 0, slots: 0 })),
    allocationFailures: 0,
  }),
  /** Hardware that keeps not-present results. */
  emulated: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.few(shape),
    iommus: [{ cachingMode: true, firstLevel: false }],
  }),
  /** Tables of the first stage, and pages large enough to take a table's place. */
  firstStage: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.few(shape),
    devices: [{ ...shape.devices[1], group: 0, slots: 0 }],
    principals: shape.principals.slice(0, 2),
    iommus: [{ cachingMode: false, firstLevel: true }],
    pages: shape.pages.filter((page) => page % 512 === 0),
    largestSize: 1,
    spaceKinds: ['paging'],
    without: [...(shape.without ?? []), ...NESTING, ...PLUGGING, ...FAULTS],
    pageRequests: 0,
  }),
  /** DMA of the kernel translated; giving a device back takes memory there, which is a flaw of its own if it fails. */
  translated: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.few(shape),
    kernelDefault: 'translated',
    allocationFailures: 0,
  }),
  /** Tables of three levels, where hardware has a choice. */
  shallow: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.few(shape),
    iommus: [{ cachingMode: false, firstLevel: false, tableLevels: 3 }],
  }),
  /** Two IOMMUs with a device each. Memory runs out often, or the few failures would be spent before a device moves from a space to the next. */
  apart: (shape: WorldShape): WorldShape => ({
    ...shape,
    devices: shape.devices.slice(1).map((device, iommu) => ({ ...device, group: iommu, iommu, slots: 0 })),
    iommus: [shape.iommus[0], shape.iommus[0]],
    principals: shape.principals.slice(0, 2),
    allocationFailures: 12,
    pageRequests: 0,
    spaces: 2,
    frames: 3,
    pages: shape.pages.slice(0, 2),
    spaceKinds: ['paging'],
    without: [...(shape.without ?? []), ...NESTING, ...PLUGGING, ...FAULTS],
  }),
  /** Memory runs out while pages are mapped in two tables, each of which needs pages of its own, and callers give theirs back meanwhile. */
  mapping: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.few(shape),
    devices: [{ ...shape.devices[1], group: 0, slots: 0 }],
    principals: shape.principals.slice(0, 2),
    allocationFailures: 30,
    pageRequests: 0,
    badCalls: false,
    spaces: 1,
    frames: 6,
    pages: [0, 1, 2, 3, 4, 5, 6, 7].map((top) => shape.pages[0] + top * 2 ** 18),
    spaceKinds: ['paging'],
    without: [
      ...(shape.without ?? []),
      ...NESTING,
      ...PLUGGING,
      ...(['detach', 'replace', 'unregisterFaultHandler', 'freeSpace', 'releaseOwner'] as const),
    ],
  }),
  /** A device that goes from one space to the next, with a handler of page requests or without, while memory runs out; nobody else calls. */
  moves: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.few(shape),
    devices: [{ ...shape.devices[1], group: 0, slots: 0 }],
    principals: shape.principals.slice(0, 2),
    callers: 1,
    allocationFailures: 30,
    pageRequests: 0,
    badCalls: false,
    spaceKinds: ['paging'],
    without: [
      ...(shape.without ?? []),
      ...NESTING,
      ...(['reset', 'unmap', 'freeFrame', 'unregisterFaultHandler', 'freeSpace', 'releaseOwner'] as const),
    ],
  }),
  /** A group that is attached and detached while memory runs out; nobody else calls, so that what is left half done is seen at once. */
  together: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.group(shape),
    principals: shape.principals.slice(0, 2),
    callers: 1,
    frames: 2,
    pages: shape.pages.slice(0, 1),
    allocationFailures: 30,
    pageRequests: 0,
    badCalls: false,
    without: [...(shape.without ?? []), ...NESTING, ...PLUGGING, ...FAULTS, ...SUBDEVICES, 'freeSpace'],
  }),
  /** As `together`, with devices that come to the group while it is attached, and go; nothing is mapped. */
  arrivals: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.together(shape),
    frames: 1,
    without: [...(shape.without ?? []), ...MEMORY, ...NESTING, ...FAULTS, ...SUBDEVICES],
  }),
  /** Parts of two devices that join one space and leave it again, both at once; nothing is mapped. */
  parts: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.few(shape),
    devices: shape.devices
      .slice(0, 2)
      .map((device, group) => ({ ...device, group, slots: Math.min(device.slots, 1) })),
    groups: 2,
    principals: shape.principals.slice(0, 2),
    spaces: 1,
    allocationFailures: 0,
    badCalls: false,
    without: [...(shape.without ?? []), ...MEMORY, ...NESTING, ...FAULTS, ...PLUGGING],
  }),
  /** Two devices behind one IOMMU that can change places: what one leaves behind, the other still counts as in use. */
  beside: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.few(shape),
    devices: shape.devices.slice(1).map((device, group) => ({ ...device, group, ats: false, pri: false })),
    groups: 2,
    principals: shape.principals.slice(0, 2),
    pageRequests: 0,
    frames: 1,
    pages: shape.pages.slice(0, 1),
    allocationFailures: 0,
    badCalls: false,
    spaceKinds: ['paging'],
    without: [
      ...(shape.without ?? []),
      'unmap',
      'protect',
      'freeFrame',
      ...NESTING,
      ...PLUGGING,
      ...SUBDEVICES,
      ...FAULTS,
    ],
  }),
  /** The same with PASIDs, where a route has an entry of its own in a table of the device. */
  besidePasids: (shape: WorldShape): WorldShape => {
    const beside = VARIANTS.beside(shape);
    const [{ slots }] = shape.devices;
    return { ...beside, devices: beside.devices.map((device) => ({ ...device, slots: Math.min(slots, 1) })) };
  },
  /** Nothing but tables of guests. */
  guest: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.few(shape),
    devices: [{ ...shape.devices[1], group: 0, slots: Math.min(shape.devices[1].slots, 1) }],
    spaceKinds: shape.spaceKinds.filter((kind) => kind !== 'paging'),
    principals: shape.principals.slice(0, 2),
    without: [
      ...(shape.without ?? []),
      'respond',
      'pageRequest',
      ...PLUGGING,
      'unmap',
      'freeFrame',
      'releaseOwner',
    ],
    pageRequests: 0,
  }),
  /** The same for a device without ATS, for which the IOMMU's own caches are flushed and nothing behind them. */
  plainGuest: (shape: WorldShape): WorldShape => {
    const guest = VARIANTS.guest(shape);
    return { ...guest, devices: guest.devices.map((device) => ({ ...device, ats: false, pri: false })) };
  },
  /** Tables of guests whose devices ask for pages, while memory runs out. */
  guestFaults: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.guest(shape),
    devices: [{ ...shape.devices[1], group: 0, slots: 0 }],
    frames: 1,
    pages: shape.pages.slice(0, 2),
    permissions: [3],
    spaces: 4,
    pageRequests: shape.pageRequests,
    allocationFailures: 12,
    badCalls: false,
    without: [...(shape.without ?? []), ...PLUGGING, 'unmap', 'protect', 'freeFrame', 'releaseOwner'],
  }),
  /** A guest that changes its table and invalidates, and whose host does nothing else once it has been set up. */
  changing: (shape: WorldShape): WorldShape => {
    const guest = VARIANTS.guest(shape);
    return {
      ...guest,
      frames: 1,
      permissions: [3],
      allocationFailures: 0,
      badCalls: false,
      without: [...(guest.without ?? []), ...FAULTS, 'protect', 'detach', 'unbindNested', 'freeSpace'],
    };
  },
  /** Two devices behind one IOMMU that can change places on tables of guests. */
  guestsBeside: (shape: WorldShape): WorldShape => {
    const { changing, beside } = VARIANTS;
    const { devices, groups } = beside(shape);
    return {
      ...changing(shape),
      devices: devices.map((device) => ({ ...device, slots: 0 })),
      groups,
      spaces: 3,
      without: [
        ...(shape.without ?? []),
        ...FAULTS,
        ...PLUGGING,
        'unmap',
        'freeFrame',
        'protect',
        'guestInvalidate',
      ],
    };
  },
  /** Tables of guests, under which their parent's changes; large pages take the place of tables there. */
  parent: (shape: WorldShape): WorldShape => ({
    ...VARIANTS.changing(shape),
    largestSize: 1,
    without: [
      ...(shape.without ?? []),
      ...FAULTS,
      ...PLUGGING,
      ...['freeFrame', 'releaseOwner', 'guestInvalidate', 'protect', 'detach', 'unbindNested', 'freeSpace'],
    ],
  }),
} as const;
export type VariantName = keyof typeof VARIANTS;
export const VARIANT_NAMES = Object.keys(VARIANTS) as VariantName[];
