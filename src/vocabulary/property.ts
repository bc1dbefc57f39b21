import { OPERATIONS, type OperationName } from './operations.js';
import type { WorldShape } from './shape.js';

/** What can have happened in a step; a property names what it watches. */
export const EVENTS = {
  /** What hardware may reach has changed. */
  reach: 1,
  /** What routes may or must reach has changed: a call opened or returned. */
  authority: 2,
  /** A call returned. */
  returned: 4,
  /** A frame, tag, PASID or object was freed. */
  released: 8,
  /** A tag or PASID was given. */
  given: 16,
  /** A step used what it must not. */
  misuse: 32,
  /** A lifecycle monitor did not accept an event. */
  refused: 64,
  /** An access of a device ended. */
  access: 128,
  /** A page request was made or answered. */
  request: 256,
  /** A world with nothing left in it: judged for leaks. */
  tornDown: 512,
  /** Nobody can move although calls are open. */
  stuck: 1024,
} as const;
export type EventName = keyof typeof EVENTS;

/** A way a device may reach memory: a finished translation, cached or from memory, or an access in flight. Reused between visits. */
export interface ReachRow {
  device: number;
  /** 0 for the RID, n for the slot that carries the PASID. */
  slot: number;
  page: number;
  /** Low page-number bits it spans. */
  size: number;
  /** First physical page; -2 for pass-through. */
  frame: number;
  permission: number;
  /** Title of the kind of entry: "IOTLB entry"; "refilled IOTLB entry" when it came back after its invalidation. */
  kind: string;
  /** Beyond what memory says. */
  stale: boolean;
  /** Where the procedure stood that made it stale; stands now where it is not stale, or another call's return took the entitlement. */
  origin: string;
}

/** An entry that hardware may hold though memory no longer says so. Reused between visits. */
export interface StaleRow {
  device: number;
  pasid: number;
  tag: number;
  page: number;
  size: number;
  frame: number;
  kind: string;
  /** The open call that made it stale: its agent, or -1 for a guest, or -2 when nobody is to blame. */
  blame: number;
  /** Of a guest's edit: its space; -1 where several spaces have the table, and no single invalidation answers for it. */
  space: number;
  /** Of a guest's edit: agents whose invalidation was open already, as bits. */
  exempt: number;
  origin: string;
}

export interface ReturnedCall {
  readonly agent: number;
  readonly operation: OperationName;
  /** Its arguments, in the order of the vocabulary. */
  readonly args: readonly number[];
  readonly outcome: number;
  /** Whether an allocation was made to fail in it, or another call overlapped it. */
  readonly injected: boolean;
  readonly overlapped: boolean;
  /** Whether memory ran out in a call that must not fail and has succeeded: in this one, or in one that returned beside it. */
  readonly afterShortage: boolean;
  /** Whether a call about a route, open beside this one, has failed for want of memory. */
  readonly besideFailure: boolean;
  /** Whether a space was freed while this call was open. */
  readonly besideFree: boolean;
  /** Conditions that make the call a bad one in some possible order. */
  readonly mayRefuse: readonly string[];
  /** Conditions that make it a bad one in every possible order. */
  readonly refusedFor: readonly string[];
  /** Of a call to free a space: what uses the space, in every possible order in which anything does. */
  readonly inUseBy: readonly ('routes' | 'children')[];
  /** Whether the outcome is what the design documents; the sentence says why not. */
  readonly contract: string;
  /** Whether it was a bad call from its beginning, in every possible order. */
  readonly wasBad: boolean;
  /** Whether some order of overlapping calls explains the outcome. */
  readonly explained: boolean;
  /** Whether it did what it is called for: it succeeded, and not because there was nothing to do. */
  readonly tookEffect: boolean;
  /** Whether it was refused, and had let hardware reach for a while what only its success would have entitled it to. */
  readonly trespassed: boolean;
  readonly heldLocks: readonly string[];
  /** Of a replace: whether the page request was open on the route when it was called, and has not been over since. */
  readonly keptRequest: (request: number) => boolean;
  /** After a failed call: what is not as it was before; empty when nothing. */
  readonly disturbed: readonly string[];
  /** The last control state before the return. */
  readonly origin: string;
}

