import * as directory from '../../../hardware/vtd/entries/directory.js';
import * as first from '../../../hardware/vtd/entries/first-level.js';
import * as pasids from '../../../hardware/vtd/entries/pasid.js';
import * as second from '../../../hardware/vtd/entries/second-level.js';
import { FAULT } from '../../../hardware/vtd/faults.js';
import { COMMANDS } from '../../../hardware/vtd/invalidation.js';
import { KIND } from '../../../hardware/vtd/kinds.js';
import { vtd } from '../../../hardware/vtd/index.js';
import { NaiveWalker } from '../../../hardware/vtd/walk-naive.js';
import { tableIndex } from '../../../hardware/span.js';
import { type BoundArchitecture, type MemoryView, ROW } from '../../../vocabulary/architecture.js';
import type { WorldShape } from '../../../vocabulary/shape.js';
import type { Effect } from '../../../world/ledger.js';
import { alignedTo, CachedRows, frameIn } from '../cached-rows.js';
import type { Answer, Request } from '../case.js';
import type { Expected, Model } from '../target.js';

/** IOTLB entries, and then all are dropped. */
const IOTLB_CAPACITY = 1024;
/** Kind of the leaf that each PGTT makes. */
const LEAF_OF: readonly number[] = [0, KIND.first, KIND.second, 0, KIND['pass-through']];

const SIZES = [0, 9, 18];

/** A finished translation, and by which deviations it came about. */
interface Cached {
  readonly row: readonly number[];
  readonly deviations: readonly string[];
}

/**
 * Our VT-d with the caches that QEMU has: context entries, one a device; finished translations by source, PASID, level and
 * page. Every other entry is read from memory at each miss.
 */
export class VtdModel implements Model {
  private readonly bound: BoundArchitecture;
  private readonly walker: NaiveWalker;
  private readonly contexts: CachedRows<readonly number[]>;
  private readonly iotlb: CachedRows<Cached>;
  /** Devices that QEMU has taken off translation. */
  private readonly passing = new Set<number>();

  constructor(
    private readonly memory: MemoryView,
    private readonly shape: WorldShape,
  ) {
    this.bound = vtd.bind(shape, memory, { control: () => true });
    this.walker = new NaiveWalker(memory);
    this.contexts = new CachedRows(vtd, shape, shape.devices.length + 1);
    this.iotlb = new CachedRows(vtd, shape, IOTLB_CAPACITY);
    shape.devices.forEach((_, device) => {
      this.refreshPassing(device);
    });
  }

  walk({ device, pasid, page, permission }: Request): Answer {
    const { walker, shape } = this;
    const fault = walker.translate(0, shape.devices[device].rid, pasid, page, permission);
    return fault !== 0 ? { kind: 'fault', reason: fault, page } : { kind: 'frame', frame: walker.frame };
  }

  request(request: Request, keep: boolean): Expected {
    const { device, page, permission } = request;
    if (this.passing.has(device)) {
      const frame: Answer = { kind: 'frame', frame: page };
      const isDue = this.isPassThrough(device);
      return { answer: frame, deviations: isDue ? [] : ['pass-through-sticks'] };
    }
    const key = String(device);
    let row = this.contexts.get(key);
    if (row === undefined) {
      this.bound.routes(device, (...values) => {
        row = values;
      });
      // The PASID entry is looked at once where the context entry is fetched, and its absence then noticed.
      const fault = this.walk({ ...request, permission: 0 });
      if (row === undefined) return { answer: fault, deviations: [] };
      const early = this.entryFault(row);
      if (early !== undefined)
        return { answer: { kind: 'fault', reason: early.reason, page }, deviations: early.deviations };
      if (keep) this.contexts.set(key, [row], row);
    }
    const deviations: string[] = [];
    const entry = this.pasidEntry(row);
    if (!pasids.isPasidPresent(entry.low0)) deviations.push('absent-pasid-entry-used');
    const type = pasids.pasidType(entry.low0);
    // Without its present bit it passes nothing through, and is walked as if it had a second stage.
    if (type === pasids.PASS_THROUGH && deviations.length === 0) {
      if (keep) this.passing.add(device);
      return { answer: { kind: 'frame', frame: page }, deviations };
    }
    for (const size of SIZES) {
      const found = this.iotlb.get(`${device} ${row[ROW.extra]} ${size} ${alignedTo(page, size)}`);
      if (found === undefined) continue;
      deviations.push(...found.deviations);
      if ((permission & ~found.row[ROW.attributes]) !== 0)
        return { answer: { kind: 'blocked' }, deviations: [...deviations, 'cached-denial-unrecorded'] };
      return { answer: { kind: 'frame', frame: frameIn(found.row, page) }, deviations };
    }
    const { walker } = this;
    const firstTable = pasids.pasidTable(entry.low2, entry.high2);
    const secondTable = pasids.pasidTable(entry.low0, entry.high0);
    const walked = type === pasids.PASS_THROUGH ? pasids.SECOND_LEVEL : type;
    const translation = { type: walked, firstTable, secondTable, writeProtect: false, secondAccessed: false };
    const fault = walker.fromPasid(translation, page, permission, false);
    const denied = this.deniedAbove(
      type,
      type === pasids.FIRST_LEVEL ? firstTable : secondTable,
      page,
      permission,
    );
    if (denied !== 0 && denied !== fault && !(isAbsent(fault) && type === pasids.SECOND_LEVEL)) {
      deviations.push('upper-denial-first');
      return { answer: { kind: 'fault', reason: denied, page }, deviations };
    }
    if (fault !== 0) return { answer: { kind: 'fault', reason: fault, page }, deviations };
    const { frame, size } = walker;
    if (keep) {
      const tag = pasids.pasidDomain(entry.low1);
      const from = alignedTo(page, size);
      const leaf = [
        LEAF_OF[walked],
        ~0,
        row[ROW.extra],
        tag,
        from,
        size,
        frame - (page - from),
        walker.permission,
        0,
      ];
      this.iotlb.set(`${device} ${row[ROW.extra]} ${size} ${from}`, [leaf], { row: leaf, deviations });
    }
    return { answer: { kind: 'frame', frame }, deviations };
  }

