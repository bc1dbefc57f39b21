import { worldBuilder } from '../../src/catalog/build-world.js';
import type { DesignDefinition, DriverDefinition } from '../../src/vocabulary/design.js';
import { allMends } from '../../src/world/compiled-design.js';

/** Worlds to be searched of a design that comes with the program: with all mends, or all but one. */
export function mendedBuilder(design: DesignDefinition, driver: DriverDefinition, but?: string) {
  return worldBuilder({
    design: { name: design.name },
    driver: driver.name,
    mends: allMends(design, driver).filter((mend) => mend !== but),
    without: [],
    concrete: false,
  });
}
