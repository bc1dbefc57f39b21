import type { Arbitrary } from 'fast-check';
import type { Architecture, MemoryView } from '../../vocabulary/architecture.js';
import type { WorldShape } from '../../vocabulary/shape.js';
import type { Effect } from '../../world/ledger.js';
import type { Answer, Case, Command, Request } from './case.js';
import type { Batch, QemuLaunch } from './qtest.js';

/** A way in which QEMU's emulation differs from the specification. */
export interface Deviation {
  readonly name: string;
  /** What it does, and what the specification says instead. */
  readonly what: string;
  /** Section of the specification. */
  readonly section: string;
  /** A case, as a replay file holds it, in which it shows. */
  readonly shows: object;
}

/** Names of the deviations by which QEMU records a reason under another number, and a fault without its address. */
export const RENUMBERED = 'reasons-renumbered';
export const UNADDRESSED = 'fault-without-address';

/** What our caches, run as QEMU declares its own, expect. */
export interface Expected {
  readonly answer: Answer;
  /** Deviations without which the answer would be another: it need not lie in what the specification allows. */
  readonly deviations: readonly string[];
  /** Deviations that show in the answer and leave what it says inside what the specification allows. */
  readonly harmless?: readonly string[];
}

/** Our side of a case: the hardware's walker and invalidation table, with QEMU's declared policy of what is cached. */
export interface Model {
  /** With `keep` false, nothing is cached by it. */
  request(request: Request, keep: boolean): Expected;
  command(effect: Effect): void;
  /** The answer of a walk of memory as it is, with nothing cached, as the specification has it. */
  walk(request: Request): Answer;
}

/** A fault as QEMU recorded it; its page is {@link UNKNOWN_PAGE} where it recorded none. */
export interface Fault {
  readonly reason: number;
  readonly page: number;
}
export const UNKNOWN_PAGE = -1;

/** QEMU's side: the machine and the IOMMU's registers. */
export interface Board {
  /** Once, after the start. */
  setUp(batch: Batch): void;
  /** All caches empty, the root register set: before each case. */
  begin(batch: Batch, root: number, rootMode: number): void;
  command(batch: Batch, command: Command, rid: number): void;
  /** Read the oldest fault record, and clear all. */
  takeFault(batch: Batch, take: (fault: Fault | undefined) => void): void;
  /** Register base of the DMA master of each device. */
  readonly masters: readonly number[];
  /** Ask the IOMMU itself for the translation, where it has a way to be asked: for requests with a PASID. */
  ask?(batch: Batch, request: Request, rid: number, take: (answer: Answer) => void): void;
  /** What an answer so got says of the range that begins at a frame. */
  askedFrame?(first: number): number;
}

export interface TargetMode {
  /** A mode of the architecture. */
  readonly name: string;
  readonly launch: QemuLaunch;
  /** What of the mode the cases exercise, for the table of what is compared. */
  readonly features: readonly string[];
  readonly cases: Arbitrary<Case>;
  /** The page that the master's script is at, where it is not the usual one. */
  readonly scriptPage?: number;
  /** Whether requests go by {@link Board.ask} and not by DMA. */
  readonly asked?: boolean;
}

/** One architecture as QEMU emulates it. */
export interface QemuTarget {
  readonly architecture: Architecture;
  readonly devices: readonly { readonly rid: number }[];
  /** The world in which the hardware is bound, by what else the root register holds. */
  shape(rootMode: number): WorldShape;
  /** End of memory, as a frame number. */
  readonly frames: number;
  /** Frames that cases put tables in: zeroed before each. */
  readonly tables: readonly { readonly first: number; readonly count: number }[];
  /** Frames that pages lead to. */
  readonly dataFrames: readonly number[];
  readonly board: Board;
  readonly modes: readonly TargetMode[];
  /** Modes of the architecture that QEMU lacks, and features of the modes it has: not compared, by whom they are covered. */
  readonly notCompared: readonly { readonly what: string; readonly covered: string }[];
  readonly deviations: readonly Deviation[];
  model(memory: MemoryView, rootMode: number, mode: TargetMode): Model;
  /** Whether every fault record has, by the specification, the address of the request. */
  readonly recordsAllAddresses?: boolean;
  /** Reasons of ours for which a finished translation ends a request that it does not permit. */
  readonly denials: readonly number[];
  /** The reason of ours for which a request ends without an access and without a record, by rights. */
  readonly silent?: number;
  /** The number under which QEMU records a fault reason of ours, where that is another: {@link RENUMBERED} is the deviation. */
  recorded?(mode: string, reason: number, permission: number): number;
}
