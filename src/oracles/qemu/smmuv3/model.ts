import * as context from '../../../hardware/smmuv3/entries/context.js';
import * as stream from '../../../hardware/smmuv3/entries/stream.js';
import * as table from '../../../hardware/smmuv3/entries/table.js';
import { EVENT } from '../../../hardware/smmuv3/events.js';
import { COMMAND, KIND, smmuv3 } from '../../../hardware/smmuv3/index.js';
import {
  type Context,
  NaiveWalker,
  readContext,
  readContextTable,
  type Stream,
} from '../../../hardware/smmuv3/walk-naive.js';
import { tableIndex } from '../../../hardware/span.js';
import { type MemoryView, WHOLE } from '../../../vocabulary/architecture.js';
import type { WorldShape } from '../../../vocabulary/shape.js';
import type { Effect } from '../../../world/ledger.js';
import { alignedTo, CachedRows } from '../cached-rows.js';
import type { Answer, Request } from '../case.js';
import type { Expected, Model } from '../target.js';

/** TLB entries, and then all are dropped. Configurations: one a device. */
const TLB_CAPACITY = 256;
const CONFIG_CAPACITY = 1024;
const SIZES = [27, 18, 9, 0];
const NO_SECOND = { secondLevels: 0, secondTable: 0, secondIgnoresAccess: false };

/** What QEMU caches of stream table entry and context descriptor together. */
interface Config {
  readonly stream: Stream;
  readonly context: Context | undefined;
  /** The first stage's root as it was translated when the configuration was read. */
  readonly root: number;
}

/** A translation in the TLB. */
interface Cached {
  readonly page: number;
  readonly size: number;
  readonly frame: number;
  /** By the first stage (or the only one), and by the second. */
  readonly permission: number;
  readonly parent: number;
  /** Whether a table above takes writes away, which is not remembered. */
  readonly forgets: boolean;
  readonly isSecond: boolean;
  /** By which deviations it came about. */
  readonly deviations: readonly string[];
}

/** What a walk gives: an event, or a translation. */
type Walked =
  | { readonly event: number; readonly found?: undefined }
  | { readonly event: 0; readonly found: Omit<Cached, 'isSecond' | 'deviations'> };

/**
 * Our SMMU with the caches that QEMU has: configurations by StreamID, translations by ASID, VMID, level and page, those of the
 * second stage alone under no ASID. Where QEMU goes another way than the specification, the deviation is named.
 */
export class SmmuModel implements Model {
  private readonly walker: NaiveWalker;
  private readonly configs: CachedRows<Config>;
  private readonly tlb: CachedRows<Cached>;
  /** What the request under way has met. */
  private deviations: string[] = [];
  private keeps = false;

  constructor(
    private readonly memory: MemoryView,
    private readonly shape: WorldShape,
    levels: number,
  ) {
    this.walker = new NaiveWalker(memory, () => levels);
    this.configs = new CachedRows(smmuv3, shape, CONFIG_CAPACITY);
    this.tlb = new CachedRows(smmuv3, shape, TLB_CAPACITY);
  }

  walk({ device, pasid, page, permission }: Request): Answer {
    const { walker, shape } = this;
    return answerOf(
      walker.translate(0, shape.devices[device].rid, pasid, page, permission),
      walker.frame,
      page,
    );
  }

  request(request: Request, keep: boolean): Expected {
    this.deviations = [];
    this.keeps = keep;
    const answer = this.answer(request);
    return { answer, deviations: this.deviations };
  }

  private answer({ device, page, permission }: Request): Answer {
    const key = String(device);
    const known = this.configs.get(key);
    const config = known ?? this.configure(device);
    if (typeof config === 'number') return answerOf(config, 0, page);
    if (known === undefined && this.keeps) {
      const { vmid } = config.stream;
      const rows = [[KIND.stream, device, -1, vmid, 0, WHOLE, 0, 3, 0]];
      if (config.context !== undefined) rows.push([KIND.context, device, 0, vmid, 0, WHOLE, 0, 3, 0]);
      this.configs.set(key, rows, config);
    }
    switch (config.stream.config) {
      case stream.CONFIG.abort:
        return { kind: 'blocked' };
      case stream.CONFIG.bypass:
        return { kind: 'frame', frame: page };
    }
    return this.through(config, page, permission);
  }

