import {
  type BoundArchitecture,
  type DeviceView,
  IDENTITY,
  type MemoryView,
  ROW,
  type RowSink,
  WHOLE,
} from '../../vocabulary/architecture.js';
import type { WorldShape } from '../../vocabulary/shape.js';
import { flightByLeaf, translatedFlight } from '../flights.js';
import { isWithin } from '../span.js';
import { HOST_ADDRESS_WIDTH } from '../vtd/entries/address.js';
import { SecondStage } from '../vtd/second-stage.js';
import * as entries from './entries.js';
import { FAULT } from './faults.js';
import { KIND } from './kinds.js';
import { NaiveWalker } from './walk-naive.js';

/** `attributes` of context rows: TT and the levels of the table. */
const TYPE_SHIFT = 2;
const LEVELS_SHIFT = 4;

/** One read of memory at a time (docs/semantics.md, section 2), in legacy mode. An entry that is malformed yields nothing. */
export class LegacyClosure implements BoundArchitecture {
  private readonly walker: NaiveWalker;
  private readonly second: SecondStage;

  constructor(
    private readonly shape: WorldShape,
    private readonly memory: MemoryView,
    private readonly devices: DeviceView,
  ) {
    this.walker = new NaiveWalker(memory);
    this.second = new SecondStage(KIND, shape, memory);
  }

  routes(device: number, sink: RowSink): void {
    if (!this.contextRow(device, sink) && this.cachesAbsent(device))
      sink(KIND['absent-context'], device, -1, 0, 0, WHOLE, 0, 0, 0);
  }

  private contextRow(device: number, sink: RowSink): boolean {
    const { memory } = this;
    const { rid, iommu } = this.shape.devices[device];
    const root = memory.root(iommu);
    if (root >= memory.frames) return false;
    const at = entries.rootIndex(rid);
    const low = memory.low(root, at);
    const high = memory.high(root, at);
    const table = entries.tableOf(low, high);
    const rest = memory.low(root, at + 1) | memory.high(root, at + 1);
    if (!entries.isPresent(low) || entries.hasRootReserved(low, high, rest) || table >= memory.frames)
      return false;
    const index = entries.contextIndex(rid);
    const low0 = memory.low(table, index);
    const high0 = memory.high(table, index);
    const low1 = memory.low(table, index + 1);
    if (!entries.isPresent(low0)) return false;
    if (entries.hasContextReserved(low0, high0, low1, memory.high(table, index + 1))) return false;
    if (entries.isContextInvalid(low0, low1)) return false;
    const type = entries.typeOf(low0);
    const attributes = 3 | (type << TYPE_SHIFT) | (entries.levelsOf(low1) << LEVELS_SHIFT);
    // The pointer of a pass-through entry is ignored, and no part of the value.
    const frame = type === entries.TYPE.passThrough ? 0 : entries.tableOf(low0, high0);
    sink(KIND.context, device, -1, entries.domainOf(low1), 0, WHOLE, frame, attributes, 0);
    return true;
  }

  next(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const tag = row[at + ROW.tag];
    const frame = row[at + ROW.frame];
    if (row[at + ROW.kind] === KIND['second-structure']) {
      const permission = row[at + ROW.attributes] & 3;
      this.second.entries(
        ~row[at + ROW.device],
        tag,
        frame,
        row[at + ROW.page],
        row[at + ROW.size],
        permission,
        sink,
      );
    } else if (row[at + ROW.kind] === KIND.context) {
      const { iommu } = this.shape.devices[row[at + ROW.device]];
      const attributes = row[at + ROW.attributes];
      if (typeOf(attributes) === entries.TYPE.passThrough) {
        const size = Math.min(9 * levelsOf(attributes), HOST_ADDRESS_WIDTH - 12);
        sink(KIND['pass-through'], ~iommu, -1, tag, 0, size, IDENTITY, 3, 0);
      } else this.second.entries(iommu, tag, frame, 0, 9 * levelsOf(attributes), 3, sink);
    }
  }

  private cachesAbsent(device: number): boolean {
    return this.shape.iommus[this.shape.devices[device].iommu].cachingMode;
  }

  reach(one: ArrayLike<number>, at: number, other: ArrayLike<number>, otherAt: number, sink: RowSink): void {
    const device = one[at + ROW.device];
    const hasDeviceTlb = typeOf(one[at + ROW.attributes]) === entries.TYPE.deviceTlb;
    const kind = other[otherAt + ROW.kind];
    if (kind === KIND['device-tlb']) {
      // Translated requests are let through while the context entry has TT 1, whatever lies below it (4.2.5).
      if (hasDeviceTlb) translatedFlight(KIND['flight-translated'], one, at, other, otherAt, sink);
      return;
    }
    if (!this.feeds(one, at, other, otherAt)) return;
    const flight = kind === KIND.second ? KIND['flight-second'] : KIND['flight-pass-through'];
    const kept = hasDeviceTlb && this.devices.control(device, 'ats') ? KIND['device-tlb'] : -1;
    const permission = other[otherAt + ROW.attributes] & 3;
    flightByLeaf(flight, kept, device, -1, permission, -1, other, otherAt, sink);
  }

  feeds(config: ArrayLike<number>, at: number, member: ArrayLike<number>, memberAt: number): boolean {
    if (config[at + ROW.kind] !== KIND.context) return false;
    if (config[at + ROW.tag] !== member[memberAt + ROW.tag]) return false;
    if (this.shape.devices[config[at + ROW.device]].iommu !== ~member[memberAt + ROW.device]) return false;
    const passes = typeOf(config[at + ROW.attributes]) === entries.TYPE.passThrough;
    const kind = member[memberAt + ROW.kind];
    if (kind === KIND['pass-through']) return passes;
    return !passes && (kind === KIND.second || kind === KIND['second-structure']);
  }

  faultOf(row: ArrayLike<number>, at: number, pasid: number, page: number, permission: number): number {
    if (pasid >= 0) return 0;
    switch (row[at + ROW.kind]) {
      case KIND.context: {
        const attributes = row[at + ROW.attributes];
        const context = {
          type: typeOf(attributes),
          levels: levelsOf(attributes),
          table: row[at + ROW.frame],
          domain: row[at + ROW.tag],
        };
        return this.walker.fromContext(context, page, permission);
      }
      case KIND['absent-context']:
        return FAULT.contextNotPresent;
      case KIND['absent-second']:
        return isWithin(page, row[at + ROW.page], row[at + ROW.size]) ? FAULT.readDenied : 0;
      default:
        return 0;
    }
  }
}

function typeOf(attributes: number): number {
  return (attributes >>> TYPE_SHIFT) & 3;
}

function levelsOf(attributes: number): number {
  return (attributes >>> LEVELS_SHIFT) & 7;
}
