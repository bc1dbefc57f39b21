import { type InvalidationQueue, PENDING } from '../hardware/queue.js';
import type { ConcreteCaches } from '../hardware/caches.js';
import type { Ram } from '../hardware/ram.js';
import type { Layout, StateVector } from '../hardware/state-vector.js';
import type { BoundArchitecture, DeviceView, MemoryView } from '../vocabulary/architecture.js';
import type { Hardware, Memory } from '../vocabulary/context.js';
import type { WorldShape } from '../vocabulary/shape.js';
import type { WatchedRequests } from './watched-requests.js';
import type { Effect, Ledger } from './ledger.js';

const PRESENT = 1;
const CONTROL = { ats: 2, pasid: 4, pri: 8 } as const;
export type Control = keyof typeof CONTROL;

/** Owner words of frames: free is 0, a table is 1, the data frame of principal p is p + 2. */
export const TABLE_OWNER = 1;

/** What the machine tells the world that owns it. */
export interface MachineListener {
  /** Agent whose open call acts now, or -1. */
  blame(): number;
  /** Control point at which it stands, as a number of the world's. */
  origin(): number;
  reachChanged(): void;
  /** A device is there again: what was left over from before counts now. */
  plugged(): void;
  /** A device was pulled out: what comes in its place is another. */
  unplugged(device: number): void;
  released(what: 'frame' | 'tag' | 'pasid' | 'space', id: number): void;
  misuse(what: string): void;
  /** There is no frame left for a table. */
  exhausted(): void;
  note(text: string): void;
  readonly tracing: boolean;
}

/**
 * The simulated machine: memory, registers, devices, invalidation queue, page requests, and the ledger of what hardware may
 * still hold, brought up to date after every store and effect.
 */
export class Machine implements Memory, Hardware, MemoryView, DeviceView {
  private readonly rootsAt: number;
  private readonly devicesAt: number;
  private readonly programmersAt: number;
  private state!: StateVector;
  private words!: Int32Array;
  ram!: Ram;
  /** Concrete caches, where devices really act. */
  caches: ConcreteCaches | undefined;
  queue!: InvalidationQueue;
  pageRequests!: WatchedRequests;
  readonly frames: number;
  /** First frame the kernel may use for tables; below are the data frames. */
  readonly firstTable: number;
  /** Changes of what hardware reads, since the start: so that a step can be told to have made one. */
  touches = 0;
  /** Set while a guest's store is carried out: what it leaves stale is to this blame. */
  private guest = 0;

  constructor(
    readonly shape: WorldShape,
    readonly ledger: Ledger,
    private readonly listener: MachineListener,
    /** By command: whether it is a wait. */
    private readonly isWait: readonly boolean[],
    /** Frames from one table page to the next. */
    readonly tableFrames: number,
    layout: Layout,
  ) {
    this.firstTable = Math.ceil((1 + shape.frames) / tableFrames) * tableFrames;
    this.frames = this.firstTable + shape.tables * tableFrames;
    this.rootsAt = layout.take(shape.iommus.length);
    this.devicesAt = layout.take(shape.devices.length);
    this.programmersAt = layout.take(shape.devices.length);
  }

  connect(state: StateVector, ram: Ram, queue: InvalidationQueue, requests: WatchedRequests): void {
    this.state = state;
    this.words = state.words;
    this.ram = ram;
    this.queue = queue;
    this.pageRequests = requests;
  }

  bind(bound: BoundArchitecture): void {
    this.ledger.connect(this.state, bound);
  }

  reset(): void {
    for (let device = 0; device < this.shape.devices.length; device++)
      this.state.set(this.devicesAt + device, PRESENT);
  }

  // Memory, as the walker and the closure see it.

