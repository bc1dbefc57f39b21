/**
 * The toy IOMMU: one 64-bit entry a route, tables of two levels, translations tagged by address space id alone. Small enough to
 * hold in the head, and different enough from VT-d that nothing of VT-d can hide in what claims to be general.
 *
 * Route entry, at index device × 8 + PASID + 1 (0: requests without) of the root frame: V 0, A 1 (device may keep
 * translations), ASID 11:2, table 63:12. Table entry: V 0, R 1, W 2, frame 63:12.
 */
export const VALID = 1 << 0;
export const ROUTE_ATS = 1 << 1;
const ASID_SHIFT = 2;
const ASID_MASK = 0x3ff;
export const ENTRY_READ = 1 << 1;
export const ENTRY_WRITE = 1 << 2;
/** Page-number bits of a table of one level. */
export const LEVEL_BITS = 9;
/** Routes of a device: requests without PASID, and PASIDs 0 to 6. */
export const ROUTES = 8;

export function routeIndex(device: number, pasid: number): number {
  return device * ROUTES + pasid + 1;
}

export function makeEntry(frame: number, flags: number): [low: number, high: number] {
  return [(frame << 12) | flags, frame >>> 20];
}

export function makeRoute(table: number, asid: number, flags: number): [low: number, high: number] {
  return makeEntry(table, VALID | flags | (asid << ASID_SHIFT));
}

export function asidOf(low: number): number {
  return (low >>> ASID_SHIFT) & ASID_MASK;
}

export function frameOf(low: number, high: number): number {
  return (low >>> 12) | ((high & 0x3ff) << 20);
}

/** Permission bits of a table entry: 1 read, 2 write. */
export function permissionOf(low: number): number {
  return (low >>> 1) & 3;
}
