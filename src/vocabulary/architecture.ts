import type { WorldShape } from './shape.js';

/**
 * What one IOMMU architecture tells the rest of the program. Everything the closure rule, the ledger and the properties
 * know about hardware passes through this interface; entry formats stay behind it.
 */
export interface Architecture {
  readonly name: string;
  readonly title: string;
  /** The ways in which it can translate a request. */
  readonly modes: readonly TranslationMode[];
  /** Kinds of cache entry, in the order in which one feeds the next. */
  readonly kinds: readonly CacheKind[];
  /** Commands software can give, in the order of their codes. */
  readonly commands: readonly CommandSpec[];
  /** Whether each command of the first list waits for the ones before it of the second: `order[later] = earlier[]`. */
  readonly order: Readonly<Record<string, readonly string[]>>;
  /** Entries of the first-stage tables that guests write; left out where it does not nest. */
  readonly guest?: GuestFormat;
  /**
   * Where an entry of table memory names a table page: the bit of its low half at which the page number begins; -1 when it names
   * none. Left out, every entry has its page number at bit 12.
   */
  readonly tableAt?: (low: number, high: number) => number;
  /**
   * Frames from one table page to the next, 1 when left out: where some table is of several pages, aligned, each has that room
   * and most leave it empty.
   */
  readonly tableFrames?: number;
  /** For one world: the one-step derivations over its memory. */
  bind(shape: WorldShape, memory: MemoryView, devices: DeviceView): BoundArchitecture;
}

/**
 * The first-stage format as a guest writes it, each entry as the two halves of its 64 bits. Pages are page numbers of guest
 * memory. Everything is marked as accessed and, where writable, as dirty.
 */
export interface GuestFormat {
  /** An entry of an upper level, naming a table. */
  pointer(page: number, permission: number): readonly [low: number, high: number];
  /** An entry of the last level, naming a page. */
  leaf(page: number, permission: number): readonly [low: number, high: number];
  /**
   * What else the page of the guest's table must hold for hardware to use it, stored with the entry of upper levels: entries by their
   * index. Left out where the table alone will do.
   */
  context?(page: number): readonly (readonly [index: number, low: number, high: number])[];
  /** A present entry of a form that the specification reserves, at the top level and the last. */
  malformed(page: number): readonly [low: number, high: number];
}

/** One way to translate: what a route's configuration chooses. */
export interface TranslationMode {
  readonly name: string;
  /** Format and depth of the tables, as the specification names them. */
  readonly format: string;
  readonly stages: 'none' | 'first' | 'second' | 'nested';
  /** Whether the requests carry a PASID. */
  readonly pasid: boolean;
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
  /**
   * Names of the kinds a member of this kind meets in {@link BoundArchitecture.reach}: what the two yield together, neither
   * yields alone. A configuration meets leaves; a context that lets translated requests through meets device-TLB entries; an
   * address of a nested table meets the second stage's translations.
   */
  readonly joins?: readonly string[];
  /** Of a not-present result: the kind of member whose absence it states. */
  readonly denies?: string;
  /** An access that goes by the device's own translation: it ends when the device may no longer use those. */
  readonly isTranslated?: boolean;
  /** Whether `pasid` of its rows is an identifier of an address space (PSCID), not the PASID of requests. */
  readonly pasidIsSpace?: boolean;
  /** Whether `extra` of its rows is a frame of table memory, to be renumbered with the others when states are compared. */
  readonly extraIsFrame?: boolean;
  /** Bits of `attributes`, of which some are set where the member was found through a second stage. */
  readonly throughSecond?: number;
}

/** The fields of an entry that a command may be required to match. */
export type MatchField =
  | 'rid'
  | 'pasid' // the PASID the entry was made under
  | 'request' // the PASID the device's requests carry, -1 for none
  | 'tag' // domain id, VMID, GSCID
  | 'range' // the page lies in the command's aligned range
  | 'leafOnly' // with the hint bit set, entries of upper levels are not covered
  | 'throughSecond'; // the entry was found through a second stage: CacheKind.throughSecond

