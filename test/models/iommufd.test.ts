import { describe, vi } from 'vitest';
import design from '../../models/designs/iommufd/index.js';
import driver from '../../models/drivers/vtd@7/index.js';
import { testDesign } from './machines.js';

// Building every choice of mends is most of a second of work for each on a slow machine.
vi.setConfig({ testTimeout: 60_000 });

describe('iommufd', () => {
  testDesign(design, driver, 1000);
});
