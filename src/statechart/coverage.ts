/** One transition of one machine, as it is written: copies of a machine in several programs share it. */
export interface TransitionName {
  /** The design or driver, or `lifecycle`. */
  readonly owner: string;
  readonly machine: string;
  readonly state: string;
  /** `done`, `error`, `always`, or an event of a lifecycle. */
  readonly event: string;
  /** Place among the branches of its event. */
  readonly branch: number;
  readonly target: string;
  /** Whether it is an edge of unwinding: taken when the step or procedure failed. */
  readonly isError: boolean;
  /** Of a procedure, for people: what must hold for it to be taken, beside that no branch before it was. */
  readonly condition?: string;
}

/** How often each transition was taken, over all programs and lifecycles that were compiled with this object. */
export class TransitionCoverage {
  readonly names: TransitionName[] = [];
  /** By transition id. */
  readonly hits: number[] = [];
  private readonly ids = new Map<string, number>();

  /** The id of a transition; a new one when it has not been seen. */
  id(name: TransitionName): number {
    const key = describeTransition(name);
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.names.push(name) - 1;
      this.hits.push(0);
      this.ids.set(key, id);
    }
    return id;
  }

  /** For people: `iommufd/detach: flush --done[0]--> unlock`. */
  describe(id: number): string {
    return describeTransition(this.names[id]);
  }
}

function describeTransition({ owner, machine, state, event, branch, target }: TransitionName): string {
  return `${owner}/${machine}: ${state} --${event}[${branch}]--> ${target}`;
}
