import { describe, expect, it, vi } from 'vitest';
import design from '../../models/designs/iommufd/index.js';
import driver from '../../models/drivers/vtd@7/index.js';
import { compareProcedure } from '../../src/statechart/agreement.js';
import { type Owner, resolver } from '../../src/statechart/library.js';
import { commonSteps } from '../../src/vocabulary/common-steps.js';
import { allMends, compileDesign } from '../../src/world/compiled-design.js';

const names = allMends(design, driver);
const choices = [
  { name: 'as it is', mends: [] },
  { name: 'mended', mends: names },
  ...names.flatMap((mend) => [
    { name: `with ${mend} alone`, mends: [mend] },
    { name: `mended but ${mend}`, mends: names.filter((name) => name !== mend) },
  ]),
];

// Building every choice of mends is most of a second of work for each on a slow machine.
vi.setConfig({ testTimeout: 60_000 });

describe('iommufd', () => {
  it('has a name of its own for every mend', () => {
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(choices)('compiles $name', ({ mends }) => {
    const compiled = compileDesign({ design, driver, mends: new Set(mends) });
    expect(compiled.points.length).toBeGreaterThan(1000);
  });

  it.each([choices[0], choices[1]])('agrees with XState $name', ({ mends }) => {
    const mended = (mend: string) => (mends as readonly string[]).includes(mend);
    const drivers: Owner = { name: driver.name, procedures: driver.procedures(mended), steps: driver.steps };
    const owner: Owner = { name: design.name, procedures: design.procedures(mended), steps: design.steps };
    const resolve = resolver(drivers, commonSteps);
    for (const machine of owner.procedures) {
      expect(compareProcedure(machine, { owner, resolve }).differences, machine.id).toEqual([]);
    }
  });
});
