import type { Step } from '../../../vocabulary/step.js';
import { EVERY_PAGE, flushStep, PAGES, waitStep } from '../../queue-steps.js';

/** Which inputs a flush step takes after `device`, in this order. The hint of a command is that only leaves have changed. */
export interface FlushInputs {
  readonly did?: true;
  readonly pasid?: true;
  readonly pages?: true;
}

/** A command, by its number, put into the invalidation queue. */
export function flush(command: number, says: string, takes: FlushInputs): Step {
  const operands = {
    ...(takes.did && { tag: 'did' }),
    ...(takes.pasid && { pasid: 'pasid' }),
    ...(takes.pages && PAGES),
  };
  return flushStep(command, says, operands, { tag: -1, span: EVERY_PAGE });
}

export const waitQueue = waitStep('wait until the flush is done');
