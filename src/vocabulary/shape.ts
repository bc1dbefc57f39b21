/** The fixed part of a world: what is plugged together, what it can do, how much there is of everything. */
export interface WorldShape {
  readonly name: string;
  readonly devices: readonly DeviceShape[];
  readonly iommus: readonly IommuShape[];
  /** Number of groups; each device names its own. */
  readonly groups: number;
  /** Names of the principals; 0 is the kernel. */
  readonly principals: readonly string[];
  /** How many address spaces callers can number. */
  readonly spaces: number;
  /** How many data frames callers can number. */
  readonly frames: number;
  /** How many frames the kernel can use for tables. */
  readonly tables: number;
  /** IOVA page numbers (address >> 12) that operations may name, below 2^26: what tables of three levels translate everywhere. */
  readonly pages: readonly number[];
  /** Largest page size operations may ask for: 0 4 KiB, 1 2 MiB, 2 1 GiB. */
  readonly largestSize: number;
  /** Permissions operations may ask for, as bits (1 read, 2 write). */
  readonly permissions: readonly number[];
  /** Number of callers, one call each at a time. */
  readonly callers: number;
  /** Rest space of a kernel-owned RID. */
  readonly kernelDefault: 'identity' | 'translated';
  /** Operations left out of this world, by name. */
  readonly without?: readonly string[];
  /** Which kinds of space callers may ask for. */
  readonly spaceKinds: readonly string[];
  /** At most this many allocations fail in a run, one in a call. */
  readonly allocationFailures: number;
  /** Whether calls that must be refused are generated. */
  readonly badCalls: boolean;
  /** Invalidation queue entries that may be waiting. */
  readonly queue: number;
  /** Page requests that may be open at once. */
  readonly pageRequests: number;
}

export interface DeviceShape {
  readonly rid: number;
  readonly group: number;
  readonly iommu: number;
  readonly ats: boolean;
  readonly pri: boolean;
  /** Number of PASID-carrying slots (0: no PASID support). */
  readonly slots: number;
  /** PASIDs are below 2 to this power. */
  readonly pasidBits: number;
}

export interface IommuShape {
  /** CAP.CM: the IOMMU is emulated and caches not-present results. */
  readonly cachingMode: boolean;
  /** Whether the first-level format is used for kernel-managed tables. */
  readonly firstLevel: boolean;
  /** Levels of its directory of devices, where the architecture has a choice; left out, the most it has. */
  readonly directoryLevels?: number;
  /** Levels of the tables it walks, where the architecture has a choice; left out, the most it has. */
  readonly tableLevels?: number;
}
