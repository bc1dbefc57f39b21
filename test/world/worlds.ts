import aux from '../../models/designs/aux-domain/index.js';
import ioasid from '../../models/designs/ioasid/index.js';
import iommufd from '../../models/designs/iommufd/index.js';
import primary from '../../models/designs/primary-domain/index.js';
import riscv7 from '../../models/drivers/riscv@7/index.js';
import vtd517 from '../../models/drivers/vtd@5.17/index.js';
import vtd7 from '../../models/drivers/vtd@7/index.js';
import { riscv } from '../../src/hardware/riscv/index.js';
import { vtd } from '../../src/hardware/vtd/index.js';
import type { Architecture } from '../../src/vocabulary/architecture.js';
import type { DesignDefinition, DriverDefinition } from '../../src/vocabulary/design.js';
import type { PropertyDefinition } from '../../src/vocabulary/property.js';
import type { StepKind } from '../../src/vocabulary/step.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { allMends, type CompiledDesign, compileDesign } from '../../src/world/compiled-design.js';
import { World } from '../../src/world/world.js';
import { lifecycles } from './lifecycles.js';
import { properties } from './properties.js';

/** The designs that come with the program, each on the driver it was written for and with flaws or without. */
export const PAIRS: readonly {
  name: string;
  design: DesignDefinition;
  driver: DriverDefinition;
  mended: boolean;
}[] = [
  { name: 'primary-domain', design: primary, driver: vtd517, mended: false },
  { name: 'primary-domain on vtd@7', design: primary, driver: vtd7, mended: true },
  { name: 'aux-domain', design: aux, driver: vtd517, mended: false },
  { name: 'ioasid', design: ioasid, driver: vtd7, mended: false },
  { name: 'iommufd', design: iommufd, driver: vtd7, mended: false },
  { name: 'iommufd mended', design: iommufd, driver: vtd7, mended: true },
  { name: 'iommufd on riscv@7', design: iommufd, driver: riscv7, mended: true },
];
export type Pair = (typeof PAIRS)[number];

const ARCHITECTURES: Readonly<Record<string, Architecture>> = { riscv, vtd };

export interface WorldChoice {
  readonly shape: WorldShape;
  readonly concrete?: boolean;
  readonly properties?: readonly PropertyDefinition[];
  /** Names of steps taken out. */
  readonly without?: readonly string[];
}

const compiledPairs = new Map<string, CompiledDesign>();

/** Compiling a large design takes longer than walking in it, so it is done once. */
function compiledPair({ name, design, driver, mended }: Pair, without: readonly string[]): CompiledDesign {
  const key = [name, ...without].join();
  const known = compiledPairs.get(key);
  if (known) return known;
  const mends = new Set(mended ? allMends(design, driver) : []);
  const compiled = compileDesign({ design, driver, mends, without: new Set(without) });
  compiledPairs.set(key, compiled);
  return compiled;
}

export function worldOf(pair: Pair, choice: WorldChoice): World {
  const { shape, concrete = false, without = [] } = choice;
  const compiled = compiledPair(pair, without);
  return new World({
    compiled,
    architecture: ARCHITECTURES[pair.driver.hardware],
    shape,
    lifecycles,
    properties: choice.properties ?? properties,
    concrete,
  });
}

/** Names of the steps of a kind that the pair's procedures take. */
export function stepsOf(pair: Pair, kind: StepKind): string[] {
  const { points } = compiledPair(pair, []);
  return [...new Set(points.filter(({ step }) => step.kind === kind).map(({ name }) => name))].sort();
}
