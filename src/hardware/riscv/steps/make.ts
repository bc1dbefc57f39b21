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

/** Operands of a command that a flush step takes behind `device`, in this order. */
type Operand = 'pasid' | 'gscid' | 'page' | 'span';

/** A span of every page: how many low bits of the page number an ATS.INVAL ignores. IOTINVAL has no range. */
export const EVERY_PAGE = 52;

/**
 * A command put into the queue when it has room. `pasid` is the PSCID of an IOTINVAL and the process id of the others; a `gscid`
 * of -1 leaves GV clear. The outcome is the command's ticket.
 */
export function flush(name: CommandName, says: string, operands: readonly Operand[]): Step {
  const pasid = operands.indexOf('pasid');
  const gscid = operands.indexOf('gscid');
  const page = operands.indexOf('page');
  const span = operands.indexOf('span');
  return {
    kind: 'flush',
    sight: 'hardware',
    inputs: ['device', ...operands],
    skipped: 0,
    says,
    bind: (world) => (device, b, c, d) => {
      const given = (at: number, otherwise: number): number =>
        at === 0 ? b : at === 1 ? c : at === 2 ? d : otherwise;
      const { hardware } = world;
      return hardware.submit(
        COMMAND[name],
        device,
        given(pasid, -1),
        given(gscid, -1),
        given(page, 0),
        given(span, 0),
        0,
      );
    },
    ready: (world) => (device) => world.hardware.canSubmit(device),
  };
}
