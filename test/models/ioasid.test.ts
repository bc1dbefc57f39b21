import { describe, expect, it, vi } from 'vitest';
import design from '../../models/designs/ioasid/index.js';
import driver from '../../models/drivers/vtd@7/index.js';
import { compareProcedure } from '../../src/statechart/agreement.js';
import { type Owner, resolver } from '../../src/statechart/library.js';
import { commonSteps } from '../../src/vocabulary/common-steps.js';
import { OPERATIONS } from '../../src/vocabulary/operations.js';
import { allMends, compileDesign } from '../../src/world/compiled-design.js';

const own = design.mends.map(({ name }) => name);
const all = allMends(design, driver);
const choices = [
  { name: 'as proposed', mends: [] },
  { name: 'mended', mends: all },
  ...own.flatMap((mend) => [
    { name: `with ${mend} alone`, mends: [mend] },
    { name: `mended but ${mend}`, mends: all.filter((name) => name !== mend) },
  ]),
];

// Building every choice of mends is most of a second of work for each on a slow machine.
vi.setConfig({ testTimeout: 60_000 });

describe('ioasid', () => {
  it('has a name and causes of its own for every mend', () => {
    expect(new Set(all).size).toBe(all.length);
    for (const { name, causes } of design.mends) {
      expect(causes.length, name).toBeGreaterThan(0);
      expect(new Set(causes).size, name).toBe(causes.length);
    }
  });

  it('has no replace', () => {
    expect(design.operations.replace).toHaveProperty('cannot');
    expect(Object.keys(design.operations).sort()).toEqual(Object.keys(OPERATIONS).sort());
  });

  it.each(choices)('compiles $name', ({ mends }) => {
    const compiled = compileDesign({ design, driver, mends: new Set(mends) });
    expect(compiled.points.length).toBeGreaterThan(1000);
  });

  it.each(choices.slice(0, 2))('agrees with XState $name', ({ mends }) => {
    const mended = (mend: string) => (mends as readonly string[]).includes(mend);
    const drivers: Owner = { name: driver.name, procedures: driver.procedures(mended), steps: driver.steps };
    const owner: Owner = { name: design.name, procedures: design.procedures(mended), steps: design.steps };
    const resolve = resolver(drivers, commonSteps);
    for (const machine of owner.procedures) {
      expect(compareProcedure(machine, { owner, resolve }).differences, machine.id).toEqual([]);
    }
  });
});
