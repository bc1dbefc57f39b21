import * as second from '../../../hardware/vtd/entries/second-level.js';
import { frameOf } from '../../../hardware/vtd/entries/address.js';
import * as entries from '../../../hardware/vtd-legacy/entries.js';
import { denied } from '../../../hardware/vtd-legacy/faults.js';
import { COMMAND, KIND, vtdLegacy } from '../../../hardware/vtd-legacy/index.js';
import { type Context, NaiveWalker } from '../../../hardware/vtd-legacy/walk-naive.js';
import { tableIndex } from '../../../hardware/span.js';
import { type MemoryView, WHOLE } from '../../../vocabulary/architecture.js';
import type { WorldShape } from '../../../vocabulary/shape.js';
import type { Effect } from '../../../world/ledger.js';
import { alignedTo, CachedRows } from '../cached-rows.js';
import type { Answer, Request } from '../case.js';
import type { Expected, Model } from '../target.js';

/** IOTLB entries, and then all are dropped. */
const IOTLB_CAPACITY = 1024;
const SIZES = [0, 9, 18];

interface Cached {
  readonly page: number;
  readonly frame: number;
  readonly permission: number;
}

/** Our VT-d in legacy mode with the caches that QEMU has: context entries, one a device; translations by source, level and page. */
export class LegacyModel implements Model {
  private readonly walker: NaiveWalker;
  private readonly contexts: CachedRows<Context>;
  private readonly iotlb: CachedRows<Cached>;
  /** Devices that QEMU has taken off translation. */
  private readonly passing = new Set<number>();

  constructor(
    private readonly memory: MemoryView,
    private readonly shape: WorldShape,
  ) {
    this.walker = new NaiveWalker(memory);
    this.contexts = new CachedRows(vtdLegacy, shape, shape.devices.length + 1);
    this.iotlb = new CachedRows(vtdLegacy, shape, IOTLB_CAPACITY);
    shape.devices.forEach((_, device) => {
      this.refreshPassing(device);
    });
  }

  walk({ device, page, permission }: Request): Answer {
    const { walker, shape } = this;
    const fault = walker.translate(0, shape.devices[device].rid, page, permission);
    return fault !== 0 ? { kind: 'fault', reason: fault, page } : { kind: 'frame', frame: walker.frame };
  }

  request({ device, page, permission }: Request, keep: boolean): Expected {
    if (this.passing.has(device)) {
      const found = this.walker.findContext(0, this.shape.devices[device].rid);
      const isDue = typeof found !== 'number' && found.type === entries.TYPE.passThrough;
      return { answer: { kind: 'frame', frame: page }, deviations: isDue ? [] : ['pass-through-sticks'] };
    }
    // Translations are looked up by the source alone, whatever its context entry says.
    for (const size of SIZES) {
      const cached = this.iotlb.get(`${device} ${size} ${alignedTo(page, size)}`);
      if (cached === undefined) continue;
      if ((permission & ~cached.permission) !== 0)
        return { answer: { kind: 'blocked' }, deviations: ['cached-denial-unrecorded'] };
      return { answer: { kind: 'frame', frame: cached.frame + page - cached.page }, deviations: [] };
    }
    const known = this.contexts.get(String(device));
    const context = known ?? this.walker.findContext(0, this.shape.devices[device].rid);
    if (typeof context === 'number')
      return { answer: { kind: 'fault', reason: context, page }, deviations: [] };
    if (known === undefined && keep) {
      const row = [KIND.context, device, -1, context.domain, 0, WHOLE, 0, 3, 0];
      this.contexts.set(String(device), [row], context);
    }
    if (context.type === entries.TYPE.passThrough) {
      if (keep) this.passing.add(device);
      return { answer: { kind: 'frame', frame: page }, deviations: [] };
    }
    return this.translate(device, context, page, permission, keep);
  }

  private translate(
    device: number,
    context: Context,
    page: number,
    permission: number,
    keep: boolean,
  ): Expected {
    const { walker } = this;
    const fault = walker.fromContext(context, page, permission);
    const above = this.deniedAbove(context, page, permission);
    if (above !== 0 && above !== fault)
      return { answer: { kind: 'fault', reason: above, page }, deviations: ['upper-denial-first'] };
    if (fault !== 0) return { answer: { kind: 'fault', reason: fault, page }, deviations: [] };
    const { frame, size, permission: granted } = walker;
    if (keep) {
      const from = alignedTo(page, size);
      const first = frame - (page - from);
      const row = [KIND.second, ~0, -1, context.domain, from, size, first, granted, 0];
      this.iotlb.set(`${device} ${size} ${from}`, [row], { page: from, frame: first, permission: granted });
    }
    return { answer: { kind: 'frame', frame }, deviations: [] };
  }

  command(effect: Effect): void {
    this.contexts.invalidate(effect);
    this.iotlb.invalidate(effect);
    switch (effect.command) {
      case COMMAND['context-device']:
        // QEMU does not look at the domain.
        this.contexts.delete(String(effect.device));
        this.refreshPassing(effect.device);
        break;
      case COMMAND['context-domain']:
      case COMMAND['context-global']:
        // A domain is as good as all.
        this.shape.devices.forEach((_, device) => {
          this.contexts.delete(String(device));
          this.refreshPassing(device);
        });
        break;
    }
  }

  /** After a context-cache invalidation QEMU looks in memory whether the device passes through, before any request. */
  private refreshPassing(device: number): void {
    const found = this.walker.findContext(0, this.shape.devices[device].rid);
    if (typeof found !== 'number' && found.type === entries.TYPE.passThrough) this.passing.add(device);
    else this.passing.delete(device);
  }

  /** QEMU checks the right at each level as it goes, before it looks for reserved bits. */
  private deniedAbove(context: Context, page: number, permission: number): number {
    const { memory } = this;
    let { table } = context;
    for (let level = context.levels; level > 0; level--) {
      const index = tableIndex(page, level);
      const low = memory.low(table, index);
      const high = memory.high(table, index);
      if ((low & permission) !== permission) return denied(permission);
      if (second.hasSecondReserved(low, high, level) || second.isSecondLeaf(low, level)) return 0;
      table = frameOf(low, high);
    }
    return 0;
  }
}