export interface CommandSpec {
  readonly name: string;
  readonly title: string;
  readonly section: string;
  /** For each kind it reaches: what must match. A kind left out is not touched. */
  readonly covers: Readonly<Record<string, readonly MatchField[]>>;
  /** What it reaches beside that where the IOMMU is emulated (caching mode): the hypervisor passes it on. */
  readonly emulated?: Readonly<Record<string, readonly MatchField[]>>;
}

/** Read access to physical memory as 64-bit entries. */
export interface MemoryView {
  /** Frames 0…frames-1 exist; reading an entry of any other is an access error. */
  readonly frames: number;
  low(frame: number, index: number): number;
  high(frame: number, index: number): number;
  /** First used (non-zero) entry at or after `index`, or 512. */
  nextUsed(frame: number, index: number): number;
  root(iommu: number): number;
}

/** What a device's own registers allow it to do. */
export interface DeviceView {
  /** Whether the device may keep translations (ATS), or put a PASID on its requests. */
  control(device: number, control: 'ats' | 'pasid'): boolean;
}

/**
 * A member of the worst-case cache, as {@link ROW_WIDTH} integers. Unused fields are 0. `page` is the first page number covered,
 * `size` how many page-number bits it spans (0: 4 KiB, 9: 2 MiB, 18: 1 GiB, 36: everything).
 */
export const ROW = {
  kind: 0,
  device: 1, // device index of the route it belongs to; ~iommu (negative) where the entry is the IOMMU's for a whole domain
  pasid: 2, // PASID of the route or tag, -1 for none
  tag: 3, // domain id or its like, -1 for none
  page: 4,
  size: 5,
  frame: 6, // frame of the next table, or first frame reached; IDENTITY for pass-through
  attributes: 7, // permission bits 0-1; above them what the architecture needs to go on
  extra: 8, // of device and flight rows: the PASID the device's requests carry, -1 for none; else the architecture's own
} as const;
export const ROW_WIDTH = 9;
/** The `size` of what spans everything. */
export const WHOLE = 36;
/** In place of a frame: page p of the input is frame p. */
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
  extra: number,
) => void;

export interface BoundArchitecture {
  /** The configuration members with which a walk from the device starts, from memory alone. */
  routes(device: number, sink: RowSink): void;
  /**
   * What one further read of memory, now, makes of a member: a context entry gives PASID entries, a PASID entry gives first
   * table members or leaves, an upper-level entry the next level. Leaves, device-TLB entries and flights give nothing alone.
   */
  next(row: ArrayLike<number>, at: number, sink: RowSink): void;
  /**
   * What two members yield together, the first being of a kind that {@link CacheKind.joins} the kind of the second: a
   * configuration and a leaf of its tag give the route's device-TLB entry (where the device may keep one) and its access in
   * flight. Nothing when their tags do not match.
   */
  reach(
    first: ArrayLike<number>,
    at: number,
    second: ArrayLike<number>,
    secondAt: number,
    sink: RowSink,
  ): void;
  /**
   * Whether the member is a copy of what a guest wrote, found through its second stage: it holds intermediate addresses, which lead
   * to memory only through the second stage as it is. What the host changes makes it nobody's loss. Left out where there is none such.
   */
  isGuests?(row: ArrayLike<number>, at: number): boolean;
  /** Whether a walk by the configuration member would look the table member up: their tags match. */
  feeds(config: ArrayLike<number>, at: number, member: ArrayLike<number>, memberAt: number): boolean;
  /**
   * The reason for which a walk that goes on from the configuration member, with memory as it is now, faults for an access of
   * the request's PASID (-1: none) to the page. 0 when it does not fault, or the request would not use the member.
   */
  faultOf(row: ArrayLike<number>, at: number, pasid: number, page: number, permission: number): number;
  /**
   * Where an access that faults is held until software says what becomes of it: whether one of the request's PASID (-1: none) to the
   * page would be, now. That is the device's page request then. Left out, devices ask by themselves, with PRI.
   */
  holds?(device: number, pasid: number, page: number): boolean;
}
