import { CAUSE } from '../../../hardware/riscv/causes.js';
import * as dc from '../../../hardware/riscv/entries/device-context.js';
import * as directory from '../../../hardware/riscv/entries/directory.js';
import * as pte from '../../../hardware/riscv/entries/page-table.js';
import * as pc from '../../../hardware/riscv/entries/process-context.js';
import { COMMAND, KIND, riscv } from '../../../hardware/riscv/index.js';
import {
  type Device,
  isCanonical,
  NaiveWalker,
  readDevice,
  type Stages,
  tableIndex,
} from '../../../hardware/riscv/walk-naive.js';
import { type MemoryView, WHOLE } from '../../../vocabulary/architecture.js';
import type { WorldShape } from '../../../vocabulary/shape.js';
import type { Effect } from '../../../world/ledger.js';
import { alignedTo, CachedRows } from '../cached-rows.js';
import type { Answer, Request } from '../case.js';
import type { Expected, Model } from '../target.js';

/** Contexts, and translations, that QEMU keeps before it drops all. */
const CONTEXT_CAPACITY = 128;
const IOTLB_CAPACITY = 1 << 20;
const PAGED: readonly number[] = [COMMAND['vma-page'], COMMAND['vma-process-page'], COMMAND['gvma-page']];

/** What QEMU caches of device and process context together. */
interface Context {
  readonly stages: Stages;
  readonly gscid: number;
  readonly pscid: number;
  readonly deviations: readonly string[];
}

type Located =
  | { readonly context: Context; readonly rows: readonly (readonly number[])[] }
  | { readonly context: undefined; readonly fault: number; readonly deviations: readonly string[] };

/** A translation of 4 KiB, whatever the size of the page it was cut from. */
interface Cached {
  readonly page: number;
  readonly frame: number;
  readonly kind: number;
  /** What QEMU lets it do, and what the tables say. */
  readonly permission: number;
  readonly rightful: number;
  /** By which deviations it came about. */
  readonly deviations: readonly string[];
  /** Set when an invalidation that covers it has left it. */
  kept: string | undefined;
}

/**
 * Our RISC-V IOMMU with the caches that QEMU has: contexts by device and process, translations of 4 KiB by both context ids and
 * page, filled by DMA alone. Where QEMU goes another way than the specification, the deviation is named.
 */
export class RiscvModel implements Model {
  private readonly walker: NaiveWalker;
  private readonly contexts: CachedRows<Context>;
  private readonly iotlb: CachedRows<Cached>;

  constructor(
    private readonly memory: MemoryView,
    private readonly shape: WorldShape,
    private readonly levels: number,
    /** Whether requests are asked of the debug interface, which fills no translations. */
    private readonly asked: boolean,
  ) {
    this.walker = new NaiveWalker(memory, () => levels);
    this.contexts = new CachedRows(riscv, shape, CONTEXT_CAPACITY);
    this.iotlb = new CachedRows(riscv, shape, IOTLB_CAPACITY);
  }

  walk({ device, pasid, page, permission }: Request): Answer {
    const { walker, shape } = this;
    const fault = walker.translate(0, shape.devices[device].rid, pasid, page, permission);
    return fault !== 0
      ? { kind: 'fault', reason: fault, page }
      : { kind: 'frame', frame: this.answered(walker.frame, page, walker.size) };
  }

  /** The frame of an answer: of one that is asked for, what the debug interface still says of it. */
  private answered(frame: number, page: number, size: number): number {
    if (!this.asked) return frame;
    const first = size === WHOLE ? frame : frame - (page % 2 ** size);
    return first - (first % 1024);
  }

  request(request: Request, keep: boolean): Expected {
    const { device, pasid, page, permission } = request;
    const key = `${device} ${Math.max(pasid, 0)}`;
    let context = this.contexts.get(key);
    if (context === undefined) {
      const found = this.locate(device, pasid);
      if (found.context === undefined)
        return { answer: { kind: 'fault', reason: found.fault, page }, deviations: found.deviations };
      context = found.context;
      if (keep) this.contexts.set(key, found.rows, context);
    }
    const { stages, gscid, pscid } = context;
    const nested = stages.firstLevels > 0 && stages.secondLevels > 0;
    const kind = nested ? KIND.nested : stages.firstLevels > 0 ? KIND.first : KIND.second;
    const cached = this.iotlb.get(`${kind} ${gscid} ${pscid} ${page}`);
    if (cached !== undefined) return hit(cached, permission, context.deviations);
    const result = this.translate(context, page, permission);
    const deviations = [...context.deviations, ...result.deviations];
    if (result.fault !== 0) return { answer: { kind: 'fault', reason: result.fault, page }, deviations };
    const { frame } = result;
    // A translation to itself is never cached.
    if (keep && !this.asked && frame !== page) {
      const from = alignedTo(page, result.size);
      const tag = stages.secondLevels > 0 ? gscid : -1;
      const space = stages.firstLevels > 0 ? pscid : -1;
      const row = [kind, ~0, space, tag, from, result.size, frame - (page - from), result.rightful, 0];
      const { permission: granted, rightful } = result;
      const value = { page, frame, kind, permission: granted, rightful, deviations, kept: undefined };
      this.iotlb.set(`${kind} ${gscid} ${pscid} ${page}`, [row], value);
    }
    const answered = this.answered(frame, page, result.size);
    const harmless = answered === frame ? [] : ['debug-answer-cut'];
    return { answer: { kind: 'frame', frame: answered }, deviations, harmless };
  }

