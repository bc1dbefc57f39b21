/**
 * The design-neutral operations: what a caller may ask of any IOMMU API. A design maps each to its own procedures or says
 * why it cannot express it. Arguments are small integers; their meaning is in {@link OPERATIONS}.
 */

/** What an argument of an operation is, so that generators, records and renderings agree. */
export type ArgumentKind =
  | 'device' // index of a device of the world
  | 'slot' // 0: the RID itself; n: the n-th PASID-carrying slot (subdevice, work queue) of the device
  | 'space' // index of an address space as callers number them
  | 'spaceKind' // see SPACE_KINDS
  | 'page' // index into the world's IOVA alphabet
  | 'size' // 0: 4 KiB, 1: 2 MiB, 2: 1 GiB
  | 'frame' // index of a data frame as callers number them
  | 'permission' // bit 0 read, bit 1 write
  | 'feature' // see FEATURES
  | 'principal' // index of a principal
  | 'entry' // an entry of a guest's table: index into the world's guest alphabet
  | 'scope' // see INVALIDATION_SCOPES
  | 'response' // see RESPONSES
  | 'choice'; // which translation of several that hardware may hold, and what is evicted: 0…15

export const SPACE_KINDS = ['paging', 'nested', 'nestParent', 'identity', 'blocked'] as const;
export type SpaceKind = (typeof SPACE_KINDS)[number];

export const FEATURES = ['aux', 'iopf', 'ats'] as const;
export type Feature = (typeof FEATURES)[number];

export const INVALIDATION_SCOPES = ['all', 'page'] as const;
export const RESPONSES = ['success', 'invalid'] as const;

/** Permission bits of a mapping. */
export const READ = 1;
export const WRITE = 2;

export interface OperationSpec {
  readonly group: 'devices' | 'spaces' | 'routes' | 'nesting' | 'faults' | 'memory' | 'device side';
  readonly arguments: Readonly<Record<string, ArgumentKind>>;
  /** A void operation succeeds under every injected failure. */
  readonly isVoid?: boolean;
  /** What the call asks for, in the words of the field. */
  readonly meaning: string;
}

export const OPERATIONS = {
  probe: {
    group: 'devices',
    arguments: { device: 'device' },
    meaning: 'plug the device in and let the IOMMU driver take it',
  },
  release: {
    group: 'devices',
    arguments: { device: 'device' },
    isVoid: true,
    meaning: 'hot-unplug the device, with anything still attached',
  },
  reset: {
    group: 'devices',
    arguments: { device: 'device' },
    isVoid: true,
    meaning: 'function-level reset of the device',
  },
  claimOwner: {
    group: 'devices',
    arguments: { device: 'device' },
    meaning: 'take DMA ownership of the device (and its group) for the calling principal',
  },
  releaseOwner: {
    group: 'devices',
    arguments: { device: 'device' },
    isVoid: true,
    meaning: 'give DMA ownership back to the kernel',
  },
  enableFeature: {
    group: 'devices',
    arguments: { device: 'device', feature: 'feature' },
    meaning: 'enable a feature of the device',
  },
  disableFeature: {
    group: 'devices',
    arguments: { device: 'device', feature: 'feature' },
    meaning: 'disable a feature of the device',
  },
  createSubdevice: {
    group: 'devices',
    arguments: { device: 'device', slot: 'slot' },
    meaning: 'create a subdevice (mdev, work queue) on a slot of the device',
  },
  removeSubdevice: {
    group: 'devices',
    arguments: { device: 'device', slot: 'slot' },
    isVoid: true,
    meaning: 'remove the subdevice of a slot',
  },
  createSpace: {
    group: 'spaces',
    arguments: { space: 'space', kind: 'spaceKind', parent: 'space' },
    meaning: 'create an address space of a kind; a nested one stands on a parent',
  },
  freeSpace: { group: 'spaces', arguments: { space: 'space' }, meaning: 'free an address space' },
  map: {
    group: 'spaces',
    arguments: { space: 'space', page: 'page', frame: 'frame', permission: 'permission', size: 'size' },
    meaning: 'map a page of the space to a frame',
  },
  unmap: {
    group: 'spaces',
    arguments: { space: 'space', page: 'page', size: 'size' },
    meaning: 'remove a mapping',
  },
  protect: {
    group: 'spaces',
    arguments: { space: 'space', page: 'page', permission: 'permission' },
    meaning: 'change the permission of a mapping',
  },
  attach: {
    group: 'routes',
    arguments: { device: 'device', slot: 'slot', space: 'space' },
    meaning: 'let the route (RID, or RID and slot) translate by the space',
  },
  detach: {
    group: 'routes',
    arguments: { device: 'device', slot: 'slot' },
    isVoid: true,
    meaning: 'end the attachment of a route',
  },
  replace: {
    group: 'routes',
    arguments: { device: 'device', slot: 'slot', space: 'space' },
    meaning: 'move an attached route to another space',
  },
  bindNested: {
    group: 'nesting',
    arguments: { device: 'device', slot: 'slot', space: 'space' },
    meaning: 'let the route translate by a guest-managed table nested on its parent',
  },
  unbindNested: {
    group: 'nesting',
    arguments: { device: 'device', slot: 'slot' },
    isVoid: true,
    meaning: 'end a nested binding',
  },
  guestWrite: {
    group: 'nesting',
    arguments: { space: 'space', page: 'page', entry: 'entry' },
    meaning: 'the guest stores any bytes of its alphabet into its own table',
  },
  guestInvalidate: {
    group: 'nesting',
    arguments: { space: 'space', scope: 'scope', page: 'page' },
    meaning: 'the guest asks for the invalidation of what its edits made stale',
  },
  pageRequest: {
    group: 'faults',
    arguments: { device: 'device', slot: 'slot', page: 'page' },
    meaning: 'the device asks for a page (PRI)',
  },
  respond: {
    group: 'faults',
    arguments: { device: 'device', slot: 'slot', response: 'response' },
    meaning: 'the fault handler answers the oldest request delivered to it',
  },
  registerFaultHandler: {
    group: 'faults',
    arguments: { device: 'device', space: 'space' },
    meaning: 'let the page requests of the space on the device reach a handler',
  },
  unregisterFaultHandler: {
    group: 'faults',
    arguments: { device: 'device', space: 'space' },
    isVoid: true,
    meaning: 'take the handler away',
  },
  allocFrame: {
    group: 'memory',
    arguments: { frame: 'frame' },
    meaning: 'the calling principal gets a free frame',
  },
  freeFrame: {
    group: 'memory',
    arguments: { frame: 'frame' },
    meaning: 'the calling principal gives a frame back; a correct caller has unmapped it',
  },
  dma: {
    group: 'device side',
    arguments: { device: 'device', slot: 'slot', page: 'page', permission: 'permission', choice: 'choice' },
    meaning: 'the device reads or writes memory on a route',
  },
  prefetch: {
    group: 'device side',
    arguments: { device: 'device', slot: 'slot', page: 'page', choice: 'choice' },
    meaning: 'the device asks for a translation (ATS) and caches it',
  },
} as const satisfies Record<string, OperationSpec>;

export type OperationName = keyof typeof OPERATIONS;
