import type { Action, ActionRecord, Coverage, Model, Phase } from '../../src/checker/model.js';
import type { Random } from '../../src/vocabulary/random.js';
import type { Violation } from '../../src/vocabulary/violation.js';

/** A defect to put in, so that the checkers have something to find. */
export type StaleTlbDefect = 'completionKeepsTlb' | 'submitDropsPending';

const KERNEL = 0;
const HARDWARE = 1;
const DEVICE = 2;
const AGENT_NAMES = ['kernel', 'hardware', 'device 0', 'device 1'];
const DEVICES = 2;
const DOMAINS = 2;
/** Words of one saved state. */
const SAVED = 5;

/** Positions in the coverage group `actions`. */
const KINDS = ['attach', 'detach', 'map', 'unmap', 'submit', 'complete', 'dma'] as const;
type Kind = 0 | 1 | 2 | 3 | 4 | 5 | 6;

const NO_VIOLATIONS: readonly Violation[] = [];

/**
 * The protocol that several checkers are measured on: two devices, two domains of `pages` pages, an IOTLB tagged by domain.
 * Unmapped pages wait (`pending`), are submitted together (`inFlight`), and complete together; a DMA fills the IOTLB. No IOTLB
 * entry may outlive the completion: cached ⇒ mapped ∨ pending ∨ in flight. Exactly 9·7^(2·pages) states are reachable.
 */
export class StaleTlb implements Model {
  readonly name: string;
  readonly agents = 2 + DEVICES;
  readonly maxEncoding: number;
  readonly coverage: Coverage;
  readonly changes: readonly string[] = [];
  readonly operationKinds = ['attach', 'detach', 'map', 'unmap', 'dma'];
  violations: readonly Violation[] = NO_VIOLATIONS;

  private readonly pages: number;
  private readonly defect: StaleTlbDefect | undefined;
  /** Pages of both domains; bit `domain * pages + page` in the sets below. */
  private readonly bits: number;
  private readonly domainMask: number;

  /** Action numbers of each kind start here. */
  private readonly unmaps: number;
  private readonly submits: number;
  private readonly completes: number;
  private readonly dmas: number;
  private readonly actions: number;
  private readonly kinds: Uint8Array;
  private readonly agentsOf: Uint8Array;
  private readonly hits: Float64Array;

  /** Whether an encoding takes two halves of three bytes and not of two. */
  private readonly wide: boolean;

  /** Two bits a device: 0 detached, else domain + 1. */
  private attached = 0;
  private mapped = 0;
  private pending = 0;
  private inFlight = 0;
  private cached = 0;

  private saved = new Int32Array(SAVED * 16);
  private savedLength = 0;
  private phase: Phase = 'work';
  /** By kind; 1 where `draw` begins none. */
  private avoided = new Uint8Array(KINDS.length);
  /** Operations begun since the reset, for their names. */
  private begun = 0;
  private resolved: { action: Action; operation: string | undefined } = { action: -1, operation: undefined };

  constructor(pages: number, defect?: StaleTlbDefect) {
    if (pages < 1 || pages > 5) throw new RangeError(`the stale-TLB protocol takes 1 to 5 pages, not ${pages}`);
    this.name = `stale-tlb/${pages}${defect === undefined ? '' : `/${defect}`}`;
    this.pages = pages;
    this.defect = defect;
    this.bits = DOMAINS * pages;
    this.domainMask = (1 << pages) - 1;
    this.unmaps = MAPS + this.bits;
    this.submits = this.unmaps + this.bits;
    this.completes = this.submits + DOMAINS;
    this.dmas = this.completes + DOMAINS;
    this.actions = this.dmas + DEVICES * pages;
    this.kinds = Uint8Array.from({ length: this.actions }, (_, action) => this.computeKind(action));
    this.agentsOf = Uint8Array.from({ length: this.actions }, (_, action) => this.computeAgent(action));
    this.wide = 4 + 2 * this.bits > 16;
    this.maxEncoding = this.wide ? 6 : 4;
    this.hits = new Float64Array(KINDS.length);
    this.coverage = { groups: { actions: { names: KINDS, hits: this.hits } } };
  }

  agentName(agent: number): string {
    return AGENT_NAMES[agent];
  }

