import { describe } from 'vitest';
import design from '../../models/designs/iommufd/index.js';
import driver from '../../models/drivers/vtd@7/index.js';
import { testDesign } from './machines.js';

// Building every choice of mends is most of a second of work for each on a slow machine.
describe('iommufd', () => {
  testDesign(design, driver, 1000);
});
