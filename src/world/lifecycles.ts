import type { LifecycleTable } from '../statechart/lifecycle-table.js';
import type { Layout, StateVector } from '../hardware/state-vector.js';
import type { ObjectTable } from './objects.js';

/** Plain ids that a monitor without an object kind of its name follows: numbers of devices, PASIDs, eight slots a device. */
function plainIds(devices: number): number {
  return devices <= 2 ? 16 : 64;
}

/**
 * The lifecycle monitors: a typestate machine for every device, group, domain … An event that is not accepted is a violation.
 * The state of a monitor lies with the object where the design has a kind of that name, else in a table by number.
 */
export class Monitors {
  private readonly bases = new Map<string, number>();
  private readonly ids: number;
  private state!: StateVector;

  constructor(
    private readonly tables: ReadonlyMap<string, LifecycleTable>,
    private readonly objects: ReadonlyMap<string, ObjectTable>,
    devices: number,
    layout: Layout,
    private readonly refused: (machine: string, state: string, event: string) => void,
  ) {
    this.ids = plainIds(devices);
    for (const name of tables.keys()) if (!objects.has(name)) this.bases.set(name, layout.take(this.ids));
  }

  connect(state: StateVector): void {
    this.state = state;
  }

  /** The function that sends one event to a monitor. */
  sender(machine: string, event: string): (id: number) => void {
    const table = this.tables.get(machine);
    if (!table) throw new Error(`there is no lifecycle '${machine}'`);
    const code = table.events.indexOf(event);
    if (code < 0) throw new Error(`lifecycle '${machine}' has no event '${event}'`);
    const kind = this.objects.get(machine);
    const base = this.bases.get(machine) ?? -1;
    return (id) => {
      const at = kind ? kind.monitorIndex(id) : base + (id & (this.ids - 1));
      if (at < 0) return this.refused(machine, 'freed', event);
      const old = this.state.words[at];
      const next = table.next(old, code);
      if (next < 0) this.refused(machine, table.stateName(old), event);
      else this.state.set(at, next);
    };
  }

  get regions(): readonly { base: number; size: number }[] {
    return [...this.bases.values()].map((base) => ({ base, size: this.ids }));
  }
}