  reset(): void {
    this.attached = this.mapped = this.pending = this.inFlight = this.cached = 0;
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

  draw(agent: number, random: Random): Action {
    const [from, to] = this.rangeOf(agent);
    const size = to - from;
    const start = random.below(size);
    for (let i = 0; i < size; i++) {
      const action = from + ((start + i) % size);
      if (this.isEnabled(action) && this.agentsOf[action] === agent && this.avoided[this.kinds[action]] === 0) return action;
    }
    return -1;
  }

  canMove(agent: number): boolean {
    if (agent === HARDWARE) return this.inFlight !== 0;
    const [from, to] = this.rangeOf(agent);
    for (let action = from; action < to; action++) if (this.isEnabled(action)) return true;
    return false;
  }

  agentOf(action: Action): number {
    return this.agentsOf[action];
  }

  isOperation(action: Action): boolean {
    return action < this.submits || action >= this.dmas;
  }

  describe(action: Action): string {
    const { does, arguments: named } = this.contentOf(action);
    return `${AGENT_NAMES[this.agentsOf[action]]}: ${does} ${Object.entries(named)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ')}`;
  }

  apply(action: Action): void {
    const kind = this.kinds[action];
    this.hits[kind]++;
    if (this.isOperation(action)) this.begun++;
    switch (kind as Kind) {
      case 0:
        this.attached |= ((action % DOMAINS) + 1) << (2 * ((action / DOMAINS) | 0));
        break;
      case 1:
        this.attached &= ~(3 << (2 * (action - DETACHES)));
        break;
      case 2:
        this.mapped |= 1 << (action - MAPS);
        break;
      case 3: {
        const bit = 1 << (action - this.unmaps);
        this.mapped &= ~bit;
        this.pending |= bit;
        break;
      }
      case 4: {
        const pages = this.pending & (this.domainMask << ((action - this.submits) * this.pages));
        this.pending &= ~pages;
        this.inFlight |= this.defect === 'submitDropsPending' ? pages & -pages : pages;
        break;
      }
      case 5: {
        const pages = this.inFlight & (this.domainMask << ((action - this.completes) * this.pages));
        this.inFlight &= ~pages;
        if (this.defect !== 'completionKeepsTlb') this.cached &= ~pages;
        break;
      }
      case 6: {
        const target = action - this.dmas;
        const device = (target / this.pages) | 0;
        const domain = ((this.attached >> (2 * device)) & 3) - 1;
        this.cached |= 1 << (domain * this.pages + (target % this.pages));
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
    saved[at] = this.attached;
    saved[at + 1] = this.mapped;
    saved[at + 2] = this.pending;
    saved[at + 3] = this.inFlight;
    saved[at + 4] = this.cached;
    this.savedLength = at + SAVED;
    return at;
  }

  rollback(mark: number): void {
    const saved = this.saved;
    this.attached = saved[mark];
    this.mapped = saved[mark + 1];
    this.pending = saved[mark + 2];
    this.inFlight = saved[mark + 3];
    this.cached = saved[mark + 4];
    this.savedLength = mark;
  }

  encode(out: Uint8Array, offset: number): number {
    const low = this.attached | (this.mapped << 4) | (this.pending << (4 + this.bits));
    const high = this.inFlight | (this.cached << this.bits);
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
    const set = (1 << this.bits) - 1;
    this.attached = low & 15;
    this.mapped = (low >> 4) & set;
    this.pending = (low >> (4 + this.bits)) & set;
    this.inFlight = high & set;
    this.cached = high >> this.bits;
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
    this.operationKinds.forEach((name, i) => {
      this.avoided[KINDS.findIndex((kind) => kind === name)] = kinds[i];
    });
  }

  finish(): readonly Violation[] {
    return NO_VIOLATIONS;
  }

  record(action: Action): ActionRecord {
    const content = this.contentOf(action);
    if (!this.isOperation(action)) return content;
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
    const { attached, mapped, pending, inFlight } = this;
    const kind = this.kinds[action] as Kind;
    if (this.phase === 'drain' && this.isOperation(action)) return false;
    if (this.phase === 'teardown' && (kind === 0 || kind === 2 || kind === 6)) return false;
    switch (kind) {
      case 0:
        return ((attached >> (2 * ((action / DOMAINS) | 0))) & 3) === 0;
      case 1:
        return ((attached >> (2 * (action - DETACHES))) & 3) !== 0;
      case 2:
        return (((mapped | pending | inFlight) >> (action - MAPS)) & 1) === 0;
      case 3:
        return ((mapped >> (action - this.unmaps)) & 1) !== 0;
      case 4: {
        const mask = this.domainMask << ((action - this.submits) * this.pages);
        return (pending & mask) !== 0 && (inFlight & mask) === 0;
      }
      case 5:
        return (inFlight & (this.domainMask << ((action - this.completes) * this.pages))) !== 0;
      case 6: {
        const target = action - this.dmas;
        const domain = ((attached >> (2 * ((target / this.pages) | 0))) & 3) - 1;
        return domain >= 0 && (((mapped & ~this.cached) >> (domain * this.pages + (target % this.pages))) & 1) !== 0;
      }
    }
  }

  /** Numbers of the agent's actions, with some of another's between. */
  private rangeOf(agent: number): readonly [number, number] {
    if (agent === KERNEL) return [0, this.completes];
    if (agent === HARDWARE) return [this.completes, this.dmas];
    const from = this.dmas + (agent - DEVICE) * this.pages;
    return [from, from + this.pages];
  }

  private computeKind(action: Action): Kind {
    if (action < DETACHES) return 0;
    if (action < MAPS) return 1;
    if (action < this.unmaps) return 2;
    if (action < this.submits) return 3;
    if (action < this.completes) return 4;
    return action < this.dmas ? 5 : 6;
  }

  private computeAgent(action: Action): number {
    if (action < this.completes) return KERNEL;
    return action < this.dmas ? HARDWARE : DEVICE + (((action - this.dmas) / this.pages) | 0);
  }

  private contentOf(action: Action): ActionRecord & { arguments: Record<string, number> } {
    const kind = this.kinds[action] as Kind;
    const agent = AGENT_NAMES[this.agentsOf[action]];
    return { agent, does: KINDS[kind], arguments: this.argumentsOf(action, kind) };
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
        return { page: (action - this.dmas) % this.pages };
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
