import type { WorldShape } from './shape.js';

/**
 * What one IOMMU architecture tells the rest of the program. Everything the closure rule, the ledger and the properties
 * know about hardware passes through this interface; entry formats stay behind it.
 */
export interface Architecture {
  readonly name: string;
  readonly title: string;
  /** Kinds of cache entry, in the order in which one feeds the next. */
  readonly kinds: readonly CacheKind[];
  /** Commands software can give, in the order of their codes. */
  readonly commands: readonly CommandSpec[];
  /** Whether each command of the first list waits for the ones before it of the second: `order[later] = earlier[]`. */
  readonly order: Readonly<Record<string, readonly string[]>>;
  /** For one world: the walker and the one-step derivations over its memory. */
  bind(shape: WorldShape, memory: MemoryView): BoundArchitecture;
}

export type CacheRole =
  | 'config' // says how a route translates: context, PASID entry, stream table entry
  | 'fetch' // a configuration entry partly read
  | 'structure' // an upper level of a table
  | 'leaf' // a finished translation in the IOMMU
  | 'device' // a finished translation in a device's own cache
  | 'flight' // an access translated and not yet done
  | 'absent'; // a not-present result, cached where the architecture does so

export interface CacheKind {
  readonly name: string;
  readonly role: CacheRole;
  /** What a person reads: "PASID cache entry". */
  readonly title: string;
  readonly section: string;
}

/** The fields of an entry that a command may be required to match. */
export type MatchField =
  | 'rid'
  | 'pasid'
  | 'tag' // domain id, VMID, GSCID
  | 'range' // the page lies in the command's aligned range
  | 'leafOnly'; // with the hint bit set, entries of upper levels are not covered

export interface CommandSpec {
  readonly name: string;
  readonly title: string;
  readonly section: string;
  /** For each kind it reaches: what must match. A kind left out is not touched. */
  readonly covers: Readonly<Record<string, readonly MatchField[]>>;
}

/** Read access to physical memory as 64-bit entries. */
export interface MemoryView {
  low(frame: number, index: number): number;
  high(frame: number, index: number): number;
  /** First used (non-zero) entry at or after `index`, or 512. */
  nextUsed(frame: number, index: number): number;
  root(iommu: number): number;
}

/**
 * A member of the worst-case cache, as {@link ROW_WIDTH} integers. Unused fields are 0. `page` is the first page number covered,
 * `size` how many page-number bits it spans (0: 4 KiB, 9: 2 MiB, 18: 1 GiB, 36: everything).
 */
export const ROW = {
  kind: 0,
  device: 1, // device index of the route it belongs to, or -1 where the entry is tagged by domain alone
  pasid: 2, // PASID of the route or tag, -1 for none
  tag: 3, // domain id or its like, -1 for none
  page: 4,
  size: 5,
  frame: 6, // frame of the next table, or first frame reached; IDENTITY for pass-through
  attributes: 7, // permission bits 0-1; above them what the architecture needs to go on
} as const;
export const ROW_WIDTH = 8;
export const IDENTITY = -2;

/** Receives derived members. */
export type RowSink = (
  kind: number,
  device: number,
  pasid: number,
  tag: number,
  page: number,
  size: number,
  frame: number,
  attributes: number,
) => void;

export interface BoundArchitecture {
  /** Configuration members that a walk from the device, with this PASID (-1: request without), finds in memory alone. */
  routes(device: number, sink: RowSink): void;
  /**
   * What one further read of memory, now, makes of a member: a context entry gives PASID entries, a PASID entry gives first
   * table members or leaves, an upper-level entry the next level, a leaf the device-TLB entry and the access in flight.
   */
  next(row: ArrayLike<number>, at: number, sink: RowSink): void;
  /** Whether a walk of the configuration member's route would look the other member up: their tags match. */
  feeds(config: ArrayLike<number>, at: number, row: ArrayLike<number>, rowAt: number): boolean;
  /**
   * What the route of a configuration member makes of a finished translation that it matches: the device-TLB entry (if its
   * device may ask for translations) and the accesses in flight. Nothing when the tags do not match.
   */
  reach(config: ArrayLike<number>, at: number, leaf: ArrayLike<number>, leafAt: number, sink: RowSink): void;
}
