import type { IdPool } from '../vocabulary/context.js';
import type { Layout, StateVector } from '../hardware/state-vector.js';

/** A pool of identifiers, lowest free first, as the kernel's IDA and xarray give them. Remembers whom each is for. */
export class Ids implements IdPool {
  private readonly base: number;
  private state!: StateVector;

  constructor(
    readonly name: string,
    readonly low: number,
    readonly high: number,
    layout: Layout,
    /** Called before an identifier is given: nothing may still lead to it. */
    private readonly onGive: (pool: string, id: number) => void,
    /** Called when it is given back. */
    private readonly onRelease: (pool: string, id: number) => void,
    private readonly misuse: (what: string) => void,
    /** Called when none is left in the range asked for. */
    private readonly exhausted: () => void,
  ) {
    this.base = layout.take(high + 1);
  }

  connect(state: StateVector): void {
    this.state = state;
  }

  allocate(low: number, high: number, owner = 0): number {
    const top = Math.min(high, this.high);
    for (let id = Math.max(low, this.low, 1); id <= top; id++) {
      if (this.state.words[this.base + id] !== 0) continue;
      this.onGive(this.name, id);
      this.state.set(this.base + id, owner + 1);
      return id;
    }
    this.exhausted();
    return 0;
  }

  reserve(id: number, owner = 0): boolean {
    if (id < 1 || id > this.high || this.state.words[this.base + id] !== 0) return false;
    this.onGive(this.name, id);
    this.state.set(this.base + id, owner + 1);
    return true;
  }

  release(id: number): void {
    if (!this.isTaken(id)) return this.misuse(`${this.name} put twice`);
    this.state.set(this.base + id, 0);
    this.onRelease(this.name, id);
  }

  isTaken(id: number): boolean {
    return id >= 1 && id <= this.high && this.state.words[this.base + id] !== 0;
  }

  use(id: number, owner: number): void {
    const held = id >= 1 && id <= this.high ? this.state.words[this.base + id] : 0;
    if (held === 0) this.misuse(`${this.name} used after it was put`);
    else if (held !== owner + 1) this.misuse(`${this.name} used after it was put and given to another`);
  }

  takenCount(): number {
    let count = 0;
    for (let id = 1; id <= this.high; id++) if (this.state.words[this.base + id]) count++;
    return count;
  }

  get region(): { base: number; size: number } {
    return { base: this.base, size: this.high + 1 };
  }
}