  command(effect: Effect): void {
    this.contexts.invalidate(effect);
    // QEMU keeps the device context under process 0, and takes it with that.
    if (effect.command === COMMAND.pdt) this.contexts.delete(`${effect.device} ${effect.pasid}`);
    this.iotlb.invalidate(effect, (cached) => {
      if (!PAGED.includes(effect.command) || cached.page === effect.page) return false;
      const isGuest = effect.command === COMMAND['gvma-page'] && cached.kind === KIND.nested;
      cached.kept = isGuest ? 'guest-address-compared-with-iova' : 'large-page-in-pieces';
      return true;
    });
  }

  /** Device and process context, as QEMU reads them, or a fault. */
  private locate(device: number, pasid: number): Located {
    const { memory, walker, shape } = this;
    const { rid } = shape.devices[device];
    // Whatever is wrong with the device's entries shows in any walk.
    const fault = walker.translate(0, rid, pasid, 0, 0);
    const found = this.deviceContext(rid);
    if (found === undefined) return { context: undefined, fault, deviations: [] };
    const { gscid, pscid, secondLevels, secondTable } = found;
    const row = [KIND['device-context'], device, -1, -1, 0, WHOLE, 0, 3, 0];
    const bare = { firstLevels: 0, firstTable: 0, secondLevels, secondTable };
    if (!found.hasProcesses) {
      if (pasid >= 0) return { context: undefined, fault: CAUSE.typeDisallowed, deviations: [] };
      const stages = { ...bare, firstLevels: found.levels, firstTable: found.table };
      return { context: { stages, gscid, pscid, deviations: [] }, rows: [row] };
    }
    const pid = pasid < 0 && found.defaultProcess ? 0 : pasid;
    if (pid < 0 || found.levels === 0)
      return { context: { stages: bare, gscid, pscid, deviations: [] }, rows: [row] };
    // The process directory is read at its address as it stands, and not through the second stage.
    const isElsewhere = secondLevels > 0 && this.translates(found, found.table) !== found.table;
    const deviations = isElsewhere ? ['process-directory-untranslated'] : [];
    const at = directory.processIndex(pid, 1) * pc.PC_QWORDS;
    const ta = memory.low(found.table, at);
    const fscHigh = memory.high(found.table, at + 1);
    if (!pc.isProcessValid(ta)) return { context: undefined, fault: CAUSE.processInvalid, deviations };
    const firstLevels = dc.levelsOf(dc.contextMode(fscHigh));
    const firstTable = dc.contextTable(memory.low(found.table, at + 1), fscHigh);
    const process = [KIND['process-context'], device, pid, -1, 0, WHOLE, 0, 3, 0];
    const context = {
      stages: { ...bare, firstLevels, firstTable },
      gscid,
      pscid: dc.pscidOf(ta),
      deviations,
    };
    return { context, rows: [row, process] };
  }

  /** The fields of a device's context, or undefined where a walk does not get to one. */
  private deviceContext(rid: number): Device | undefined {
    const { memory } = this;
    let table = memory.root(0);
    for (let level = this.levels; level > 1; level--) {
      const index = directory.deviceIndex(rid, level);
      const low = memory.low(table, index);
      const high = memory.high(table, index);
      if (!directory.isDirectoryValid(low) || directory.hasDirectoryReserved(low, high)) return undefined;
      table = directory.directoryTable(low, high);
    }
    const at = directory.deviceIndex(rid, 1) * dc.DC_QWORDS;
    const tc = memory.low(table, at);
    if (
      !dc.isContextValid(tc) ||
      dc.isControlInvalid(tc) ||
      dc.hasControlReserved(tc, memory.high(table, at))
    )
      return undefined;
    return readDevice(memory, table, at, tc);
  }

  /** Where the second stage puts a guest page that is read, or -1. */
  private translates(
    second: Pick<Stages, 'secondLevels' | 'secondTable'>,
    page: number,
    permission = 1,
  ): number {
    const { secondLevels, secondTable } = second;
    const stages = { firstLevels: 0, firstTable: 0, secondLevels, secondTable };
    return this.walker.fromStages(stages, 0, 0, page, permission) === 0 ? this.walker.frame : -1;
  }

