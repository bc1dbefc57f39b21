import { expect, test } from 'vitest';
import aux from '../../models/designs/aux-domain/index.js';
import ioasid from '../../models/designs/ioasid/index.js';
import iommufd from '../../models/designs/iommufd/index.js';
import primary from '../../models/designs/primary-domain/index.js';
import riscv7 from '../../models/drivers/riscv@7/index.js';
import vtd517 from '../../models/drivers/vtd@5.17/index.js';
import vtd7 from '../../models/drivers/vtd@7/index.js';
import { explore } from '../../src/checker/explore.js';
import { riscv } from '../../src/hardware/riscv/index.js';
import { vtd } from '../../src/hardware/vtd/index.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { allMends, compileDesign } from '../../src/world/compiled-design.js';
import { tinyParts } from '../../src/world/scopes.js';
import { World } from '../../src/world/world.js';
import { lifecycles } from './lifecycles.js';
import { properties } from './properties.js';

// One user, one space, one frame, no allocation failure, good calls alone: small enough to search without the reduction too.
test.each([
  { design: primary, driver: vtd517, reduced: [26, 2340], whole: [2192, 2273], depth: 9 },
  { design: aux, driver: vtd517, reduced: [26, 2693], whole: [2493, 2626], depth: 9 },
  { design: ioasid, driver: vtd7, reduced: [26, 2497], whole: [2175, 2249], depth: 9 },
  { design: primary, driver: riscv7, reduced: [46, 2050], whole: [1986, 2267], depth: 9 },
  { design: aux, driver: riscv7, reduced: [46, 2403], whole: [2287, 2620], depth: 9 },
  { design: ioasid, driver: riscv7, reduced: [60, 2615], whole: [2474, 2845], depth: 9 },
  { design: iommufd, driver: riscv7, reduced: [60, 3514], whole: [3144, 3515], depth: 9 },
  { design: iommufd, driver: vtd7, reduced: [26, 3285], whole: [2845, 2919], depth: 9 },
])('$design.name on $driver.name, mended, is clean in the smallest world: exact counts', (expected) => {
  const { design, driver, reduced, whole, depth } = expected;
  const compiled = compileDesign({ design, driver, mends: new Set(allMends(design, driver)) });
  const { shape } = tinyParts({ design, driver })[0];
  const smallest: WorldShape = {
    ...shape,
    badCalls: false,
    allocationFailures: 0,
    principals: ['kernel', 'vm1'],
    spaces: 1,
    frames: 1,
  };
  const search = (reduce: boolean) =>
    explore(
      new World({
        compiled,
        architecture: driver === riscv7 ? riscv : vtd,
        shape: smallest,
        lifecycles,
        properties,
        concrete: false,
      }),
      { reduce },
    );
  for (const [result, counts] of [
    [search(true), reduced],
    [search(false), whole],
  ] as const) {
    expect(result.violations.map(({ violation }) => violation.cause)).toEqual([]);
    expect(result.verdict).toBe('exhaustive');
    expect([result.states, result.transitions]).toEqual(counts);
    expect(result.depth).toBe(depth);
  }
});
