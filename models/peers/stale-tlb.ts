import type { Action, ActionRecord, Coverage, Model, Phase } from '../../src/checker/model.js';
import type { Random } from '../../src/vocabulary/random.js';
import type { Violation } from '../../src/vocabulary/violation.js';

/** A defect to put in, so that the checkers have something to find. */
export type StaleTlbDefect = 'completionKeepsTlb' | 'submitDropsPending';

/** One agent does everything, as one process does in the Promela of the same protocol. */
const AGENT = 'protocol';
const DEVICES = 2;
const DOMAINS = 2;
/** Bit of the first mapped page in a state, behind two bits a device. */
const MAPPED = 2 * DEVICES;
/** Words of one saved state. */
const SAVED = 2;

/** Positions in the coverage group `actions`. */
const KINDS = ['attach', 'detach', 'map', 'unmap', 'submit', 'complete', 'dma'] as const;
/** Those that `draw` may leave out; a submission and its completion only go on with an unmap. */
const OPERATION_KINDS = ['attach', 'detach', 'map', 'unmap', 'dma'] as const;
const SUBMIT = 4;
const COMPLETE = 5;
type Kind = 0 | 1 | 2 | 3 | 4 | 5 | 6;

const NO_VIOLATIONS: readonly Violation[] = [];

/**
 * The protocol that several checkers are measured on: two devices, two domains of `pages` pages, an IOTLB tagged by domain.
 * Unmapped pages wait (`pending`), are submitted together (`inFlight`), and complete together; a DMA fills the IOTLB. No IOTLB
 * entry may outlive the completion: cached ⇒ mapped ∨ pending ∨ in flight. Exactly 9·7^(2·pages) states are reachable.
 */
export class StaleTlb implements Model {
  readonly name: string;
  readonly agents = 1;
  readonly maxEncoding: number;
  readonly coverage: Coverage;
  readonly changes: readonly string[] = [];
  readonly operationKinds = OPERATION_KINDS;
  violations: readonly Violation[] = NO_VIOLATIONS;

  private readonly pages: number;
  private readonly defect: StaleTlbDefect | undefined;
  /** Pages of both domains; bit `domain * pages + page` in the sets below. */
  private readonly bits: number;
  private readonly all: number;
  private readonly domainMask: number;

  /** Action numbers of each kind start here. */
  private readonly unmaps: number;
  private readonly submits: number;
  private readonly completes: number;
  private readonly dmas: number;
  private readonly actions: number;
  private readonly kinds: Uint8Array;
  private readonly hits: Float64Array;

  /** Whether an encoding takes two halves of three bytes and not of two. */
  private readonly wide: boolean;

  /** The state: what is attached (two bits a device: 0 detached, else domain + 1), then the mapped, then the pending pages. */
  private low = 0;
  /** The pages in flight, then those with an IOTLB entry. */
  private high = 0;

  private saved = new Int32Array(SAVED * 16);
  private savedLength = 0;
  private phase: Phase = 'work';
  /** By kind; 1 where `draw` begins none. */
  private avoided = new Uint8Array(KINDS.length);
  /** Operations begun since the reset, for their names. */
  private begun = 0;
  private resolved: { action: Action; operation: string | undefined } = { action: -1, operation: undefined };

  constructor(pages: number, defect?: StaleTlbDefect) {
    if (pages < 1 || pages > 5)
      throw new RangeError(`the stale-TLB protocol takes 1 to 5 pages, not ${pages}`);
    this.name = `stale-tlb/${pages}${defect === undefined ? '' : `/${defect}`}`;
    this.pages = pages;
    this.defect = defect;
    this.bits = DOMAINS * pages;
    this.all = (1 << this.bits) - 1;
    this.domainMask = (1 << pages) - 1;
    this.unmaps = MAPS + this.bits;
    this.submits = this.unmaps + this.bits;
    this.completes = this.submits + DOMAINS;
    this.dmas = this.completes + DOMAINS;
    this.actions = this.dmas + DEVICES * pages;
    this.kinds = Uint8Array.from({ length: this.actions }, (_, action) => this.computeKind(action));
    this.wide = MAPPED + 2 * this.bits > 16;
    this.maxEncoding = this.wide ? 6 : 4;
    this.hits = new Float64Array(KINDS.length);
    this.coverage = { groups: { actions: { names: KINDS, hits: this.hits } } };
  }

  agentName(): string {
    return AGENT;
  }

  reset(): void {
    this.low = this.high = 0;
    this.savedLength = 0;
    this.phase = 'work';
    this.avoided.fill(0);
    this.begun = 0;
    this.resolved = { action: -1, operation: undefined };
    this.violations = NO_VIOLATIONS;
  }

