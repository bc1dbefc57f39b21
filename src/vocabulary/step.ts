import type { StepContext } from './context.js';
import type { Errno } from './errno.js';

/**
 * What a step is for. The first eight kinds are what a correct procedure cannot do without: removing one must be noticed.
 */
export const STEP_KINDS = [
  'flush', // put an invalidation into the queue
  'wait', // wait until hardware, or another agent, has finished something
  'lock',
  'unlock',
  'reference', // take a reference or raise a count
  'put', // drop a reference or lower a count
  'clear', // make an entry, a field or a list membership empty
  'release', // give back an object, a frame, an identifier
  'store', // write an entry, a field, a list membership
  'allocate', // obtain an object, a frame, an identifier
  'read', // read what another agent can change
  'other',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/**
 * Who can see that the step happened. `software` steps touch only driver state; `hardware` steps store into translation
 * structures or registers, or hand the hardware a command: another agent or a property over reach can tell.
 */
export type StepSight = 'software' | 'hardware';

/** What a bound step is given: its inputs in the declared order, then the alternative chosen (0 unless it declares more). */
export type BoundStep = (
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  alternative: number,
) => number;

/**
 * One atomic step. A procedure state names it as the `src` of its invoke; inputs come from registers and constants.
 * `Step` is world-independent: {@link Step.bind} makes the function for one world.
 */
export interface Step {
  readonly kind: StepKind;
  readonly sight?: StepSight;
  /** Names of up to five integer inputs, in the order the bound function takes them. */
  readonly inputs: readonly string[];
  /** Names of static parameters (strings: a field, a lock, a kind of object) fixed by the machine that invokes the step. */
  readonly statics?: readonly string[];
  /** Errnos the step can fail with; a state that invokes it needs `onError` exactly when this is not empty. */
  readonly errors?: readonly Errno[];
  /**
   * Not a step of the machine at all: arithmetic on values already read, or word to a monitor. It is carried out together with
   * the step before it, is no scheduling point and is not counted.
   */
  readonly instant?: boolean;
  /** How many alternatives the scheduler may choose among: 2 for an allocation (0 as asked, 1 fails). */
  readonly alternatives?: number;
  /** The output when the step is taken out (`--without`): a put says "not last", a wait says "done". */
  readonly skipped: number;
  /** For one world: the function that does the step. A result below zero is a negated errno. */
  readonly bind: (world: StepContext, statics: Readonly<Record<string, string>>) => BoundStep;
  /** For a step that may block: whether it can go on now. Must not change anything. */
  readonly ready?: (
    world: StepContext,
    statics: Readonly<Record<string, string>>,
  ) => (a: number, b: number, c: number, d: number, e: number) => boolean;
  /** One sentence for diagrams and traces; `{name}` stands for an input or a static. */
  readonly says?: string;
}

export type StepSet = Readonly<Record<string, Step>>;
