import type { AnyStateMachine } from 'xstate';
import type { Errno } from './errno.js';
import type { OperationName } from './operations.js';
import type { StepSet } from './step.js';

/** What a field or register holds: decides how the state is renumbered when two states are compared. */
export const FIELD_TYPES = [
  'int', // compared as it is: flags, counts, numbers of devices, identifiers
  'frame', // a physical page number
  'ref', // a handle of an object, whatever its kind
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** A kind of driver or design object: C struct, list node, xarray entry. */
export interface ObjectKind {
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldType>>;
  /** How many can exist at once in a world, from its spaces, the pages they can have mapped, devices, slots. */
  readonly capacity: (bounds: {
    spaces: number;
    pages: number;
    devices: number;
    slots: number;
    groups: number;
    iommus: number;
    callers: number;
    requests: number;
  }) => number;
  /** Word before the name that tells objects apart by their fields, as a reader would; none when empty. */
  readonly sort?: (get: (field: string) => number) => string;
  /**
   * In which order steps may meet the objects: that of their making when left out; `within` a field, that of their making among those of
   * one list, which the field names; `any`, where steps look for one there is once, or go by what is in them. What no step can tell,
   * exhaustive search does not tell apart.
   */
  readonly order?: 'any' | { readonly within: string };
  /** An object is made for each device, group, iommu at the start, handle = index + 1, and never freed. */
  readonly one?: 'device' | 'group' | 'iommu' | 'world';
}

/** A named repair of one flaw. */
export interface Mend {
  readonly name: string;
  /** What is wrong without it, in one sentence. */
  readonly flaw: string;
  /** What the repair does, in one sentence. */
  readonly repair: string;
  /** Where the flaw was read: file and function with version, commit with subject, or mail with date and subject. */
  readonly source: string;
  /** Stable causes (see Violation.cause) that the flaw produces and only it. */
  readonly causes: readonly string[];
  /** Of a driver's flaw: designs that never do what it shows by, each with the reason. */
  readonly unseenIn?: Readonly<Record<string, string>>;
}

/** Asked by the builders of machines: is the mend of this name switched on? */
export type MendQuery = (name: string) => boolean;

/** A declared agent beside callers, devices and hardware. Its procedure runs again whenever its first step can go on. */
export interface AgentDefinition {
  readonly name: string;
  readonly procedure: string;
  /** One agent for each of these. */
  readonly one: 'world' | 'iommu' | 'device';
}

/**
 * A bad call: what makes it bad, and the errno the design documents. `void` operations answer 0 and change nothing.
 * A condition the API cannot even express (a pointer that does not exist) is `unsayable`, with the reason.
 */
export type BadCall = { readonly errno: Errno | readonly Errno[] | 'void' } | { readonly unsayable: string };

export const BAD_CONDITIONS = [
  'noSpace', // the space number names nothing (never made, or freed)
  'spaceExists', // createSpace on a number in use
  'foreignSpace', // the space belongs to another principal
  'spaceInUse', // freeSpace while attached, or while it is a parent
  'wrongKind', // the space is of a kind the operation does not take
  'foreignFrame', // the frame is not the caller's
  'overlap', // map over a mapping
  'nothingThere', // unmap or protect where nothing is mapped
  'misaligned', // map of a large page, or unmap of a range of its size, at an address not aligned to it
  'cutsMapping', // unmap of a part of a large page
  'notOwner', // the device is not owned by the caller
  'notClaimed', // a slot of a device that is still the kernel's, where the design wants it claimed first
  'alreadyOwned', // claimOwner on an owned device
  'inUse', // claimOwner or releaseOwner while something is attached
  'auxEnabled', // attach of the whole device while its aux feature is on
  'othersAttached', // attach of the whole device while slots of another principal are attached
  'alreadyAttached', // attach on an attached route to another space
  'notAttached', // replace or detach on a route without attachment
  'noSlot', // the slot has not been created
  'slotExists', // createSubdevice on a slot in use
  'slotAttached', // removeSubdevice while attached
  'unsupportedKind', // a kind of space the design does not make
  'groupMismatch', // attach of one member of a group to a space its peers are not on
  'noFeature', // the device cannot do what the operation needs
  'featureOff', // the feature the operation needs is not enabled
  'featureBusy', // disableFeature while it is in use
  'absent', // the device is not plugged in
  'present', // probe of a plugged device
  'noRequest', // respond with nothing delivered
  'noHandler', // unregister without a handler
  'handlerExists', // register twice
  'unsupported', // the driver lacks what the operation needs; added by the driver's `lacks`, no design declares it
] as const;
export type BadCondition = (typeof BAD_CONDITIONS)[number];

/** How a design answers one operation of the vocabulary. */
export type OperationAnswer =
  | {
      /** Name of the procedure. Its registers named as the operation's arguments (and `principal`) are set at the call. */
      readonly procedure: string;
      /** Its name in the design's own API, for traces: `iommu_aux_attach_device`. */
      readonly api: string;
      /** Refusals the design documents. Conditions left out are not bad for this design: the call is a good one. */
      readonly refuses?: Partial<Record<BadCondition, BadCall>>;
      /** Errnos a good call may fail with at any time, for what no condition names: a page size that there is not, a limit of its own. */
      readonly exhausts?: readonly Errno[];
      /**
       * Errnos a good call may fail with for want of memory or identifiers, beside ENOMEM: where an allocation was made to fail in it, or
       * a pool, the objects of a kind or the memory for tables were exhausted.
       */
      readonly shortage?: readonly Errno[];
      /** Errnos a good call may fail with where a device of the group does not ask for pages. */
      readonly withoutPri?: readonly Errno[];
      /** Errnos that only overlap with another call may cause. */
      readonly busy?: readonly Errno[];
      /** What a failed call may leave done, with its citation. */
      readonly partial?: string;
    }
  | { readonly cannot: string }
  | typeof BY_THE_WORLD;

/** The answer for what no API implements: the device's own accesses, the guest's stores, memory coming and going. */
export const BY_THE_WORLD = { byTheWorld: true } as const;

export interface DesignDefinition {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  /** The driver used when none is asked for. */
  readonly driver: string;
  readonly objects: readonly ObjectKind[];
  /** Identifier pools with their bounds. */
  readonly pools?: Readonly<Record<string, { readonly low: number; readonly high: number }>>;
  readonly steps: StepSet;
  /** The machines, built for a choice of mends. Names are machine ids; `driver/NAME` in an invoke means the driver's. */
  readonly procedures: (mended: MendQuery) => readonly AnyStateMachine[];
  readonly operations: Readonly<Record<OperationName, OperationAnswer>>;
  readonly agents?: readonly AgentDefinition[];
  readonly mends: readonly Mend[];
  /**
   * Slots that carry PASIDs: the design has none, they come and go by createSubdevice and removeSubdevice, or every slot of a
   * device is there from the start.
   */
  readonly slots: 'none' | 'created' | 'always';
  /** Who picks the PASID of a slot: the caller (slot n asks for a PASID of its own choice) or the design. */
  readonly pasidChosenBy: 'caller' | 'design';
  /** The rest space of a RID without attachment, owned by a user. */
  readonly userDefault: 'blocked' | 'asKernel';
  /** Whether attach of one member of a group moves all of them. */
  readonly attachScope: 'group' | 'device';
  /**
   * Whether a page-fault handler of a space comes with a table of its own for the device, of the space's content and of one stage: a
   * driver may take that where it lacks what the table to nest on needs.
   */
  readonly handlersHaveTables?: boolean;
  /** Without these nothing of the design is left: on a driver that lacks one it is not run at all. */
  readonly needs?: readonly DriverFeature[];
}

/**
 * What a driver may lack: attaching by PASID, nested translation, nested translation by a device that can have PASIDs, device-TLBs, page
 * requests.
 */
export type DriverFeature =
  | 'pasid'
  | 'nesting'
  | 'nestingWithPasids'
  | 'pasidOnSecondStage' // a PASID on a second stage, or beside a RID that is on one
  | 'secondStageBesidePasids' // a RID on a second stage while its device's PASIDs are attached
  | 'ats'
  | 'pri';
export type Lacks = Partial<Record<DriverFeature, { readonly errno: Errno; readonly reason: string }>>;

export interface DriverDefinition {
  readonly name: string; // vtd@5.17
  readonly title: string;
  readonly source: string;
  /** Folder of src/hardware it drives. */
  readonly hardware: string;
  readonly objects: readonly ObjectKind[];
  readonly pools?: DesignDefinition['pools'];
  readonly steps: StepSet;
  readonly procedures: (mended: MendQuery) => readonly AnyStateMachine[];
  readonly agents?: readonly AgentDefinition[];
  readonly mends: readonly Mend[];
  /** Causes that flaws of designs have on this driver and its hardware, by mend: a design names none but its own driver. */
  readonly shows?: Readonly<Record<string, readonly string[]>>;
  /** Changes of a live route that this driver promises never to block: pairs of space kinds. */
  readonly hitless: readonly { readonly from: string; readonly to: string }[];
  /** Procedures run once, in order, to bring the machine up before the first operation (root tables, probe). */
  readonly boot: readonly string[];
  /** What it lacks: operations it cannot carry, with the errno and the reason. */
  readonly lacks?: Lacks;
}

/** Identity function that gives a design file its type. */
export function defineDesign(design: DesignDefinition): DesignDefinition {
  return design;
}

/** Identity function that gives a driver file its type. */
export function defineDriver(driver: DriverDefinition): DriverDefinition {
  return driver;
}
