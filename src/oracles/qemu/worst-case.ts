import { type BoundArchitecture, type DeviceView, IDENTITY, ROW } from '../../vocabulary/architecture.js';
import { FullClosure } from '../../world/full-closure.js';
import type { Effect } from '../../world/ledger.js';
import type { Answer, Request } from './case.js';
import type { PageMemory } from './memory.js';
import type { QemuTarget } from './target.js';

/** No device has ATS in these machines; all may put a PASID on requests. */
const DEVICES: DeviceView = { control: (_device, control) => control === 'pasid' };
/** Rows hold pages below this. */
const PAGE_LIMIT = 2 ** 31;
/** Nobody is blamed here: what matters is what hardware may hold. */
const NOBODY = 0;

/** What the specification lets hardware answer: walks over memory and the worst-case cache C. */
export class WorstCase {
  private readonly closure: FullClosure;
  private readonly bound: BoundArchitecture;
  private readonly roles: readonly string[];

  constructor(
    target: QemuTarget,
    memory: PageMemory,
    rootMode: number,
    /** The frame that QEMU answers with for a page of a range that begins at a frame. */
    private readonly seen: (first: number, offset: number) => number,
  ) {
    const shape = target.shape(rootMode);
    this.closure = new FullClosure(target.architecture, shape, memory, DEVICES);
    this.bound = target.architecture.bind(shape, memory, DEVICES);
    this.roles = target.architecture.kinds.map((kind) => kind.role);
  }

  stored(): void {
    this.closure.changed(NOBODY);
  }

  took(effect: Effect): void {
    this.closure.took(effect);
  }

  /**
   * Whether hardware may answer so. `walked` is the answer of a walk of memory alone, from the start; `recorded` gives the
   * number under which a reason of ours is recorded.
   */
  allows(request: Request, answer: Answer, walked: Answer, recorded: (reason: number) => number): boolean {
    const { device, pasid, page, permission } = request;
    if (answer.kind === 'blocked') return false;
    // The closure does not name pages so high: there, only what our own caches expect is compared.
    if (page >= PAGE_LIMIT) return true;
    if (answer.kind === 'fault' && walked.kind === 'fault' && recorded(walked.reason) === answer.reason)
      return true;
    for (const row of this.closure.members.values()) {
      const role = this.roles[row[ROW.kind]];
      if (answer.kind === 'fault') {
        if (row[ROW.device] !== device) continue;
        const fault = this.bound.faultOf(row, 0, pasid, page, permission);
        if (fault !== 0 && recorded(fault) === answer.reason) return true;
      } else if (role === 'flight' && row[ROW.device] === device && row[ROW.extra] === pasid) {
        const span = 2 ** row[ROW.size];
        const offset = page - row[ROW.page];
        const isIdentity = row[ROW.frame] === IDENTITY;
        const frame = isIdentity ? this.seen(page, 0) : this.seen(row[ROW.frame], offset);
        const isOf = offset >= 0 && offset < span;
        if (isOf && frame === answer.frame && (permission & ~row[ROW.attributes]) === 0) return true;
      }
    }
    return false;
  }
}