/** What a property may read: the world after a step, and what the step did. */
export interface WorldView {
  readonly shape: WorldShape;
  /** Reach of all labelled routes: what this step brought in or took the entitlement of, or everything in a full check. */
  forEachReach(visit: (row: ReachRow) => void): void;
  forEachStale(visit: (row: StaleRow) => void): void;
  mayReach(device: number, slot: number, page: number, physical: number, permission: number): boolean;
  mayReachAll(device: number, slot: number): boolean;
  mayBeContained(device: number, slot: number, physical: number, permission: number): boolean;
  isNested(device: number, slot: number): boolean;
  /** Visits every (route, page) with something it must reach; `permission` 0 when memory lets it reach nothing there. */
  forEachMust(
    visit: (device: number, slot: number, page: number, must: number, has: number, settled: boolean) => void,
  ): void;
  /** Owner of the data frame a physical page belongs to, -1 for table memory and free frames. */
  ownerOf(physical: number): number;
  /** Principals that programmed the RID since its last reset, as bits. */
  programmers(device: number): number;
  /** While calls overlap, several orders of them are possible: what is wrong must be so in each. They are numbered from 0. */
  inEveryOrder(holds: (order: number) => boolean): boolean;
  deviceOwner(order: number, device: number): number;
  /** Owner of the space a route is attached to, -1 without. */
  attachedOwner(order: number, device: number, slot: number): number;
  /** Whether no call on the group of the device is open. */
  groupIsQuiet(group: number): boolean;
  /** Text that is equal for two devices whose RIDs hardware translates alike. */
  translationOf(device: number): string;
  readonly returned: ReturnedCall | undefined;
  /** What was freed or given in this step. */
  readonly released: readonly { readonly what: 'frame' | 'tag' | 'pasid' | 'space'; readonly id: number }[];
  readonly given: readonly { readonly what: 'tag' | 'pasid' | 'space'; readonly id: number }[];
  /** Kind of a member of C that leads to it or carries it, or ''. Of several, a stale one, and the first in the order of kinds. */
  heldBy(what: 'frame' | 'tag' | 'pasid' | 'space', id: number): string;
  /** What was misused in this step, and how. */
  readonly misuses: readonly { readonly what: string; readonly how?: string }[];
  readonly refusedEvents: readonly {
    readonly machine: string;
    readonly state: string;
    readonly event: string;
  }[];
  /** Whether the step is of a call that frees a space which nothing uses, as far as its callers know. */
  readonly isFreeingUnused: boolean;
  /** What differs from the start although nothing a caller made exists any more. */
  readonly leaks: readonly string[];
  /** Page requests: those that are open though nothing will answer them, and answers nobody waits for. */
  readonly requestFaults: readonly { readonly kind: string; readonly text: string }[];
  /** An access of a device that ended in a fault although it was inside *must* all along. */
  readonly faultedAccess:
    | { readonly device: number; readonly slot: number; readonly replacing: boolean }
    | undefined;
  readonly stuckAgents: readonly { readonly at: string; readonly text: string }[];
  readonly isStuck: boolean;
  /** Whether reach or authority changed in this step, or everything is checked. */
  readonly isReachChange: boolean;
  isPlugged(order: number, device: number): boolean;
  /** Whether the driver declares the replace under way on the route hitless. */
  isHitless(device: number, slot: number): boolean;
  /** Number of open page requests. */
  readonly openRequests: number;
  /** Requests left open though a call has returned that took away what they were made on. */
  readonly abandonedRequests: readonly {
    /** Whether software has it, and not the queue that the hardware fills. */
    readonly isTaken: boolean;
    readonly origin: string;
    readonly text: string;
  }[];
  /** Name of the last call that returned, for faults of accesses in between. */
  readonly lastCall: string;
  /** Where the acting agent stood when it did the step. */
  readonly origin: string;
}

/** Called by a property's check: `kind` names the kind of entry or object, `origin` the procedure state at fault. */
export type Violate = (kind: string, origin: string, explanation: readonly string[]) => void;

export interface PropertyDefinition {
  readonly name: string;
  /** The statement, one sentence. */
  readonly statement: string;
  /** Why it must hold, for a counterexample's head. */
  readonly explanation: string;
  readonly citation: string;
  readonly on: readonly EventName[];
  /** Whether a bad call is no kind of its own: what it names says so already, or has nothing to do with what the call asked for. */
  readonly anyCall?: boolean;
  /** Returns how often its premise was true in this step. */
  readonly check: (view: WorldView, violate: Violate) => number;
}

export function defineProperty(property: PropertyDefinition): PropertyDefinition {
  return property;
}

/** Whether the call failed of itself beside another: by being open it hid what the other has done, and its return only shows it. */
export function isOnlyWitness(returned: ReturnedCall | undefined): boolean {
  return returned !== undefined && returned.outcome < 0 && returned.overlapped && !returned.injected;
}

/** Beside what a call that only witnesses was open. */
export function besideWhat(returned: ReturnedCall | undefined): string {
  if (returned?.besideFailure) return 'beside a call that memory failed';
  return returned?.besideFree ? 'beside a space freed' : 'beside a failing call';
}

/** The kind of what is lost, and how: in a call that must not fail, for want of memory; in an undo; or, for a call about routes, beside another. */
export function lostWith(returned: ReturnedCall | undefined, kind: string): string {
  if (returned === undefined) return kind;
  if (returned.afterShortage) return `${kind}, memory having run out`;
  if (returned.outcome < 0) return returned.injected ? `${kind} not put back` : kind;
  const { group } = OPERATIONS[returned.operation];
  if (group === 'routes' && returned.besideFailure) return `${kind}, a call having failed`;
  return group === 'routes' && returned.besideFree ? `${kind}, a space having been freed` : kind;
}

/** A kind of entry as a sentence has it: "an access in flight", "a PASID-cache entry". */
export function withArticle(kind: string): string {
  return `${/^[aeio]/i.test(kind) ? 'an' : 'a'} ${kind}`;
}