  enabled(out: Int32Array): number {
    const { attached, mapped, pending, inFlight, cached, pages, domainMask } = this;
    const begin = this.phase === 'work';
    const undo = this.phase !== 'drain';
    let count = 0;
    for (let device = 0; device < DEVICES; device++) {
      if (((attached >> (2 * device)) & 3) !== 0) {
        if (undo) out[count++] = DETACHES + device;
      } else if (begin) {
        for (let domain = 0; domain < DOMAINS; domain++) out[count++] = device * DOMAINS + domain;
      }
    }
    const free = begin ? ~(mapped | pending | inFlight) : 0;
    const unmappable = undo ? mapped : 0;
    for (let bit = 0; bit < this.bits; bit++) {
      if (((free >> bit) & 1) !== 0) out[count++] = MAPS + bit;
      else if (((unmappable >> bit) & 1) !== 0) out[count++] = this.unmaps + bit;
    }
    for (let domain = 0; domain < DOMAINS; domain++) {
      const mask = domainMask << (domain * pages);
      if ((inFlight & mask) !== 0) out[count++] = this.completes + domain;
      else if ((pending & mask) !== 0) out[count++] = this.submits + domain;
    }
    if (begin) {
      for (let device = 0; device < DEVICES; device++) {
        const domain = ((attached >> (2 * device)) & 3) - 1;
        if (domain < 0) continue;
        const misses = ((mapped & ~cached) >> (domain * pages)) & domainMask;
        for (let page = 0; page < pages; page++) {
          if (((misses >> page) & 1) !== 0) out[count++] = this.dmas + device * pages + page;
        }
      }
    }
    return count;
  }

  draw(_agent: number, random: Random): Action {
    const start = random.below(this.actions);
    for (let i = 0; i < this.actions; i++) {
      const action = (start + i) % this.actions;
      if (this.isEnabled(action) && this.avoided[this.kinds[action]] === 0) return action;
    }
    return -1;
  }

  canMove(): boolean {
    for (let action = 0; action < this.actions; action++) if (this.isEnabled(action)) return true;
    return false;
  }

  agentOf(): number {
    return 0;
  }

  /** Nothing here takes more than one step, so every action is an operation, and the cheapest trace is the shortest. */
  isOperation(): boolean {
    return true;
  }

  describe(action: Action): string {
    const { does, arguments: named } = this.contentOf(action);
    return [does, ...Object.entries(named).flat()].join(' ');
  }

  apply(action: Action): void {
    const kind = this.kinds[action];
    this.hits[kind]++;
    this.begun++;
    switch (kind as Kind) {
      case 0:
        this.low |= ((action % DOMAINS) + 1) << (2 * ((action / DOMAINS) | 0));
        break;
      case 1:
        this.low &= ~(3 << (2 * (action - DETACHES)));
        break;
      case 2:
        this.low |= 1 << (MAPPED + action - MAPS);
        break;
      case 3: {
        const bit = 1 << (action - this.unmaps);
        this.low ^= (bit << MAPPED) | (bit << (MAPPED + this.bits));
        break;
      }
      case 4: {
        const pages = this.pending & (this.domainMask << ((action - this.submits) * this.pages));
        this.low ^= pages << (MAPPED + this.bits);
        this.high |= this.defect === 'submitDropsPending' ? pages & -pages : pages;
        break;
      }
      case 5: {
        const pages = this.inFlight & (this.domainMask << ((action - this.completes) * this.pages));
        this.high &= this.defect === 'completionKeepsTlb' ? ~pages : ~(pages | (pages << this.bits));
        break;
      }
      case 6: {
        const target = action - this.dmas;
        const device = (target / this.pages) | 0;
        const domain = ((this.low >> (2 * device)) & 3) - 1;
        this.high |= 1 << (this.bits + domain * this.pages + (target % this.pages));
        break;
      }
    }
    this.violations = this.staleEntries() === 0 ? NO_VIOLATIONS : this.explain(KINDS[kind]);
  }

  mark(): number {
    const at = this.savedLength;
    if (at === this.saved.length) {
      const grown = new Int32Array(at * 2);
      grown.set(this.saved);
      this.saved = grown;
    }
    const saved = this.saved;
    saved[at] = this.low;
    saved[at + 1] = this.high;
    this.savedLength = at + SAVED;
    return at;
  }

  rollback(mark: number): void {
    this.low = this.saved[mark];
    this.high = this.saved[mark + 1];
    this.savedLength = mark;
  }

  encode(out: Uint8Array, offset: number): number {
    const { low, high } = this;
    out[offset] = low;
    out[offset + 1] = low >> 8;
    out[offset + 2] = high;
    out[offset + 3] = high >> 8;
    if (!this.wide) return 4;
    out[offset + 4] = low >> 16;
    out[offset + 5] = high >> 16;
    return 6;
  }

  decode(from: Uint8Array, offset: number): void {
    let low = from[offset] | (from[offset + 1] << 8);
    let high = from[offset + 2] | (from[offset + 3] << 8);
    if (this.wide) {
      low |= from[offset + 4] << 16;
      high |= from[offset + 5] << 16;
    }
    this.low = low;
    this.high = high;
  }

  footprint(): { reads: number; writes: number; visible: boolean } {
    return { reads: 1, writes: 1, visible: true };
  }

