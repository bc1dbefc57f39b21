import type { StepContext } from '../../../vocabulary/context.js';
import type { Step, StepKind } from '../../../vocabulary/step.js';
import { COMMAND, type CommandName } from '../invalidation.js';

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

/** What a command's inputs after `device` are, in this order. */
export interface FlushInputs {
  /** SubstreamID of CFGI and ATC commands, ASID of TLBI. */
  readonly pasid?: 'pasid' | 'asid';
  readonly vmid?: true;
  /** A page and its span: how many low page bits to ignore, and {@link LEAF_ONLY} where only leaves have changed. */
  readonly pages?: true;
  /** The Leaf bit of a configuration command, which has no pages. */
  readonly leaf?: true;
}

/** Added to a span: Leaf, nothing but entries of the last level has changed. */
export const LEAF_ONLY = 64;
/** A span of every page. */
export const EVERY_PAGE = 52;

/** A command put into the command queue when it has room. The outcome is its ticket. */
export function flush(name: CommandName, says: string, takes: FlushInputs): Step {
  const inputs = ['device'];
  const place = (isTaken: unknown, input: string): number => (isTaken ? inputs.push(input) - 2 : -1);
  const pasid = place(takes.pasid, takes.pasid ?? '');
  const vmid = place(takes.vmid, 'vmid');
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
      const width = given(span, takes.leaf ? EVERY_PAGE + LEAF_ONLY : EVERY_PAGE);
      return world.hardware.submit(
        COMMAND[name],
        device,
        given(pasid, -1),
        given(vmid, 0),
        given(page, 0),
        width % LEAF_ONLY,
        width >= LEAF_ONLY ? 1 : 0,
      );
    },
    ready: (world) => (device) => world.hardware.canSubmit(device),
  };
}
