import type {
  CallerFacts,
  Field,
  Hardware,
  IdPool,
  LockFamily,
  Memory,
  ObjectStore,
  PageRequests,
  StepContext,
} from '../vocabulary/context.js';
import type { WorldShape } from '../vocabulary/shape.js';

/** Page requests: devices touch them too. */
export const REQUESTS = 'page requests';

/**
 * The world as one step sees it, which keeps what the step has touched of what agents share. Steps may ask for a thing when they are bound
 * or each time they are carried out, so that a footprint grows.
 */
export class Footprint implements StepContext {
  readonly shape: WorldShape;
  private readonly kinds = new Map<string, ObjectStore>();
  private readonly fields = new Map<string, Field>();
  private readonly others = new Set<string>();
  private readonly all = [this.kinds, this.fields, this.others];
  private readonly kept = new Set<string>();
  private readonly touchedHardware: Hardware;

  constructor(
    private readonly world: StepContext,
    /** Told when it has grown. */
    private readonly grown: () => void,
  ) {
    this.shape = world.shape;
    this.touchedHardware = new TouchedHardware(world.hardware, (what) => this.note(what));
  }

  objects(kind: string): ObjectStore {
    return this.kinds.get(kind) ?? this.meet(this.kinds, kind, this.world.objects(kind));
  }
  field(path: string): Field {
    return this.fields.get(path) ?? this.meet(this.fields, path, this.world.field(path));
  }
  ids(pool: string): IdPool {
    this.note(`ids of ${pool}`);
    return this.world.ids(pool);
  }
  lock(family: string): LockFamily {
    this.note(`lock ${family}`);
    return this.world.lock(family);
  }
  lifecycle(machine: string, event: string): (id: number) => void {
    this.note(`lifecycle of ${machine}`);
    return this.world.lifecycle(machine, event);
  }
  get memory(): Memory {
    this.note('memory');
    return this.world.memory;
  }
  get hardware(): Hardware {
    return this.touchedHardware;
  }
  get callers(): CallerFacts {
    this.note('callers');
    return this.world.callers;
  }
  agent(): number {
    return this.world.agent();
  }
  principal(): number {
    return this.world.principal();
  }
  misuse(what: string, how?: string): void {
    this.world.misuse(what, how);
  }

  /** Add what is no part of the context. */
  note(what: string): void {
    if (this.others.has(what)) return;
    this.others.add(what);
    this.grown();
  }

  /** Whether both touch one thing: a thing of the same name, or an object and a field of its kind. */
  meets(other: Footprint): boolean {
    for (const what of this.others) if (other.others.has(what)) return true;
    for (const path of this.fields.keys()) {
      if (other.fields.has(path) || other.kinds.has(kindOf(path))) return true;
    }
    for (const kind of this.kinds.keys()) {
      if (other.kinds.has(kind)) return true;
      for (const path of other.fields.keys()) if (kindOf(path) === kind) return true;
    }
    return false;
  }

  /** From now on {@link forget} goes back to what has been touched so far. */
  keep(): void {
    for (const names of this.all) for (const name of names.keys()) this.kept.add(name);
  }

  forget(): void {
    for (const names of this.all)
      for (const name of names.keys()) if (!this.kept.has(name)) names.delete(name);
  }

  touches(what: string): boolean {
    return this.others.has(what);
  }

  private meet<T>(known: Map<string, T>, name: string, thing: T): T {
    known.set(name, thing);
    this.grown();
    return thing;
  }
}

function kindOf(path: string): string {
  return path.slice(0, path.indexOf('.'));
}

/** Registers, queues and devices together; page requests apart. */
class TouchedHardware implements Hardware {
  constructor(
    private readonly machine: Hardware,
    private readonly note: (what: string) => void,
  ) {}

  private get touched(): Hardware {
    this.note('hardware');
    return this.machine;
  }
  get pageRequests(): PageRequests {
    this.note(REQUESTS);
    return this.machine.pageRequests;
  }
  canSubmit(device: number): boolean {
    return this.touched.canSubmit(device);
  }
  submit(...command: Parameters<Hardware['submit']>): number {
    return this.touched.submit(...command);
  }
  hasCompleted(device: number, ticket: number): boolean {
    return this.touched.hasCompleted(device, ticket);
  }
  setDeviceControl(...control: Parameters<Hardware['setDeviceControl']>): void {
    this.touched.setDeviceControl(...control);
  }
  deviceControl(device: number, control: 'ats' | 'pasid' | 'pri'): boolean {
    return this.touched.deviceControl(device, control);
  }
  isPresent(device: number): boolean {
    return this.touched.isPresent(device);
  }
  setPresent(device: number, present: boolean): void {
    this.touched.setPresent(device, present);
  }
  resetDevice(device: number): void {
    this.touched.resetDevice(device);
  }
  setRoot(iommu: number, frame: number): void {
    this.touched.setRoot(iommu, frame);
  }
  root(iommu: number): number {
    return this.touched.root(iommu);
  }
}
