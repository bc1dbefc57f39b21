import { expect, it } from 'vitest';
import { compareProcedure } from '../../src/statechart/agreement.js';
import { compile } from '../../src/statechart/compile.js';
import { type Owner, resolver } from '../../src/statechart/library.js';
import { Linker } from '../../src/statechart/link.js';
import { commonSteps } from '../../src/vocabulary/common-steps.js';
import type { DesignDefinition, DriverDefinition } from '../../src/vocabulary/design.js';
import { allMends, compileDesign } from '../../src/world/compiled-design.js';

/** The procedures of a driver that designs call. */
const INTERFACE = [
  'boot',
  'defaultDomain',
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

/** No mend, all of them; then each of `some` alone, and all but each. */
function choicesOf(all: readonly string[], some: readonly string[] = all) {
  return [
    { name: 'as it is', mends: [] as readonly string[] },
    { name: 'mended', mends: all },
    ...some.flatMap((mend) => [
      { name: `with ${mend} alone`, mends: [mend] },
      { name: `mended but ${mend}`, mends: all.filter((name) => name !== mend) },
    ]),
  ];
}

function ownerOf(definition: DesignDefinition | DriverDefinition, mends: readonly string[]): Owner {
  const { name, steps } = definition;
  return { name, procedures: definition.procedures((mend) => mends.includes(mend)), steps };
}

function expectAgreement(owner: Owner, driver: Owner): void {
  const resolve = resolver(driver, commonSteps);
  for (const machine of owner.procedures)
    expect(compareProcedure(machine, { owner, resolve }).differences, machine.id).toEqual([]);
}

/**
 * A design's machines compile to more than so many points with every choice of the mends of `some`, and agree with XState unmended
 * and mended. Its and its driver's mends have names of their own.
 */
export function testDesign(
  design: DesignDefinition,
  driver: DriverDefinition,
  points: number,
  some: readonly string[] = allMends(design, driver),
): void {
  const all = allMends(design, driver);
  const choices = choicesOf(all, some);

  it('has a name of its own for every mend', () => {
    expect(new Set(all).size).toBe(all.length);
  });

  it.each(choices)('compiles $name', ({ mends }) => {
    const compiled = compileDesign({ design, driver, mends: new Set(mends) });
    expect(compiled.points.length).toBeGreaterThan(points);
  });

  it.each(choices.slice(0, 2))('agrees with XState $name', ({ mends }) => {
    expectAgreement(ownerOf(design, mends), ownerOf(driver, mends));
  });
}

/** A driver's machines are all that designs call, compile with every choice of mends, and agree with XState with the first `agree` of them. */
export function testDriver(driver: DriverDefinition, agree = Number.POSITIVE_INFINITY): void {
  const choices = choicesOf(driver.mends.map(({ name }) => name));

  it.each(choices)('compiles $name', ({ mends }) => {
    const owner = ownerOf(driver, mends);
    const linker = new Linker(resolver(owner, commonSteps));
    for (const machine of owner.procedures) compile(machine, { owner, linker });
    const names = owner.procedures.map((machine) => machine.id);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(INTERFACE));
  });

  it.each(choices.slice(0, agree))('agrees with XState $name', ({ mends }) => {
    const owner = ownerOf(driver, mends);
    expectAgreement(owner, owner);
  });
}