  /** A translation that is not cached, as QEMU does it. */
  private translate({ stages, gscid, pscid }: Context, page: number, permission: number) {
    const { walker } = this;
    const fault = walker.fromStages(stages, gscid, pscid, page, permission);
    const { frame, size, permission: rightful } = walker;
    const none = { frame: 0, size: 0, permission: 0, rightful: 0, deviations: [] as readonly string[] };
    if (stages.firstLevels === 0 || stages.secondLevels === 0) {
      if (fault !== 0) return { ...none, fault };
      const leaf = stages.firstLevels + stages.secondLevels === 0 ? undefined : this.leafOf(stages, page);
      return {
        fault,
        frame,
        size,
        permission: leaf === undefined ? 3 : leaf.rights,
        rightful,
        deviations: none.deviations,
      };
    }
    const table = this.deniedTable(stages, page, permission);
    if (table >= 0) {
      const denied = walker.fromStages({ ...stages, firstLevels: 0 }, gscid, 0, table, permission);
      const asks = this.translates(stages, table) < 0 ? [] : ['table-asked-as-page'];
      const order = isCanonical(page, stages.firstLevels) ? [] : ['root-before-canonical'];
      return { ...none, fault: denied, deviations: denied === fault ? [] : [...order, ...asks] };
    }
    const leaf = isCanonical(page, stages.firstLevels) ? this.leafOf(stages, page) : undefined;
    // Nothing is other than in the specification until the first stage has found its leaf and that lets the access through.
    if (leaf === undefined || (permission & ~leaf.permission) !== 0) return { ...none, fault };
    // From here on QEMU asks the second stage for all that the leaf permits, and keeps what the second stage says.
    const { secondLevels, secondTable } = stages;
    const second = { firstLevels: 0, firstTable: 0, secondLevels, secondTable };
    const denied = walker.fromStages(second, gscid, 0, leaf.frame, leaf.rights);
    const deviations = denied !== fault ? ['nested-permissions'] : [];
    if (denied !== 0) return { ...none, fault: denied, deviations };
    const found = walker.frame;
    const foundSize = Math.min(leaf.size, walker.size);
    const granted = this.leafOf(second, leaf.frame)?.rights ?? 0;
    const both = leaf.permission & walker.permission;
    return { fault: 0, frame: found, size: foundSize, permission: granted, rightful: both, deviations };
  }

  /**
   * The first table of the first stage that the second stage does not let be accessed as the page is to be, or -1: QEMU asks for that and
   * not for reading alone, and for the root before it looks whether the page is canonical.
   */
  private deniedTable(stages: Stages, page: number, permission: number): number {
    const { memory } = this;
    let table = stages.firstTable;
    for (let level = stages.firstLevels; level > 0; level--) {
      const at = this.translates(stages, table, permission);
      if (at < 0) return table;
      if (!isCanonical(page, stages.firstLevels)) return -1;
      const index = tableIndex(page, level, false);
      const low = memory.low(at, index);
      const high = memory.high(at, index);
      if (!pte.isPteValid(low) || pte.isPteMalformed(low, high, level) || pte.isPteLeaf(low)) return -1;
      table = pte.pteFrame(low, high);
    }
    return -1;
  }

  /** The leaf of the first stage that is not bare: where it leads, and what its R and W say, with and without A and D. */
  private leafOf(stages: Stages, page: number) {
    const { memory } = this;
    const isFirst = stages.firstLevels > 0;
    const levels = isFirst ? stages.firstLevels : stages.secondLevels;
    let table = isFirst ? stages.firstTable : stages.secondTable;
    for (let level = levels; level > 0; level--) {
      if (isFirst && stages.secondLevels > 0) table = this.translates(stages, table);
      if (table < 0) return undefined;
      const index = tableIndex(page, level, !isFirst && level === levels);
      const low = memory.low(table + (index >>> 9), index & 511);
      const high = memory.high(table + (index >>> 9), index & 511);
      if (!pte.isPteValid(low) || pte.isPteMalformed(low, high, level)) return undefined;
      const target = pte.pteFrame(low, high);
      if (pte.isPteLeaf(low)) {
        const size = 9 * (level - 1);
        const rights = ((low & pte.PTE_READ) !== 0 ? 1 : 0) | ((low & pte.PTE_WRITE) !== 0 ? 2 : 0);
        return { frame: target + (page % 2 ** size), size, rights, permission: pte.ptePermission(low) };
      }
      table = target;
    }
    return undefined;
  }
}

/** A translation from the cache. */
function hit(cached: Cached, permission: number, before: readonly string[]): Expected {
  const deviations = [...before, ...cached.deviations, ...(cached.kept === undefined ? [] : [cached.kept])];
  if ((permission & ~cached.permission) !== 0)
    return { answer: { kind: 'blocked' }, deviations: [...deviations, 'cached-denial-unrecorded'] };
  if ((permission & ~cached.rightful) !== 0)
    deviations.push(cached.kind === KIND.nested ? 'nested-permissions' : 'cached-write-without-dirty');
  return { answer: { kind: 'frame', frame: cached.frame }, deviations };
}
