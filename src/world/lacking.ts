import type {
  BadCall,
  DesignDefinition,
  DriverDefinition,
  DriverFeature,
  Lacks,
  OperationAnswer,
} from '../vocabulary/design.js';
import type { Errno } from '../vocabulary/errno.js';
import { FEATURES, type OperationName, SPACE_KINDS } from '../vocabulary/operations.js';

/** What decides, beside a call's arguments, what it needs. */
export interface CallFacts {
  /** Whether the space of the number is a nested one. */
  isNested(space: number): boolean;
  /** How many slots the device has. */
  slots(device: number): number;
  /** Whether the space is one that others nest on, or a nested one. */
  isOfSecondStage(space: number): boolean;
  /** Whether the device's RID is on such a space. */
  isRidOnSecondStage(device: number): boolean;
  /** Whether a slot of the device, or of another in its group, is attached. */
  isAnySlotAttached(device: number): boolean;
}
type Needs = (args: ArrayLike<number>, facts: CallFacts) => boolean;

const nestsWithPasids: Needs = (args, facts) => facts.slots(args[0]) > 0 && facts.isNested(args[2]);

const pasidOnSecondStage: Needs = (args, facts) =>
  args[1] > 0 && (facts.isOfSecondStage(args[2]) || facts.isRidOnSecondStage(args[0]));
const secondStageBesidePasids: Needs = (args, facts) =>
  args[1] === 0 && facts.isOfSecondStage(args[2]) && facts.isAnySlotAttached(args[0]);

/** For each thing a driver may lack: the operations that need it, and in which of their calls. */
const NEEDS: Readonly<Record<DriverFeature, Partial<Record<OperationName, Needs>>>> = {
  pasid: {
    attach: (args) => args[1] > 0,
    replace: (args) => args[1] > 0,
    bindNested: (args) => args[1] > 0,
    enableFeature: (args) => FEATURES[args[1]] === 'aux',
  },
  nesting: {
    createSpace: (args) => SPACE_KINDS[args[1]] === 'nested' || SPACE_KINDS[args[1]] === 'nestParent',
  },
  nestingWithPasids: {
    attach: nestsWithPasids,
    replace: nestsWithPasids,
    bindNested: nestsWithPasids,
  },
  pasidOnSecondStage: {
    attach: pasidOnSecondStage,
    replace: pasidOnSecondStage,
    bindNested: pasidOnSecondStage,
  },
  secondStageBesidePasids: {
    attach: secondStageBesidePasids,
    replace: secondStageBesidePasids,
    bindNested: secondStageBesidePasids,
  },
  ats: { enableFeature: (args) => FEATURES[args[1]] === 'ats' },
  pri: {
    registerFaultHandler: () => true,
    enableFeature: (args) => FEATURES[args[1]] === 'iopf',
  },
};

/** Which of the features that a driver lacks a call needs. */
export function neededBy(
  lacked: readonly DriverFeature[],
  operation: OperationName,
  args: ArrayLike<number>,
  facts: CallFacts,
): DriverFeature | undefined {
  return lacked.find((feature) => NEEDS[feature][operation]?.(args, facts));
}

/**
 * The design's answer on a driver that lacks something the operation may need: such a call is refused, with the driver's errno or
 * with the one the design has for devices that cannot do it.
 */
export function answerWithout(
  lacks: Lacks,
  operation: OperationName,
  answer: OperationAnswer,
): OperationAnswer {
  if (!('procedure' in answer)) return answer;
  const lacked = featuresOf(lacks).filter((feature) => NEEDS[feature][operation] !== undefined);
  if (lacked.length === 0) return answer;
  const errnos = [...lacked.map((feature) => lacks[feature]!.errno), ...errnosOf(answer.refuses?.noFeature)];
  return { ...answer, refuses: { ...answer.refuses, unsupported: { errno: errnos } } };
}

/** Something a design asks for and does not get on a driver. */
export interface NotExpressible {
  readonly feature: DriverFeature;
  readonly errno: Errno;
  readonly reason: string;
}

/** What of a design's API can only be refused on the driver. Every design asks for device-TLBs: they are the world's. */
export function notExpressible(design: DesignDefinition, driver: DriverDefinition): NotExpressible[] {
  const { lacks = {} } = driver;
  return featuresOf(lacks)
    .filter((feature) => asksFor(design, feature))
    .map((feature) => ({ feature, ...lacks[feature]! }));
}

/** Whether the design's API has a use for the feature. */
export function asksFor(design: DesignDefinition, feature: DriverFeature): boolean {
  const has = (name: OperationName) => 'procedure' in design.operations[name];
  switch (feature) {
    case 'pasid':
      return design.slots !== 'none';
    case 'nesting':
      return has('bindNested');
    case 'nestingWithPasids':
    case 'pasidOnSecondStage':
    case 'secondStageBesidePasids':
      return asksFor(design, 'nesting') && asksFor(design, 'pasid');
    case 'ats':
      return true;
    case 'pri':
      return has('registerFaultHandler');
  }
}

/** The features that a driver lacks. */
export function featuresOf(lacks: Lacks): DriverFeature[] {
  return (Object.keys(NEEDS) as DriverFeature[]).filter((feature) => lacks[feature] !== undefined);
}

function errnosOf(call: BadCall | undefined): readonly Errno[] {
  if (call === undefined || !('errno' in call) || call.errno === 'void') return [];
  return typeof call.errno === 'string' ? [call.errno] : call.errno;
}