  low(frame: number, index: number): number {
    this.ledger.noteRead(frame);
    return this.ram.low(frame, index);
  }
  high(frame: number, index: number): number {
    return this.ram.high(frame, index);
  }
  nextUsed(frame: number, index: number): number {
    this.ledger.noteRead(frame);
    return this.ram.nextUsed(frame, index);
  }
  root(iommu: number): number {
    return this.words[this.rootsAt + iommu];
  }
  control(device: number, control: 'ats' | 'pasid'): boolean {
    return (this.words[this.devicesAt + device] & CONTROL[control]) !== 0;
  }

  // Memory, as steps see it.

  allocateTable(): number {
    this.touches++;
    const frame = this.ram.allocate(TABLE_OWNER, this.firstTable, this.tableFrames);
    if (frame === 0) this.listener.exhausted();
    return frame;
  }

  freeTable(frame: number): void {
    this.touches++;
    if (frame < this.firstTable || frame >= this.frames || this.ram.owner(frame) !== TABLE_OWNER) {
      return this.listener.misuse('table page freed twice');
    }
    this.ram.free(frame);
    this.listener.released('frame', frame);
  }

  store(frame: number, index: number, low: number, high: number): void {
    this.touches++;
    if (!this.mayTouch(frame)) return;
    if (this.ram.low(frame, index) === low && this.ram.high(frame, index) === high) return;
    this.ram.store64(frame, index, low, high);
    if (this.ledger.isLinked(frame)) this.changed();
  }

  storePair(frame: number, index: number, low0: number, high0: number, low1: number, high1: number): void {
    this.touches++;
    if (!this.mayTouch(frame)) return;
    this.ram.store128(frame, index, low0, high0, low1, high1);
    if (this.ledger.isLinked(frame)) this.changed();
  }

  /** A guest's store into one of its own frames. What it leaves stale is the guest's affair. */
  guestStore(frame: number, index: number, low: number, high: number, blame: number): void {
    this.guest = blame;
    try {
      this.ram.store64(frame, index, low, high);
      if (this.ledger.isLinked(frame)) this.changed();
    } finally {
      // The closure may have outgrown its bound, and the machine goes on in another run.
      this.guest = 0;
    }
  }

  private mayTouch(frame: number): boolean {
    if (frame > 0 && frame < this.frames && this.ram.owner(frame) === TABLE_OWNER) return true;
    this.listener.misuse(frame === 0 ? 'no table page written' : 'freed table page written');
    return false;
  }

  /** Something the walker reads has changed. */
  private changed(): void {
    this.ledger.afterChange(
      this.shape.devices.length,
      this.guest !== 0 ? this.guest : this.listener.blame() + 1,
      this.listener.origin(),
    );
    if (this.ledger.changed) this.listener.reachChanged();
  }

  // Registers and devices.

  setRoot(iommu: number, frame: number): void {
    this.touches++;
    this.state.set(this.rootsAt + iommu, frame);
    this.changed();
  }

  isPresent(device: number): boolean {
    return (this.words[this.devicesAt + device] & PRESENT) !== 0;
  }

  setPresent(device: number, present: boolean): void {
    this.touches++;
    const at = this.devicesAt + device;
    if (present) {
      this.state.set(at, this.words[at] | PRESENT);
      this.listener.plugged();
    } else {
      this.state.set(at, 0);
      this.state.set(this.programmersAt + device, 0);
      this.pageRequests.forget(device);
      this.leaveDevice(device, 'everything');
      this.listener.unplugged(device);
    }
    this.changed();
  }

  /** Principals that have had the whole device to program since its last reset, as bits. */
  programmers(device: number): number {
    return this.words[this.programmersAt + device];
  }

  noteProgrammer(device: number, principal: number): void {
    const at = this.programmersAt + device;
    this.state.set(at, this.words[at] | (1 << principal));
  }

  resetDevice(device: number): void {
    this.touches++;
    this.state.set(this.programmersAt + device, 0);
    const at = this.devicesAt + device;
    this.state.set(at, this.words[at] & PRESENT);
    this.pageRequests.forget(device);
    this.leaveDevice(device, 'everything');
  }

