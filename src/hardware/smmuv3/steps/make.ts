import type { Step } from '../../../vocabulary/step.js';
import { EVERY_PAGE, flushStep, LEAF_ONLY, PAGES } from '../../queue-steps.js';
import { COMMAND, type CommandName } from '../invalidation.js';

/** Which inputs a flush step takes after `device`, in this order. */
export interface FlushInputs {
  /** SubstreamID of CFGI and ATC commands, ASID of TLBI. */
  readonly pasid?: 'pasid' | 'asid';
  readonly vmid?: true;
  readonly pages?: true;
  /** The Leaf bit of a configuration command, which has no pages. */
  readonly leaf?: true;
}

/** A command put into the command queue. */
export function flush(name: CommandName, says: string, takes: FlushInputs): Step {
  const operands = {
    ...(takes.pasid && { pasid: takes.pasid }),
    ...(takes.vmid && { tag: 'vmid' }),
    ...(takes.pages && PAGES),
  };
  const span = takes.leaf ? EVERY_PAGE + LEAF_ONLY : EVERY_PAGE;
  return flushStep(COMMAND[name], says, operands, { tag: 0, span });
}
