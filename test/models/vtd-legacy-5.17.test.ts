import { describe, expect, it } from 'vitest';
import driver from '../../models/drivers/vtd-legacy@5.17/index.js';
import { loadPair } from '../../src/catalog/build-world.js';
import { compareProcedure } from '../../src/statechart/agreement.js';
import { compile } from '../../src/statechart/compile.js';
import { type Owner, resolver } from '../../src/statechart/library.js';
import { Linker } from '../../src/statechart/link.js';
import { commonSteps } from '../../src/vocabulary/common-steps.js';
import { PLAIN_DEVICE, RW, Script, shapeOf } from './vtd-5.17.script.js';

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

describe('vtd-legacy@5.17', () => {
  it.each(choices)('compiles, and agrees with XState, $name', ({ mended }) => {
    const owner = ownerWith(mended);
    const resolve = resolver(owner, commonSteps);
    for (const machine of owner.procedures) {
      compile(machine, { owner, linker: new Linker(resolve) });
      expect(compareProcedure(machine, { owner, resolve }).differences, machine.id).toEqual([]);
    }
    const names = owner.procedures.map((machine) => machine.id);
    expect(new Set(names).size).toBe(names.length);
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

  it('lacks what needs PASIDs, and a design of nothing else is not expressible', async () => {
    expect(Object.keys(driver.lacks ?? {})).toEqual(['pasid', 'nesting', 'pri']);
    await expect(loadPair({ name: 'aux-domain' }, driver.name)).rejects.toThrow('not expressible');
  });

  it.each([3, 4])('attaches, maps and unmaps with tables of %i levels', async (tableLevels) => {
    const mends = driver.mends.map(({ name }) => name);
    const shape = shapeOf([{ slots: 0 }, { ...PLAIN_DEVICE, slots: 0 }], {
      iommus: [{ cachingMode: false, firstLevel: false, tableLevels }],
    });
    const s = await Script.play('primary-domain', mends, shape, driver.name);
    s.call('createSpace', 1, 0, 0, 0);
    for (const device of [0, 1]) {
      expect(s.call('claimOwner', 1, device)).toBe(0);
      expect(s.call('attach', 1, device, 0, 0)).toBe(0);
    }
    s.call('allocFrame', 1, 0);
    expect(s.call('map', 1, 0, 0, 0, RW, 0)).toBe(0);
    expect(s.call('unmap', 1, 0, 0, 0)).toBe(0);
    for (const device of [0, 1]) expect(s.call('detach', 1, device, 0)).toBe(0);
    expect(s.call('freeSpace', 1, 0)).toBe(0);
    expect(s.causes).toEqual([]);
  });
});
