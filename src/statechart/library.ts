import type { AnyStateMachine } from 'xstate';
import type { Step, StepSet } from '../vocabulary/step.js';
import { StatechartError } from './error.js';

/** Whose machines and steps these are: a design with its mends chosen, or a driver with its own. */
export interface Owner {
  /** As it stands in the names of points and transitions: `iommufd`, `vtd@7`. */
  readonly name: string;
  readonly procedures: readonly AnyStateMachine[];
  readonly steps: StepSet;
  /** Where it was loaded from, for errors. */
  readonly file?: string;
}

export interface FoundStep {
  readonly kind: 'step';
  readonly step: Step;
}

export interface FoundProcedure {
  readonly kind: 'procedure';
  readonly machine: AnyStateMachine;
  readonly owner: Owner;
}

/** What the `src` of an invoke in a machine of the owner means, or undefined when it means nothing. */
export type Resolve = (src: string, owner: Owner) => FoundStep | FoundProcedure | undefined;

const DRIVER_PREFIX = 'driver/';

/**
 * Names as procedures use them: `driver/NAME` is the driver's procedure, whoever says it; a bare NAME is a procedure of the
 * owner, else a step of the owner, else a step that all owners have.
 */
export function resolver(driver: Owner | undefined, common: StepSet): Resolve {
  const indexes = new Map<Owner, ReadonlyMap<string, AnyStateMachine>>();
  const proceduresOf = (owner: Owner) => {
    const index = indexes.get(owner) ?? indexProcedures(owner);
    indexes.set(owner, index);
    return index;
  };
  return (src, owner) => {
    const isDrivers = src.startsWith(DRIVER_PREFIX);
    const from = isDrivers ? driver : owner;
    const machine = from && proceduresOf(from).get(isDrivers ? src.slice(DRIVER_PREFIX.length) : src);
    if (from && machine) {
      return { kind: 'procedure', machine, owner: from };
    }
    for (const steps of isDrivers ? [] : [owner.steps, common]) {
      if (Object.hasOwn(steps, src)) {
        return { kind: 'step', step: steps[src] };
      }
    }
    return undefined;
  };
}

function indexProcedures(owner: Owner): ReadonlyMap<string, AnyStateMachine> {
  const index = new Map<string, AnyStateMachine>();
  for (const machine of owner.procedures) {
    if (index.has(machine.id)) {
      throw new StatechartError(
        { file: owner.file, machine: machine.id },
        `${owner.name} has two procedures of this name`,
      );
    }
    index.set(machine.id, machine);
  }
  return index;
}
