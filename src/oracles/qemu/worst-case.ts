import { Coverage } from '../../hardware/coverage.js';
import {
  type BoundArchitecture,
  type CacheKind,
  type DeviceView,
  IDENTITY,
  ROW,
} from '../../vocabulary/architecture.js';
import type { WorldShape } from '../../vocabulary/shape.js';
import type { Effect } from '../../world/ledger.js';
import type { Answer, Request } from './case.js';
import type { PageMemory } from './memory.js';
import type { QemuTarget } from './target.js';

/** No device has ATS in these machines; all may put a PASID on requests. */
const DEVICES: DeviceView = { control: (_device, control) => control === 'pasid' };
/** Rows hold pages below this. */
const PAGE_LIMIT = 2 ** 31;

type Row = readonly number[];

/**
 * What the specification lets hardware answer: walks over memory and the worst-case cache C, which is kept here by the closure
 * rule (docs/semantics.md, section 2) as the set it is. Nobody is blamed, so it is the whole set that counts and not what of it
 * is stale.
 */
export class WorstCase {
  private readonly bound: BoundArchitecture;
  private readonly kinds: readonly CacheKind[];
  /** By kind, the numbers of the kinds it joins. */
  private readonly joins: readonly (readonly number[])[];
  private readonly shape: WorldShape;
  private readonly coverage: Coverage;
  private readonly silent: number | undefined;
  private readonly denials: readonly number[];
  private rows = new Map<string, Row>();

  constructor(
    target: QemuTarget,
    memory: PageMemory,
    rootMode: number,
    /** The frame that QEMU answers with for a page of a range that begins at a frame. */
    private readonly seen: (first: number, offset: number) => number,
  ) {
    const { kinds, commands } = target.architecture;
    this.shape = target.shape(rootMode);
    this.bound = target.architecture.bind(this.shape, memory, DEVICES);
    this.kinds = kinds;
    this.silent = target.silent;
    this.denials = target.denials;
    this.joins = kinds.map(({ joins = [] }) =>
      joins.map((name) => kinds.findIndex((kind) => kind.name === name)),
    );
    this.coverage = new Coverage(kinds, commands, this.shape);
    this.close([]);
  }

  /** Memory has changed: what C held it holds on. */
  stored(): void {
    this.close(this.rows.values());
  }

  /** A command has taken effect: what it covers is gone, unless it is derived again. */
  took({ command, device, pasid, tag, page, mask, hint }: Effect): void {
    const { coverage } = this;
    const isKept = (row: Row) => !coverage.covers(command, device, pasid, tag, page, mask, hint, row, 0);
    this.close([...this.rows.values()].filter(isKept));
  }

  /** Everything that comes of the rows and of memory as it is now; each row is gone on from once. */
  private close(kept: Iterable<Row>): void {
    const { bound, kinds, joins } = this;
    const all = new Map<string, Row>();
    const queue: Row[] = [];
    const byKind: Row[][] = kinds.map(() => []);
    const configs: Row[] = [];
    /** Table entries that no configuration met so far looks up. */
    let unfed: Row[] = [];
    const meet = (row: Row): void => {
      const text = row.join();
      if (all.has(text)) return;
      all.set(text, row);
      queue.push(row);
    };
    const sink = (...row: number[]): void => meet(row);
    for (const row of kept) meet(row);
    this.shape.devices.forEach((_, device) => {
      bound.routes(device, sink);
    });
    for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
      const kind = row[ROW.kind];
      const { role } = kinds[kind];
      for (const other of joins[kind]) for (const one of byKind[other]) bound.reach(row, 0, one, 0, sink);
      joins.forEach((joined, other) => {
        if (joined.includes(kind)) for (const one of byKind[other]) bound.reach(one, 0, row!, 0, sink);
      });
      byKind[kind].push(row);
      if (role === 'config') {
        configs.push(row);
        const isFed = (one: Row) => bound.feeds(row!, 0, one, 0);
        for (const one of unfed) if (isFed(one)) bound.next(one, 0, sink);
        unfed = unfed.filter((one) => !isFed(one));
      }
      if (role !== 'structure' || configs.some((config) => bound.feeds(config, 0, row!, 0)))
        bound.next(row, 0, sink);
      else unfed.push(row);
    }
    this.rows = all;
  }

  /** Whether some configuration that hardware may hold ends the request without a record. */
  private mayBeSilent({ device, pasid, page, permission }: Request): boolean {
    if (this.silent === undefined) return false;
    return [...this.rows.values()].some(
      (row) =>
        row[ROW.device] === device && this.bound.faultOf(row, 0, pasid, page, permission) === this.silent,
    );
  }

  /**
   * Whether hardware may answer so. `walked` is the answer of a walk of memory alone, from the start; `recorded` gives the
   * number under which a reason of ours is recorded.
   */
  allows(request: Request, answer: Answer, walked: Answer, recorded: (reason: number) => number): boolean {
    const { device, pasid, page, permission } = request;
    if (answer.kind === 'blocked') return this.mayBeSilent(request);
    // The closure does not name pages so high: there, only what our own caches expect is compared.
    if (page >= PAGE_LIMIT) return true;
    if (answer.kind === 'fault' && walked.kind === 'fault' && recorded(walked.reason) === answer.reason)
      return true;
    const isDenial =
      answer.kind === 'fault' && this.denials.some((reason) => recorded(reason) === answer.reason);
    for (const row of this.rows.values()) {
      if (row[ROW.device] !== device) continue;
      if (answer.kind === 'fault') {
        const fault = this.bound.faultOf(row, 0, pasid, page, permission);
        if (fault !== 0 && recorded(fault) === answer.reason) return true;
        if (!isDenial) continue;
      }
      if (this.kinds[row[ROW.kind]].role !== 'flight' || row[ROW.extra] !== pasid) continue;
      const offset = page - row[ROW.page];
      if (offset < 0 || offset >= 2 ** row[ROW.size]) continue;
      const isPermitted = (permission & ~row[ROW.attributes]) === 0;
      if (answer.kind === 'fault') {
        if (!isPermitted) return true;
        continue;
      }
      const isIdentity = row[ROW.frame] === IDENTITY;
      const frame = isIdentity ? this.seen(page, 0) : this.seen(row[ROW.frame], offset);
      if (isPermitted && frame === answer.frame) return true;
    }
    return false;
  }
}
