/**
 * The library: what the command line itself uses. Importing it does nothing but define these names.
 *
 * @example
 * ```ts
 * import { run } from 'iommu-check';
 *
 * const report = await run({ design: 'aux-domain', runs: 200, seed: 7 });
 * for (const { property, cause, trace } of report.findings) console.log(property, cause, trace.operations);
 * ```
 */

// Writing designs and drivers.
export {
  type AgentDefinition,
  BAD_CONDITIONS,
  type BadCall,
  type BadCondition,
  BY_THE_WORLD,
  defineDesign,
  defineDriver,
  type DesignDefinition,
  type DriverDefinition,
  type FieldType,
  type Mend,
  type MendQuery,
  type ObjectKind,
  type OperationAnswer,
} from './vocabulary/design.js';
export { ERRNO, type Errno, errnoName } from './vocabulary/errno.js';
export { OPERATIONS, type OperationName, SPACE_KINDS, type SpaceKind } from './vocabulary/operations.js';
export { STEP_KINDS, type Step, type StepKind, type StepSet } from './vocabulary/step.js';
export type { StepContext } from './vocabulary/context.js';
export { args, procedure, reg, registers, result } from './statechart/procedure.js';
export { lifecycle, counted } from './statechart/lifecycle.js';
export { diagram, type DiagramFormat } from './statechart/diagram.js';
export { defineProperty, type PropertyDefinition, type WorldView } from './vocabulary/property.js';
export type { WorldShape } from './vocabulary/shape.js';

// Checking them.
export { explore, type ExploreOptions, type ExploreReport } from './campaign/explore.js';
export { replay, type ReplayOptions, type ReplayReport } from './campaign/replay.js';
export { run, type RunOptions, type RunReport } from './campaign/run.js';
export { shrink } from './campaign/shrink.js';
export type { Choice, Finding } from './campaign/choice.js';
export { InputError } from './catalog/input-error.js';
export type { MendChoice } from './catalog/mend-choice.js';
export { type Trace, type TraceStep, writeTrace } from './trace/format.js';
export { parseTrace, TraceError } from './trace/parse.js';
export { renderText } from './trace/render-text.js';