  /** The TLB, or a walk whose result is put there. */
  private through(config: Config, page: number, permission: number): Answer {
    const { vmid } = config.stream;
    const asid = config.context?.asid ?? -1;
    const cached = this.lookUp(asid, vmid, page);
    if (cached !== undefined) {
      this.deviations.push(...cached.deviations);
      if ((permission & 2 & ~(cached.permission & cached.parent)) !== 0 && !cached.isSecond)
        return answerOf(EVENT.permission, 0, page);
      if ((permission & ~cached.permission) !== 0) {
        this.deviations.push('cached-denial-unrecorded');
        return { kind: 'blocked' };
      }
      if (cached.forgets && (permission & 2) !== 0) this.deviations.push('table-rights-forgotten');
      return { kind: 'frame', frame: cached.frame + page - cached.page };
    }
    const walked =
      config.context === undefined
        ? this.second(config.stream, page, permission, true)
        : this.first(config, config.context, page, permission);
    if (walked.found === undefined) return answerOf(walked.event, 0, page);
    this.insert(asid, vmid, { ...walked.found, isSecond: config.context === undefined }, config);
    return { kind: 'frame', frame: walked.found.frame + page - walked.found.page };
  }

  command(effect: Effect): void {
    this.configs.invalidate(effect);
    // Whatever the substream, the whole configuration goes.
    if (effect.command === COMMAND['cfgi-cd'] || effect.command === COMMAND['cfgi-cd-all'])
      this.configs.delete(String(effect.device));
    this.tlb.invalidate(effect);
    // By address in all ASIDs takes what has none with it.
    if (effect.command === COMMAND['tlbi-nh-vaa'])
      this.tlb.invalidate({ ...effect, command: COMMAND['tlbi-s2-ipa'] });
  }

  /** Stream table entry and context descriptor as QEMU reads them; a number is an event. */
  private configure(device: number): Config | number {
    const { walker, memory, shape } = this;
    const found = walker.findStream(0, shape.devices[device].rid);
    if (typeof found === 'number') return found;
    const hasFirst = found.config === stream.CONFIG.first || found.config === stream.CONFIG.nested;
    if (!hasFirst) return { stream: found, context: undefined, root: 0 };
    const contexts = this.place(found, found.contexts);
    if (contexts < 0) return -contexts;
    const at = context.contextIndex(0);
    const table = readContextTable(memory, contexts, at);
    const read = readContext(memory.low(contexts, at), memory.high(contexts, at), table);
    if (read === undefined) return EVENT.badContext;
    const root = this.place(found, read.table);
    return root < 0 ? -root : { stream: found, context: read, root };
  }

  /** Where a structure lies that is named by an intermediate address: by the TLB or a walk, whose result is kept; or a negated event. */
  private place(entry: Stream, page: number): number {
    if (entry.secondLevels === 0) return page;
    const cached = this.lookUp(-1, entry.vmid, page);
    if (cached !== undefined) return cached.frame + page - cached.page;
    const walked = this.second(entry, page, 1, false);
    if (walked.found === undefined) return -walked.event;
    this.insert(-1, entry.vmid, { ...walked.found, isSecond: true });
    return walked.found.frame + page - walked.found.page;
  }

