import { legacySteps } from '../../../src/hardware/vtd-legacy/steps/index.js';
import { fact } from '../../../src/vocabulary/make-step.js';
import type { StepSet } from '../../../src/vocabulary/step.js';
import { listSteps } from '../vtd@5.17/steps/lists.js';
import { tableSteps } from '../vtd@5.17/steps/tables.js';

/** Levels of second-level tables that every IOMMU can walk: 4, or 3 where the world has an IOMMU of fewer. */
const tableLevels = fact([], (world) =>
  Math.min(...world.shape.iommus.map((iommu) => iommu.tableLevels ?? 4)),
);

/** The driver's lists and tables are those of scalable mode; entries and commands are the hardware's. */
export const steps: StepSet = { ...legacySteps, ...listSteps, ...tableSteps, tableLevels };
