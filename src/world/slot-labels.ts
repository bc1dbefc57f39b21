import type { Layout, StateVector } from '../hardware/state-vector.js';

/** Mark of a slot that keeps its PASID and emits nothing. */
const SILENT = 1 << 28;

/** The PASID that each slot of each device is programmed with: what its accesses and page requests carry. */
export class SlotLabels {
  private readonly base: number;
  private state!: StateVector;
  private words!: Int32Array;

  constructor(
    private readonly devices: number,
    /** Slots of a device, the RID counted as slot 0. */
    private readonly slots: number,
    layout: Layout,
  ) {
    this.base = layout.take(devices * slots);
  }

  connect(state: StateVector): void {
    this.state = state;
    this.words = state.words;
  }

  /** PASID that accesses of the slot carry: -1 for the RID, 0 when the slot emits nothing. */
  emitted(device: number, slot: number): number {
    if (slot === 0) return -1;
    const label = this.words[this.base + device * this.slots + slot];
    return (label & SILENT) === 0 ? label : 0;
  }

  /** PASID that page requests of the slot carry, whether or not it is silent now: 0 for the RID, -1 for none. */
  asked(device: number, slot: number): number {
    if (slot === 0) return 0;
    if (slot >= this.slots) return -1;
    return this.words[this.base + device * this.slots + slot] & ~SILENT || -1;
  }

  set(device: number, slot: number, pasid: number): void {
    if (slot > 0) this.state.set(this.base + device * this.slots + slot, pasid);
  }

  /** A slot whose detach is under way says nothing, and has its PASID again should the detach fail. */
  setSilent(device: number, slot: number, silent: boolean): void {
    if (slot === 0 || slot >= this.slots) return;
    const at = this.base + device * this.slots + slot;
    this.state.set(at, silent ? this.words[at] | SILENT : this.words[at] & ~SILENT);
  }

  /** Nothing is programmed into the device any more. */
  forget(device: number): void {
    for (let slot = 1; slot < this.slots; slot++) this.set(device, slot, 0);
  }

  /** Words of all slots, for the encoder. */
  get region(): { base: number; size: number } {
    return { base: this.base, size: this.devices * this.slots };
  }
}
