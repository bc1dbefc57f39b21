/** Where in a machine something stands. */
export interface MachinePlace {
  /** The file the machine comes from, where the caller knows it. */
  readonly file?: string;
  readonly machine: string;
  /** Path of the state; left out for what concerns the machine as a whole. */
  readonly state?: string;
}

/** A machine outside the compiled subset, or one that cannot be linked: says where and why. */
export class StatechartError extends Error {
  constructor(
    readonly place: MachinePlace,
    readonly reason: string,
  ) {
    const file = place.file === undefined ? '' : `${place.file}: `;
    const state = place.state === undefined ? '' : `, state ${place.state}`;
    super(`${file}machine ${place.machine}${state}: ${reason}`);
    this.name = 'StatechartError';
  }
}
