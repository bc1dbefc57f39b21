import { describe } from 'vitest';
import driver from '../../models/drivers/vtd@7/index.js';
import { testDriver } from './machines.js';

// Building every choice of mends is most of a second of work for each on a slow machine.
describe('vtd@7', () => {
  testDriver(driver, 2);
});
