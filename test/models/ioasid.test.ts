import { describe, expect, it } from 'vitest';
import design from '../../models/designs/ioasid/index.js';
import driver from '../../models/drivers/vtd@7/index.js';
import { OPERATIONS } from '../../src/vocabulary/operations.js';
import { testDesign } from './machines.js';

// Building every choice of mends is most of a second of work for each on a slow machine.
describe('ioasid', () => {
  testDesign(
    design,
    driver,
    1000,
    design.mends.map(({ name }) => name),
  );

  it('has causes of its own for every mend', () => {
    for (const { name, causes } of design.mends) {
      expect(causes.length, name).toBeGreaterThan(0);
      expect(new Set(causes).size, name).toBe(causes.length);
    }
  });

  it('has no replace', () => {
    expect(design.operations.replace).toHaveProperty('cannot');
    expect(Object.keys(design.operations).sort()).toEqual(Object.keys(OPERATIONS).sort());
  });
});