  setDeviceControl(device: number, control: Control, on: boolean): void {
    this.touches++;
    const at = this.devicesAt + device;
    const bit = CONTROL[control];
    if (on === ((this.words[at] & bit) !== 0)) return;
    this.state.set(at, on ? this.words[at] | bit : this.words[at] & ~bit);
    if (control === 'ats' && !on) this.leaveDevice(device, 'translations');
    else this.changed();
  }

  deviceControl(device: number, control: Control): boolean {
    return (this.words[this.devicesAt + device] & CONTROL[control]) !== 0;
  }

  /** The device's own cache is gone, with the accesses that go by it or with all of them; then the closure is taken again. */
  private leaveDevice(device: number, gone: 'translations' | 'everything'): void {
    this.changed();
    this.ledger.dropDevice(device, gone);
    this.caches?.dropDevice(device);
    this.changed();
    this.listener.reachChanged();
  }

  // Invalidations.

  canSubmit(device: number): boolean {
    return this.queue.hasRoom(this.shape.devices[device].iommu);
  }

  submit(
    command: number,
    device: number,
    pasid: number,
    tag: number,
    page: number,
    mask: number,
    hint: number,
  ): number {
    const iommu = this.shape.devices[device].iommu;
    return this.queue.submit(iommu, command, device, pasid, tag, page, mask, hint);
  }

  hasCompleted(device: number, ticket: number): boolean {
    return this.queue.hasCompleted(this.shape.devices[device].iommu, ticket);
  }

  /** How many commands of the queue may take effect now. */
  readyCount(iommu: number): number {
    const { queue } = this;
    let ready = 0;
    for (let place = queue.count(iommu) - 1; place >= 0; place--)
      if (queue.mayTakeEffect(iommu, place)) ready++;
    return ready;
  }

  /** Place in the queue of the n-th command that may take effect now. */
  readyPlace(iommu: number, n: number): number {
    const { queue } = this;
    let left = n;
    for (let place = 0; ; place++) if (queue.mayTakeEffect(iommu, place) && left-- === 0) return place;
  }

  /** Whether a wait stands at the head of the queue. */
  isWaitNext(iommu: number): boolean {
    return this.queue.count(iommu) > 0 && this.isWait[this.queue.field(iommu, 0, PENDING.command)];
  }

  isPending(): boolean {
    return this.shape.iommus.some((_, iommu) => this.queue.count(iommu) > 0);
  }

  /** What the command at the place is about to do. */
  effectAt(iommu: number, place: number): Effect {
    const { queue } = this;
    return {
      command: queue.field(iommu, place, PENDING.command),
      device: queue.field(iommu, place, PENDING.device),
      pasid: queue.field(iommu, place, PENDING.pasid),
      tag: queue.field(iommu, place, PENDING.tag),
      page: queue.field(iommu, place, PENDING.page),
      mask: queue.field(iommu, place, PENDING.mask),
      hint: queue.field(iommu, place, PENDING.hint),
    };
  }

  private pendingEffects(iommu: number): Effect[] {
    const pending: Effect[] = [];
    for (let place = 0; place < this.queue.count(iommu); place++)
      if (this.queue.field(iommu, place, PENDING.done) === 0) pending.push(this.effectAt(iommu, place));
    return pending;
  }

  /** The command at the place takes effect. */
  effect(iommu: number, place: number): void {
    const effect = this.effectAt(iommu, place);
    this.queue.finish(iommu, place);
    this.ledger.afterEffect(effect, this.pendingEffects(iommu));
    this.caches?.invalidate(
      effect.command,
      effect.device,
      effect.pasid,
      effect.tag,
      effect.page,
      effect.mask,
      effect.hint,
    );
    if (this.ledger.changed) this.listener.reachChanged();
  }

  deviceWord(device: number): number {
    return this.words[this.devicesAt + device];
  }
  get registers(): { roots: number; devices: number } {
    return { roots: this.rootsAt, devices: this.devicesAt };
  }
}
