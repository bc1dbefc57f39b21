import type { StepSet } from '../../../vocabulary/step.js';
import { commandSteps } from './commands.js';
import { configurationSteps } from './configuration.js';
import { tableSteps } from './tables.js';

export { commandSteps, configurationSteps };
export { EVERY_PAGE, LEAF_ONLY } from '../../queue-steps.js';

/** What a VT-d driver can do to hardware, one atomic action each: entries, tables, commands and the wait for them. */
export const vtdSteps: StepSet = {
  ...configurationSteps,
  ...tableSteps,
  ...commandSteps,
};
