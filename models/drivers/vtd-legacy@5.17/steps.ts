import { legacySteps } from '../../../src/hardware/vtd-legacy/steps/index.js';
import type { StepSet } from '../../../src/vocabulary/step.js';
import { listSteps } from '../vtd@5.17/steps/lists.js';
import { fact, read } from '../vtd@5.17/steps/make.js';
import { tableSteps } from '../vtd@5.17/steps/tables.js';

/** Levels of second-level tables that every IOMMU can walk: 4, or 3 where the world has an IOMMU of fewer. */
const tableLevels = fact([], (world) =>
  Math.min(...world.shape.iommus.map((iommu) => iommu.tableLevels ?? 4)),
);

/** Whether the driver has ATS on in the device. */
const infoAts = read('read whether ATS is on', ['device'], (world, device) => {
  const info = world.field('function.info').get(device + 1);
  return info === 0 ? 0 : world.field('info.ats').get(info);
});

/** The driver's lists and tables are those of scalable mode; entries and commands are the hardware's. */
export const steps: StepSet = { ...legacySteps, ...listSteps, ...tableSteps, tableLevels, infoAts };
