import { ENTRIES } from '../../hardware/ram.js';
import type { MemoryView } from '../../vocabulary/architecture.js';

/** A 64-bit store into an entry of a frame. */
export interface Store {
  readonly frame: number;
  readonly index: number;
  readonly low: number;
  readonly high: number;
}

/** The memory of a case, with the physical addresses that QEMU's machine has: few frames are used, far apart. */
export class PageMemory implements MemoryView {
  private readonly pages = new Map<number, Int32Array>();

  constructor(
    /** Frames from here on do not exist in QEMU's machine either. */
    readonly frames: number,
    /** Where the hardware begins its walks. */
    private readonly rootFrame: number,
  ) {}

  root(): number {
    return this.rootFrame;
  }

  low(frame: number, index: number): number {
    return this.pages.get(frame)?.[2 * index] ?? 0;
  }

  high(frame: number, index: number): number {
    return this.pages.get(frame)?.[2 * index + 1] ?? 0;
  }

  nextUsed(frame: number, index: number): number {
    const page = this.pages.get(frame);
    if (page === undefined) return ENTRIES;
    let at = index;
    while (at < ENTRIES && (page[2 * at] | page[2 * at + 1]) === 0) at++;
    return at;
  }

  store({ frame, index, low, high }: Store): void {
    let page = this.pages.get(frame);
    if (page === undefined) this.pages.set(frame, (page = new Int32Array(2 * ENTRIES)));
    page[2 * index] = low;
    page[2 * index + 1] = high;
  }
}
