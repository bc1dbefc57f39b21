/** Something that must not happen did. */
export interface Violation {
  readonly property: string;
  /** Stable key: property, kind of entry or object, procedure state at fault; no ids. Equal causes are one finding. */
  readonly cause: string;
  /** At most three lines for a person. */
  readonly explanation: readonly string[];
  /** Whose fault: the design's or the driver's procedure that made it so. */
  readonly fault?: 'design' | 'driver';
}
