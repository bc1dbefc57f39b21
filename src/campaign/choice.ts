import { loadPair } from '../catalog/build-world.js';
import { packageVersion } from '../catalog/package-files.js';
import { checkMends, checkSteps } from '../catalog/known-names.js';
import { chosenMends, type MendChoice, namedMends } from '../catalog/mend-choice.js';
import type { DesignSource, WorldSpec } from '../catalog/world-spec.js';
import type { Swap } from '../statechart/exchange.js';
import type { Trace } from '../trace/format.js';
import type { DesignDefinition, DriverDefinition } from '../vocabulary/design.js';
import type { WorldShape } from '../vocabulary/shape.js';
import type { Violation } from '../vocabulary/violation.js';

/** What to check: every field but the design has a default. */
export interface Choice {
  /** A built-in design's name, or the file of one's own. Workers load it by themselves, so a design in memory is not enough. */
  readonly design: string;
  /** Default: the design's own choice. */
  readonly driver?: string;
  /** Default: no mends, the design as it was. */
  readonly mends?: MendChoice;
  /** Steps to take out. */
  readonly without?: readonly string[];
  /** Neighbouring steps to exchange. */
  readonly swaps?: readonly Swap[];
  /** Default: every property. */
  readonly properties?: readonly string[];
}

/** One distinct (property, cause), with its shortest trace. */
export interface Finding {
  readonly violation: Violation;
  readonly operations: number;
  readonly switches: number;
  readonly steps: number;
  readonly trace: Trace;
}

/** A name with a file's ending or a slash is a file. */
export function designSource(name: string): DesignSource {
  return /\.[cm]?[jt]s$|[/\\]/.test(name) ? { file: name } : { name };
}

/** The world that a choice means, but for its shape. */
export async function resolveChoice(choice: Choice & { readonly anyNames?: boolean }): Promise<{
  readonly pair: { readonly design: DesignDefinition; readonly driver: DriverDefinition };
  readonly program: string;
  readonly specFor: (shape: WorldShape, concrete: boolean) => WorldSpec;
}> {
  const source = designSource(choice.design);
  const pair = await loadPair(source, choice.driver);
  const { design, driver } = pair;
  const mends = chosenMends(choice.mends ?? { mended: 'none' }, design.value, driver.value);
  const { without = [], swaps = [], properties } = choice;
  if (choice.anyNames !== true) {
    checkMends(namedMends(choice.mends), [{ pair, mends }]);
    checkSteps({ without, swaps }, [{ pair, mends }]);
  }
  return {
    pair: { design: design.value, driver: driver.value },
    program: await packageVersion(),
    specFor: (shape, concrete) => ({
      design: source,
      driver: driver.value.name,
      ...{ mends, without, swaps, shape, concrete },
      ...(properties && { properties }),
    }),
  };
}
