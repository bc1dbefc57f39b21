import { describe, expect, it } from 'vitest';
import driver from '../../models/drivers/vtd@5.17/index.js';
import { testDriver } from './machines.js';

describe('vtd@5.17', () => {
  testDriver(driver);

  it('each mend changes a machine', () => {
    const shapes = (mended: (name: string) => boolean) =>
      JSON.stringify(driver.procedures(mended).map((machine) => machine.definition));
    for (const { name } of driver.mends)
      expect(
        shapes((mend) => mend === name),
        name,
      ).not.toBe(shapes(() => false));
  });

  it('promises no change of a live route without an interruption', () => {
    expect(driver.hitless).toEqual([]);
  });
});
