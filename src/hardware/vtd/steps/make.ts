import type { StepContext } from '../../../vocabulary/context.js';
import type { Step, StepKind } from '../../../vocabulary/step.js';

type Act = (world: StepContext, a: number, b: number, c: number, d: number, e: number) => number;

/** A step that stores into what hardware reads. */
export function store(kind: StepKind, says: string, inputs: readonly string[], act: Act): Step {
  return {
    kind,
    sight: 'hardware',
    inputs,
    skipped: 0,
    says,
    bind: (world) => (a, b, c, d, e) => act(world, a, b, c, d, e),
  };
}

export function read(says: string, inputs: readonly string[], act: Act): Step {
  return {
    kind: 'read',
    inputs,
    skipped: 0,
    says,
    bind: (world) => (a, b, c, d, e) => act(world, a, b, c, d, e),
  };
}

/** Which of a flush step's inputs after `device` is which field of the command. */
export interface FlushInputs {
  readonly did?: true;
  readonly pasid?: true;
  /** A page and its span: how many low page bits to ignore, and {@link LEAF_ONLY} where only leaves have changed. */
  readonly pages?: true;
}

/** Added to a span: the invalidation hint, nothing but leaf entries has changed. */
export const LEAF_ONLY = 64;
/** A span of every page. */
export const EVERY_PAGE = 52;

/** A command, by its number, put into the invalidation queue when it has room. The outcome is the ticket to wait for. */
export function flush(command: number, says: string, takes: FlushInputs): Step {
  const inputs = ['device'];
  const place = (isTaken: boolean | undefined, input: string): number =>
    isTaken ? inputs.push(input) - 2 : -1;
  const did = place(takes.did, 'did');
  const pasid = place(takes.pasid, 'pasid');
  const page = place(takes.pages, 'page');
  const span = place(takes.pages, 'span');
  return {
    kind: 'flush',
    sight: 'hardware',
    inputs,
    skipped: 0,
    says,
    bind: (world) => (device, b, c, d, e) => {
      const given = (at: number, otherwise: number): number =>
        at === 0 ? b : at === 1 ? c : at === 2 ? d : at === 3 ? e : otherwise;
      const width = given(span, EVERY_PAGE);
      return world.hardware.submit(
        command,
        device,
        given(pasid, -1),
        given(did, -1),
        given(page, 0),
        width % LEAF_ONLY,
        width >= LEAF_ONLY ? 1 : 0,
      );
    },
    ready: (world) => (device) => world.hardware.canSubmit(device),
  };
}

/** Wait for the command of a ticket, and every one before it. */
export const waitQueue: Step = {
  kind: 'wait',
  inputs: ['device', 'ticket'],
  skipped: 0,
  says: 'wait until the flush is done',
  bind: () => () => 0,
  ready: (world) => (device, ticket) => world.hardware.hasCompleted(device, ticket),
};