  command(effect: Effect): void {
    this.contexts.invalidate(effect);
    this.iotlb.invalidate(effect);
    const { name } = COMMANDS[effect.command];
    if (name === 'context-device') this.refreshPassing(effect.device);
    if (name === 'context-global')
      this.shape.devices.forEach((_, device) => {
        this.refreshPassing(device);
      });
  }

  /** After a context-cache invalidation QEMU looks in memory whether the device passes through, before any request. */
  private refreshPassing(device: number): void {
    if (this.isPassThrough(device)) this.passing.add(device);
    else this.passing.delete(device);
  }

  private isPassThrough(device: number): boolean {
    const { walker, shape } = this;
    return (
      walker.translate(0, shape.devices[device].rid, -1, 0, 0) === 0 && walker.type === pasids.PASS_THROUGH
    );
  }

  /** What is wrong with the directory and PASID entry that a context entry leads to, in the order QEMU looks. */
  private entryFault(row: readonly number[]): { reason: number; deviations: readonly string[] } | undefined {
    const { memory } = this;
    const ridPasid = row[ROW.extra];
    const place = directory.directoryIndex(ridPasid);
    const low = memory.low(row[ROW.frame], place);
    if (!directory.isDirectoryPresent(low)) return { reason: FAULT.directoryNotPresent, deviations: [] };
    const entry = this.pasidEntry(row);
    if (pasids.isUnit0Invalid(entry.low0)) {
      const deviations = pasids.isPasidPresent(entry.low0) ? [] : ['type-before-present'];
      return { reason: FAULT.pasidInvalid, deviations };
    }
    if (!pasids.isPasidPresent(entry.low0)) return { reason: FAULT.pasidNotPresent, deviations: [] };
    return undefined;
  }

  private pasidEntry(row: readonly number[]) {
    const { memory } = this;
    const ridPasid = row[ROW.extra];
    const place = directory.directoryIndex(ridPasid);
    const table = directory.directoryTable(
      memory.low(row[ROW.frame], place),
      memory.high(row[ROW.frame], place),
    );
    const at = pasids.pasidIndex(ridPasid);
    return {
      low0: memory.low(table, at),
      high0: memory.high(table, at),
      low1: memory.low(table, at + 1),
      low2: memory.low(table, at + 2),
      high2: memory.high(table, at + 2),
    };
  }

  /** QEMU checks the right at each level as it goes, where the specification asks for it when the walk has ended. */
  private deniedAbove(type: number, root: number, page: number, permission: number): number {
    const { memory } = this;
    const writes = (permission & 2) !== 0;
    let table = root;
    for (let level = 4; level > 0; level--) {
      const index = tableIndex(page, level);
      const low = memory.low(table, index);
      const high = memory.high(table, index);
      if (type === pasids.FIRST_LEVEL) {
        if (!first.isFirstPresent(low)) return 0;
        if ((low & first.FIRST_USER) === 0) return FAULT.userDenied;
        if (writes && (low & first.FIRST_WRITE) === 0) return FAULT.writeDenied;
        if (first.hasFirstReserved(low, high, level) || first.isFirstLeaf(low, level)) return 0;
      } else {
        if ((low & permission) !== permission) return writes ? FAULT.writeDenied : FAULT.readDenied;
        if (second.hasSecondReserved(low, high, level) || second.isSecondLeaf(low, level)) return 0;
      }
      table = pasids.pasidTable(low, high);
    }
    return 0;
  }
}

/** A second-stage entry that is not present permits nothing: QEMU records the same for it and for a right that is missing. */
function isAbsent(fault: number): boolean {
  return fault === FAULT.secondNotPresent || fault === FAULT.writeDenied || fault === FAULT.readDenied;
}

/** Legacy mode's reason in place of scalable mode's, where QEMU records that (7.1.3). */
export function recorded(mode: string, reason: number, permission: number): number {
  switch (reason) {
    case FAULT.rootNotPresent:
      return 0x1;
    case FAULT.contextNotPresent:
      return 0x2;
    case FAULT.contextReserved:
      return 0xb;
    case FAULT.aboveSecondWidth:
      return 0x4;
    case FAULT.secondReserved:
      return 0xc;
    case FAULT.secondNotPresent:
    case FAULT.writeDenied:
    case FAULT.readDenied:
      if (mode === 'first') return reason;
      return (permission & 2) !== 0 ? 0x5 : 0x6;
    default:
      return reason;
  }
}
