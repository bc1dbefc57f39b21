import { describe, expect, it } from 'vitest';
import driver from '../../models/drivers/riscv@7/index.js';
import { compareProcedure } from '../../src/statechart/agreement.js';
import { compile } from '../../src/statechart/compile.js';
import { type Owner, resolver } from '../../src/statechart/library.js';
import { Linker } from '../../src/statechart/link.js';
import { commonSteps } from '../../src/vocabulary/common-steps.js';

const INTERFACE = [
  'boot',
  'probeDevice',
  'releaseDevice',
  'allocDomain',
  'freeDomain',
  'mapPage',
  'unmapPage',
  'attachRid',
  'replaceRid',
  'detachRid',
  'attachPasid',
  'replacePasid',
  'detachPasid',
  'linkSubdevice',
  'unlinkSubdevice',
  'invalidateNested',
  'enableFaults',
  'disableFaults',
  'drainRequests',
];

function ownerWith(mended: (name: string) => boolean): Owner {
  return { name: driver.name, procedures: driver.procedures(mended), steps: driver.steps };
}

const choices = [
  { name: 'as it is', mended: () => false },
  { name: 'mended', mended: () => true },
  ...driver.mends.flatMap(({ name }) => [
    { name: `with ${name} alone`, mended: (mend: string) => mend === name },
    { name: `mended but ${name}`, mended: (mend: string) => mend !== name },
  ]),
];

// Building every choice of mends is most of a second of work for each on a slow machine.
describe('riscv@7', () => {
  it.each(choices)('compiles $name', ({ mended }) => {
    const owner = ownerWith(mended);
    const linker = new Linker(resolver(owner, commonSteps));
    for (const machine of owner.procedures) compile(machine, { owner, linker });
    const names = owner.procedures.map((machine) => machine.id);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(INTERFACE));
  });

  it('each mend changes a machine', () => {
    const shapes = (mended: (name: string) => boolean) =>
      JSON.stringify(driver.procedures(mended).map((machine) => machine.definition));
    for (const { name } of driver.mends)
      expect(
        shapes((mend) => mend === name),
        name,
      ).not.toBe(shapes(() => false));
  });

  it.each([choices[0], choices[1]])('agrees with XState $name', ({ mended }) => {
    const owner = ownerWith(mended);
    const resolve = resolver(owner, commonSteps);
    for (const machine of owner.procedures) {
      expect(compareProcedure(machine, { owner, resolve }).differences, machine.id).toEqual([]);
    }
  });
});
