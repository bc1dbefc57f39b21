import { commandSteps } from '../../../../src/hardware/vtd/steps/index.js';
import type { StepSet } from '../../../../src/vocabulary/step.js';
import { entrySteps } from './entries.js';
import { listSteps } from './lists.js';
import { tableSteps } from './tables.js';

/** What vtd@5.17 does: to its own lists, to tables and entries as it stores them, and the commands of the hardware. */
export const steps: StepSet = { ...commandSteps, ...listSteps, ...tableSteps, ...entrySteps };
