import type { AnyStateMachine } from 'xstate';
import { compile, type CompileOptions } from '../statechart/compile.js';
import { TransitionCoverage } from '../statechart/coverage.js';
import type { Swap } from '../statechart/exchange.js';
import { type Owner, resolver } from '../statechart/library.js';
import { Linker } from '../statechart/link.js';
import type { Program } from '../statechart/program.js';
import { commonSteps } from '../vocabulary/common-steps.js';
import type {
  AgentDefinition,
  DesignDefinition,
  DriverDefinition,
  OperationAnswer,
} from '../vocabulary/design.js';
import type { Step } from '../vocabulary/step.js';
import { OPERATION_NAMES } from './authority.js';
import { answerWithout } from './lacking.js';

/** A place where an agent can stand, numbered over all programs of a world. */
export interface GlobalPoint {
  readonly name: string;
  readonly program: Program;
  /** Its number inside the program. */
  readonly local: number;
  readonly step: Step;
  readonly statics: Readonly<Record<string, string>>;
  /**
   * Taken out: the step does nothing. What takes steps out one after the other changes it between runs; worlds are booted once, with
   * the steps that were there when they were made.
   */
  skipped: boolean;
  readonly owner: string;
  /** Whether the call may end right after the step. */
  readonly mayEnd: boolean;
}

/** A design on a driver with a choice of mends, compiled: what a world runs. */
export interface CompiledDesign {
  readonly design: DesignDefinition;
  readonly driver: DriverDefinition;
  readonly mends: ReadonlySet<string>;
  /** By operation code; undefined where the design has no procedure for it. */
  readonly programs: readonly (Program | undefined)[];
  readonly answers: readonly OperationAnswer[];
  readonly boot: readonly Program[];
  readonly agents: readonly { readonly definition: AgentDefinition; readonly program: Program }[];
  readonly points: readonly GlobalPoint[];
  /** First global point of each program. */
  readonly firstPoint: ReadonlyMap<Program, number>;
  readonly registers: number;
  readonly coverage: TransitionCoverage;
}

export interface DesignChoice {
  readonly design: DesignDefinition;
  readonly driver: DriverDefinition;
  /** Names of the mends switched on, of design and driver together. */
  readonly mends: ReadonlySet<string>;
  /** Names of the steps taken out. */
  readonly without?: ReadonlySet<string>;
  /** Neighbouring steps that change places. */
  readonly swaps?: readonly Swap[];
  /** Files they were loaded from, for errors. */
  readonly files?: { readonly design?: string; readonly driver?: string };
}

export function compileDesign(choice: DesignChoice): CompiledDesign {
  const { design, driver, mends } = choice;
  // A design may ask for a mend of one driver's: on another, which has not that flaw, it is as if mended.
  const flaws = new Set(allMends(design, driver));
  const mended = (name: string) => mends.has(name) || !flaws.has(name);
  const coverage = new TransitionCoverage();
  const drivers: Owner = {
    name: driver.name,
    procedures: machinesOf(driver.name, driver.procedures(mended)),
    steps: driver.steps,
    file: choice.files?.driver,
  };
  const designs: Owner = {
    name: design.name,
    procedures: machinesOf(design.name, design.procedures(mended)),
    steps: design.steps,
    file: choice.files?.design,
  };
  const linker = new Linker(resolver(drivers, commonSteps), choice.swaps);
  const points: GlobalPoint[] = [];
  const firstPoint = new Map<Program, number>();
  let registers = 0;

  const program = (owner: Owner, id: string, wanted: string): Program => {
    const machine = owner.procedures.find((procedure) => procedure.id === id);
    if (!machine) throw new Error(`${owner.name}: ${wanted} names procedure '${id}', which does not exist`);
    const options: CompileOptions = {
      owner,
      linker,
      coverage,
      without: choice.without,
    };
    const compiled = compile(machine, options);
    firstPoint.set(compiled, points.length);
    for (const point of compiled.points) {
      points.push({
        name: point.name,
        program: compiled,
        local: point.index,
        step: point.step,
        statics: point.statics,
        skipped: point.skipped,
        owner: point.owner,
        mayEnd: compiled.mayEnd(point.index),
      });
    }
    registers = Math.max(registers, compiled.registerTypes.length);
    return compiled;
  };

  const compiledOnce = new Map<string, Program>();
  const answers = OPERATION_NAMES.map((name) => {
    const answer = design.operations[name];
    if (answer === undefined) throw new Error(`${design.name}: no answer to operation '${name}'`);
    return answerWithout(driver.lacks ?? {}, name, answer);
  });
  const programs = answers.map((answer, code) => {
    if (!('procedure' in answer)) return undefined;
    const known = compiledOnce.get(answer.procedure);
    const made = known ?? program(designs, answer.procedure, `operation '${OPERATION_NAMES[code]}'`);
    compiledOnce.set(answer.procedure, made);
    return made;
  });
  const boot = driver.boot.map((id) => program(drivers, id, 'boot'));
  const agents = [
    ...(design.agents ?? []).map((definition) => ({
      definition,
      program: program(designs, definition.procedure, `agent '${definition.name}'`),
    })),
    ...(driver.agents ?? []).map((definition) => ({
      definition,
      program: program(drivers, definition.procedure, `agent '${definition.name}'`),
    })),
  ];
  return { design, driver, mends, programs, answers, boot, agents, points, firstPoint, registers, coverage };
}

/** All mends of a design and its driver. */
export function allMends(design: DesignDefinition, driver: DriverDefinition): string[] {
  return [...design.mends, ...driver.mends].map((mend) => mend.name);
}

/** What a file of the user's gives as its procedures has no type that anybody checked. */
function machinesOf(owner: string, procedures: readonly AnyStateMachine[]): readonly AnyStateMachine[] {
  if (!Array.isArray(procedures)) throw new Error(`${owner}: \`procedures\` must give a list of machines`);
  const ids = new Set<string>();
  procedures.forEach((machine: Partial<AnyStateMachine> | undefined, i) => {
    const { id, root } = machine ?? {};
    if (id === undefined || root === undefined)
      throw new Error(
        `${owner}: number ${i + 1} of its procedures is no machine: make it by procedure.createMachine`,
      );
    if (ids.has(id)) throw new Error(`${owner}: there is another procedure '${id}'`);
    ids.add(id);
  });
  return procedures;
}
