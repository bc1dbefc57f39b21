import type { Step } from '../../../vocabulary/step.js';
import { flushStep, type Operands } from '../../queue-steps.js';
import { COMMAND, type CommandName } from '../invalidation.js';

/**
 * A command put into the queue. `pasid` is the PSCID of an IOTINVAL and the process id of the others; a tag, the GSCID, of -1 leaves GV
 * clear. Of the commands with a page only ATS.INVAL has a range.
 */
export function flush(name: CommandName, says: string, operands: Operands): Step {
  return flushStep(COMMAND[name], says, operands, { tag: -1, span: 0 });
}
