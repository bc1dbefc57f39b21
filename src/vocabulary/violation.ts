/** Something that must not happen did. */
export interface Violation {
  readonly property: string;
  /** Stable key: property, kind of entry or object, procedure state at fault; no ids. Equal causes are one finding. */
  readonly cause: string;
  /** At most three lines for a person. */
  readonly explanation: readonly string[];
  /** Whose procedure the state at fault is of. A design that misuses its driver shows in the driver's. */
  readonly fault?: 'design' | 'driver';
}