  check(): readonly Violation[] {
    return this.staleEntries() === 0 ? NO_VIOLATIONS : this.explain('any');
  }

  quiescent(): boolean {
    return (this.pending | this.inFlight) === 0;
  }

  setPhase(phase: Phase): void {
    this.phase = phase;
  }

  avoid(kinds: Uint8Array): void {
    for (let i = 0; i < OPERATION_KINDS.length; i++)
      this.avoided[KINDS.indexOf(OPERATION_KINDS[i])] = kinds[i];
  }

  finish(): readonly Violation[] {
    return NO_VIOLATIONS;
  }

  record(action: Action): ActionRecord {
    const content = this.contentOf(action);
    const known = this.resolved.action === action ? this.resolved.operation : undefined;
    return { ...content, operation: known ?? `o${this.begun + 1}` };
  }

  resolve(record: ActionRecord): Action {
    for (let action = 0; action < this.actions; action++) {
      if (!this.isEnabled(action) || !this.means(action, record)) continue;
      this.resolved = { action, operation: record.operation };
      return action;
    }
    return -1;
  }

  position(): string {
    return '';
  }

  setTracing(): void {}

  private get attached(): number {
    return this.low & 15;
  }

  private get mapped(): number {
    return (this.low >> MAPPED) & this.all;
  }

  private get pending(): number {
    return (this.low >> (MAPPED + this.bits)) & this.all;
  }

  private get inFlight(): number {
    return this.high & this.all;
  }

  private get cached(): number {
    return this.high >> this.bits;
  }

  private staleEntries(): number {
    return this.cached & ~(this.mapped | this.pending | this.inFlight);
  }

  private explain(step: string): readonly Violation[] {
    return [
      {
        property: 'no-stale-tlb',
        cause: `no-stale-tlb/iotlb/${step}`,
        explanation: ['an IOTLB entry is left whose page is neither mapped nor waiting for invalidation'],
      },
    ];
  }

  /** The phases only narrow what a state allows, and are asked here once for all kinds. */
  private isEnabled(action: Action): boolean {
    const kind = this.kinds[action] as Kind;
    if (this.phase === 'drain' && kind !== SUBMIT && kind !== COMPLETE) return false;
    if (this.phase === 'teardown' && (kind === 0 || kind === 2 || kind === 6)) return false;
    switch (kind) {
      case 0:
        return ((this.attached >> (2 * ((action / DOMAINS) | 0))) & 3) === 0;
      case 1:
        return ((this.attached >> (2 * (action - DETACHES))) & 3) !== 0;
      case 2:
        return (((this.mapped | this.pending | this.inFlight) >> (action - MAPS)) & 1) === 0;
      case 3:
        return ((this.mapped >> (action - this.unmaps)) & 1) !== 0;
      case 4: {
        const mask = this.domainMask << ((action - this.submits) * this.pages);
        return (this.pending & mask) !== 0 && (this.inFlight & mask) === 0;
      }
      case 5:
        return (this.inFlight & (this.domainMask << ((action - this.completes) * this.pages))) !== 0;
      case 6: {
        const target = action - this.dmas;
        const domain = ((this.attached >> (2 * ((target / this.pages) | 0))) & 3) - 1;
        const misses = this.mapped & ~this.cached;
        return domain >= 0 && ((misses >> (domain * this.pages + (target % this.pages))) & 1) !== 0;
      }
    }
  }

  private computeKind(action: Action): Kind {
    if (action < DETACHES) return 0;
    if (action < MAPS) return 1;
    if (action < this.unmaps) return 2;
    if (action < this.submits) return 3;
    if (action < this.completes) return 4;
    return action < this.dmas ? 5 : 6;
  }

  private contentOf(action: Action): ActionRecord & { arguments: Record<string, number> } {
    const kind = this.kinds[action] as Kind;
    return { agent: AGENT, does: KINDS[kind], arguments: this.argumentsOf(action, kind) };
  }

  private argumentsOf(action: Action, kind: Kind): Record<string, number> {
    const page = (bit: number) => ({ domain: (bit / this.pages) | 0, page: bit % this.pages });
    switch (kind) {
      case 0:
        return { device: (action / DOMAINS) | 0, domain: action % DOMAINS };
      case 1:
        return { device: action - DETACHES };
      case 2:
        return page(action - MAPS);
      case 3:
        return page(action - this.unmaps);
      case 4:
        return { domain: action - this.submits };
      case 5:
        return { domain: action - this.completes };
      case 6:
        return { device: ((action - this.dmas) / this.pages) | 0, page: (action - this.dmas) % this.pages };
    }
  }

  private means(action: Action, record: ActionRecord): boolean {
    const { agent, does, arguments: named } = this.contentOf(action);
    if (agent !== record.agent || does !== record.does) return false;
    return Object.entries(named).every(([key, value]) => record.arguments?.[key] === value);
  }
}

const DETACHES = DEVICES * DOMAINS;
const MAPS = DETACHES + DEVICES;
