import { type MemoryView, WHOLE } from '../../vocabulary/architecture.js';
import { tableIndex } from '../span.js';
import { frameOf, FRAME_LIMIT } from '../vtd/entries/address.js';
import * as second from '../vtd/entries/second-level.js';
import * as entries from './entries.js';
import { denied, FAULT, isRecoverable } from './faults.js';

/** What a context entry says. */
export interface Context {
  readonly type: number;
  readonly levels: number;
  readonly table: number;
  readonly domain: number;
}

/**
 * The walker written straight after the specification's steps (3.4.2, 3.7, 7.1.3): slow, and meant to be compared with the text.
 * Every method returns 0 or a fault reason; what it found is in the fields after a 0.
 */
export class NaiveWalker {
  /** The frame of the page asked for. */
  frame = 0;
  /** Page-number bits of the translation that was found. */
  size = 0;
  /** What the translation permits: 1 read, 2 write. */
  permission = 0;
  /** Domain id that tags the translation. */
  tag = -1;

  constructor(private readonly memory: MemoryView) {}

  /** An untranslated request; `permission` is what the access needs. */
  translate(iommu: number, rid: number, page: number, permission: number): number {
    const found = this.findContext(iommu, rid);
    return typeof found === 'number' ? found : this.fromContext(found, page, permission);
  }

  /**
   * A translation request of a device (4.1): the completion's permission is in {@link permission}. What the device is not
   * permitted answers with permission 0 and is no fault.
   */
  translationRequest(iommu: number, rid: number, page: number): number {
    const found = this.findContext(iommu, rid);
    if (typeof found === 'number') return found;
    if (found.type !== entries.TYPE.deviceTlb) return FAULT.deviceTlbDisabled;
    const fault = this.fromContext(found, page, 0);
    if (fault === 0 || !isRecoverable(fault)) return fault;
    this.permission = 0;
    return 0;
  }

  /** A translated request (4.2): nothing below the context entry is looked at. */
  translatedRequest(iommu: number, rid: number): number {
    const found = this.findContext(iommu, rid);
    if (typeof found === 'number') return found;
    return found.type === entries.TYPE.deviceTlb ? 0 : FAULT.deviceTlbDisabled;
  }

  /** The context entry of a requester; a number is a fault. */
  findContext(iommu: number, rid: number): Context | number {
    const { memory } = this;
    const root = memory.root(iommu);
    if (root >= memory.frames) return FAULT.rootTableAccess;
    const at = entries.rootIndex(rid);
    const low = memory.low(root, at);
    const high = memory.high(root, at);
    if (!entries.isPresent(low)) return FAULT.rootNotPresent;
    if (entries.hasRootReserved(low, high, memory.low(root, at + 1) | memory.high(root, at + 1)))
      return FAULT.rootReserved;
    const table = entries.tableOf(low, high);
    if (table >= memory.frames) return FAULT.contextTableAccess;
    const index = entries.contextIndex(rid);
    const low0 = memory.low(table, index);
    const high0 = memory.high(table, index);
    const low1 = memory.low(table, index + 1);
    if (!entries.isPresent(low0)) return FAULT.contextNotPresent;
    if (entries.hasContextReserved(low0, high0, low1, memory.high(table, index + 1)))
      return FAULT.contextReserved;
    if (entries.isContextInvalid(low0, low1)) return FAULT.contextInvalid;
    return {
      type: entries.typeOf(low0),
      levels: entries.levelsOf(low1),
      table: entries.tableOf(low0, high0),
      domain: entries.domainOf(low1),
    };
  }

  /** From a context entry's fields to the page. */
  fromContext(context: Context, page: number, permission: number): number {
    this.tag = context.domain;
    if (page >= 2 ** (9 * context.levels)) return FAULT.aboveWidth;
    if (context.type === entries.TYPE.passThrough) {
      if (page >= FRAME_LIMIT) return FAULT.aboveWidth;
      this.frame = page;
      this.size = WHOLE;
      this.permission = 3;
      return 0;
    }
    const { memory } = this;
    let { table } = context;
    let allowed = 3;
    for (let level = context.levels; ; level--) {
      if (table >= memory.frames) return FAULT.tableAccess;
      const index = tableIndex(page, level);
      const low = memory.low(table, index);
      const high = memory.high(table, index);
      if (second.isSecondPresent(low) && second.hasSecondReserved(low, high, level))
        return FAULT.tableReserved;
      allowed &= low & 3;
      if (allowed === 0) return denied(permission);
      table = frameOf(low, high);
      if (!second.isSecondLeaf(low, level)) continue;
      if ((permission & ~allowed) !== 0) return denied(permission & ~allowed);
      this.size = 9 * (level - 1);
      const span = 2 ** this.size;
      this.frame = table - (table % span) + (page % span);
      this.permission = allowed;
      return 0;
    }
  }
}