  private lookUp(asid: number, vmid: number, page: number): Cached | undefined {
    for (const size of SIZES) {
      const found = this.tlb.get(`${asid} ${vmid} ${size} ${alignedTo(page, size)}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private insert(asid: number, vmid: number, made: Omit<Cached, 'deviations'>, config?: Config): void {
    if (!this.keeps) return;
    const cached = { ...made, deviations: [...this.deviations] };
    const { page, size } = cached;
    const nested = !cached.isSecond && (config?.stream.secondLevels ?? 0) > 0;
    const kind = cached.isSecond ? KIND.second : nested ? KIND.nested : KIND.first;
    const row = [kind, ~0, asid, vmid, page, size, cached.frame, 3, 0];
    this.tlb.set(`${asid} ${vmid} ${size} ${page}`, [row], cached);
  }

  /** A walk of the second stage. */
  private second(entry: Stream, page: number, permission: number, isInput: boolean): Walked {
    const { walker } = this;
    const alone = { ...entry, config: stream.CONFIG.second };
    const event = walker.fromStream(alone, -1, page, permission);
    if (event !== 0) return { event: event === EVENT.addressSize && !isInput ? EVENT.translation : event };
    const { size } = walker;
    const from = alignedTo(page, size);
    const frame = walker.frame - (page - from);
    const { permission: allowed } = walker;
    const found = { page: from, size, frame, permission: allowed, parent: allowed, forgets: false };
    return { event: 0, found };
  }

  /** A walk of the first stage, with the addresses of its tables translated as QEMU does it. */
  private first(config: Config, entry: Context, page: number, permission: number): Walked {
    const { memory } = this;
    const writes = (permission & 2) !== 0;
    const nested = config.stream.secondLevels > 0;
    const second = nested ? config.stream : NO_SECOND;
    if (nested) this.noteRoot(config, entry);
    if (page >= 2 ** (context.firstInputBits(entry.levels) - 12)) return { event: EVENT.translation };
    let frame = config.root;
    let isDenied = false;
    for (let level = entry.levels; ; level--) {
      if (frame >= memory.frames) return { event: EVENT.walkAbort };
      const index = tableIndex(page, level);
      const low = memory.low(frame, index);
      const high = memory.high(frame, index);
      if (!table.isDescriptor(low, level)) return { event: EVENT.translation };
      const isLeaf = table.isDescriptorLeaf(low, level);
      const target = table.descriptorFrame(low, high, level, isLeaf);
      if (!isLeaf) {
        // A right that a table takes away is missed at once, and not remembered with the translation.
        if ((high & table.TABLE_READ_ONLY) !== 0) {
          isDenied = true;
          if (writes) {
            if (this.walker.fromContext(second, entry, page, permission) !== EVENT.permission)
              this.deviations.push('upper-denial-first');
            return { event: EVENT.permission };
          }
        }
        frame = nested ? this.place(config.stream, target) : target;
        if (frame < 0) return { event: -frame };
        continue;
      }
      if ((low & table.ACCESSED) === 0 && !entry.ignoresAccess) return { event: EVENT.access };
      const allowed = (low & table.AP_READ_ONLY) !== 0 ? 1 : 3;
      if ((permission & ~allowed) !== 0) return { event: EVENT.permission };
      const size = 9 * (level - 1);
      const from = alignedTo(page, size);
      const first = { page: from, size, frame: target, permission: allowed, parent: 3, forgets: isDenied };
      if (!nested) return { event: 0, found: first };
      const walked = this.second(config.stream, target + page - from, permission, false);
      if (walked.found === undefined) return walked;
      const both = Math.min(size, walked.found.size);
      const start = alignedTo(page, both);
      const there = walked.found.frame + target + (page - from) - walked.found.page;
      const parent = walked.found.permission;
      return {
        event: 0,
        found: { ...first, page: start, size: both, frame: there - (page - start), parent },
      };
    }
  }

  /** The root's translation is part of the cached configuration: no TLB invalidation reaches it. */
  private noteRoot({ stream: entry, root }: Config, { table: wanted }: Context): void {
    const now = this.second(entry, wanted, 1, false);
    const isSame = now.found !== undefined && now.found.frame + wanted - now.found.page === root;
    if (!isSame) this.deviations.push('root-kept-with-configuration');
  }
}

function answerOf(event: number, frame: number, page: number): Answer {
  if (event === 0) return { kind: 'frame', frame };
  return event === EVENT.aborted ? { kind: 'blocked' } : { kind: 'fault', reason: event, page };
}
