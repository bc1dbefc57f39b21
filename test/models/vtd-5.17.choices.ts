import { compareProcedure } from '../../src/statechart/agreement.js';
import { type Owner, resolver } from '../../src/statechart/library.js';
import { commonSteps } from '../../src/vocabulary/common-steps.js';
import type { DesignDefinition, DriverDefinition } from '../../src/vocabulary/design.js';

/** None, all, each alone, all but each. */
export function mendChoices(names: readonly string[]) {
  return [
    { name: 'as it is', mends: [] as readonly string[] },
    { name: 'mended', mends: names },
    ...names.flatMap((mend) => [
      { name: `with ${mend} alone`, mends: [mend] },
      { name: `mended but ${mend}`, mends: names.filter((name) => name !== mend) },
    ]),
  ];
}

/** Where the tables of a design's machines and XState do not agree. */
export function differencesOf(design: DesignDefinition, driver: DriverDefinition, mends: readonly string[]) {
  const mended = (mend: string) => mends.includes(mend);
  const drivers: Owner = { name: driver.name, procedures: driver.procedures(mended), steps: driver.steps };
  const owner: Owner = { name: design.name, procedures: design.procedures(mended), steps: design.steps };
  const resolve = resolver(drivers, commonSteps);
  return owner.procedures.flatMap((machine) => compareProcedure(machine, { owner, resolve }).differences);
}
