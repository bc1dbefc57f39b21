import type { OperationName } from './operations.js';
import type { WorldShape } from './shape.js';

/**
 * What a step may touch. All numbers: object handles (0 is "none"; a handle of a freed object stays recognisable and its use
 * is a violation), frames (physical page numbers; 0 is never allocated), identifiers, addresses as two 32-bit halves.
 */
export interface StepContext {
  readonly shape: WorldShape;
  /** The driver or design objects of one kind. */
  objects(kind: string): ObjectStore;
  /** A field of a kind of object, written `kind.field`. */
  field(path: string): Field;
  /** A named pool of identifiers (domain ids, PASIDs), lowest free first. */
  ids(pool: string): IdPool;
  readonly memory: Memory;
  readonly hardware: Hardware;
  /** A lock of a family: family `group` has one lock for each id the steps use it with. */
  lock(family: string): LockFamily;
  /** Send an event to a lifecycle monitor. An event not accepted is a violation of `lifecycle`. */
  lifecycle(machine: string, event: string): (id: number) => void;
  /** The agent that runs the step: callers first, then declared agents. */
  agent(): number;
  /** The principal on whose behalf the agent acts. */
  principal(): number;
  /** Facts about callers' objects that a procedure may ask for, as copy_from_user and fget would. */
  readonly callers: CallerFacts;
  /** Tell the properties that a null, a freed object or a wrong state was used, and how: `no-use-after-free`. `what` is part of the cause. */
  misuse(what: string, how?: string): void;
}

export interface ObjectStore {
  /** A fresh object with every field 0, or 0 when the bound is reached. */
  create(): number;
  /** Free it. Freeing none or a freed object is a violation of `no-use-after-free`. */
  destroy(handle: number): void;
  isLive(handle: number): boolean;
  readonly capacity: number;
  /** The live object created next after the given one (0: the oldest), or 0: the order of every walk over a list. */
  following(after: number): number;
  /** The live object in a place 1…capacity, or 0: where order does not matter. */
  at(place: number): number;
}

export interface Field {
  get(handle: number): number;
  set(handle: number, value: number): void;
}

export interface IdPool {
  /** The lowest free identifier in [low, high], or 0. `owner` is the handle of the object it is for. */
  allocate(low: number, high: number, owner?: number): number;
  /** Take a chosen identifier; false when it is taken. */
  reserve(id: number, owner?: number): boolean;
  release(id: number): void;
  isTaken(id: number): boolean;
  /** The object is about to use the identifier: a misuse unless it was given to it and not put since. */
  use(id: number, owner: number): void;
}

export interface Memory {
  /** A zeroed frame for a table, owned by the kernel, or 0 when memory is exhausted. */
  allocateTable(): number;
  /** Give a table frame back. */
  freeTable(frame: number): void;
  /** 64-bit load: low and high half of entry `index` (0…511) of the frame. */
  low(frame: number, index: number): number;
  high(frame: number, index: number): number;
  /** 64-bit store, seen by hardware at once. */
  store(frame: number, index: number, low: number, high: number): void;
  /** 128-bit store of entries `index` and `index + 1` (even index), seen by hardware as one. */
  storePair(frame: number, index: number, low0: number, high0: number, low1: number, high1: number): void;
}

/** Registers, queue and device state of the machine, by device index where they are per device. */
export interface Hardware {
  /** Whether the invalidation queue of the device's IOMMU has room for one more command. */
  canSubmit(device: number): boolean;
  /**
   * Put a command into the queue. `command` is one of the architecture's; the scopes it ignores are 0. Returns the ticket
   * that {@link hasCompleted} takes.
   */
  submit(
    command: number,
    device: number,
    pasid: number,
    tag: number,
    page: number,
    mask: number,
    hint: number,
  ): number;
  /** Whether everything submitted up to and including the ticket has taken effect. */
  hasCompleted(device: number, ticket: number): boolean;
  /** Set or clear a bit of the device: ATS, PASID, PRI enable. */
  setDeviceControl(device: number, control: 'ats' | 'pasid' | 'pri', on: boolean): void;
  deviceControl(device: number, control: 'ats' | 'pasid' | 'pri'): boolean;
  /** Whether the device is plugged in. */
  isPresent(device: number): boolean;
  setPresent(device: number, present: boolean): void;
  /** Function-level reset: ends the device's DMA, empties its device-TLB, disables ATS, PASID and PRI. */
  resetDevice(device: number): void;
  /** Program the root of the translation structures. */
  setRoot(iommu: number, frame: number): void;
  root(iommu: number): number;
  readonly pageRequests: PageRequests;
}

export interface PageRequests {
  /** Oldest request not yet taken from the hardware queue of the device's IOMMU: its handle, or 0. */
  oldest(iommu: number): number;
  /** Take it out of the hardware queue. */
  take(request: number): void;
  device(request: number): number;
  pasid(request: number): number;
  page(request: number): number;
  /** Send the page group response for the request; it is over then. `code`: 0 success, 1 invalid. */
  respond(request: number, code: number): void;
  /** Whether a request of (device, pasid) is open anywhere: in the hardware queue, taken, or delivered. */
  anyOpen(device: number, pasid: number): boolean;
  /** Whether a request of (device, pasid) still sits in the hardware queue. */
  anyQueued(device: number, pasid: number): boolean;
}

export interface LockFamily {
  /** Whether `acquire` would go on now. mode 0: exclusive, 1: shared. */
  isFree(id: number, mode: number): boolean;
  acquire(id: number, mode: number): void;
  release(id: number, mode: number): void;
}

export interface CallerFacts {
  /** The design's handle behind the space number, as returned by its createSpace; 0 when there is none. */
  spaceHandle(space: number): number;
  /** Whether the frame belongs to the principal: pinning it succeeds. */
  ownsFrame(principal: number, frame: number): boolean;
  /** Physical page number of a data frame, for a page size (0: 4 KiB, 1: 2 MiB, 2: 1 GiB). */
  framePage(frame: number, size: number): number;
  /** Pages are pinned while a design maps them; a pinned frame cannot be given back. */
  pin(frame: number): void;
  unpin(frame: number): void;
  /** IOVA page number (address >> 12) behind an index of the alphabet. */
  pageNumber(page: number): number;
  /** Whether the slot has been created. */
  slotExists(device: number, slot: number): boolean;
  currentOperation(): OperationName;
}
