import { buildWorld } from '../../src/catalog/build-world.js';
import { agentOf, pack, packCall } from '../../src/world/actions.js';
import { OPERATION_CODE } from '../../src/world/authority.js';
import type { OperationName } from '../../src/vocabulary/operations.js';
import { FEATURES } from '../../src/vocabulary/operations.js';
import type { DeviceShape, WorldShape } from '../../src/vocabulary/shape.js';
import type { World } from '../../src/world/world.js';

export const AUX = FEATURES.indexOf('aux');
export const RW = 3;

const DEVICE: DeviceShape = {
  rid: 0x0100,
  group: 0,
  iommu: 0,
  ats: true,
  pri: false,
  slots: 2,
  pasidBits: 4,
};

export const ATS_DEVICE: Partial<DeviceShape> = {};
export const PLAIN_DEVICE: Partial<DeviceShape> = { ats: false };

/** One IOMMU, the devices asked for, each in a group of its own unless it says otherwise. */
export function shapeOf(
  devices: readonly Partial<DeviceShape>[],
  changes: Partial<WorldShape> = {},
): WorldShape {
  const shapes = devices.map((device, i) => ({ ...DEVICE, rid: 0x0100 + 8 * i, group: i, ...device }));
  return {
    name: 'script',
    devices: shapes,
    iommus: [{ cachingMode: false, firstLevel: false }],
    groups: 1 + Math.max(...shapes.map(({ group }) => group)),
    principals: ['kernel', 'vm1', 'vm2'],
    spaces: 4,
    frames: 4,
    tables: 60,
    pages: [0x400, 0x401, 0x600],
    largestSize: 1,
    permissions: [1, 3],
    callers: 2,
    kernelDefault: 'identity',
    spaceKinds: ['paging'],
    allocationFailures: 2,
    badCalls: true,
    queue: 12,
    pageRequests: 0,
    ...changes,
  };
}

export interface RunOptions {
  /** Stop before the step of this name. */
  readonly until?: string;
  /** Let the allocation of this name fail, the nth time it is come to. */
  readonly fail?: string;
  readonly nth?: number;
  /** Let the nth allocation of the call fail, whichever it is. */
  readonly failNth?: number;
  /** Stop quietly where nobody can move. */
  readonly stuck?: boolean;
}

/** Plays calls one step after the other and collects what is violated. Hardware takes effect as soon as it may. */
export class Script {
  readonly violations = new Map<string, readonly string[]>();

  private constructor(readonly world: World) {
    world.reset();
  }

  static async play(
    design: string,
    mends: readonly string[],
    shape: WorldShape,
    driver?: string,
  ): Promise<Script> {
    return new Script(
      await buildWorld({ design: { name: design }, driver, mends, without: [], shape, concrete: false }),
    );
  }

  get causes(): string[] {
    return [...this.violations.keys()].sort();
  }

  /** Begin a call of an agent, without a further step. */
  begin(agent: number, operation: OperationName, principal: number, ...args: number[]): void {
    this.apply(packCall(agent, OPERATION_CODE[operation], principal, args));
  }

  /** Carry the call of an agent on until it returns, or until it is about to do a step whose name ends so. */
  run(agent: number, options: RunOptions = {}): void {
    const { world } = this;
    let passed = 0;
    for (let steps = 0; !world.agentStates.isIdle(agent); steps++) {
      if (steps > 2000) throw new Error(`${world.position(agent)}: the call does not return`);
      if (options.until && world.position(agent).endsWith(options.until)) return;
      const isThere =
        options.failNth !== undefined ||
        (options.fail !== undefined && world.position(agent).endsWith(options.fail));
      const actions = this.actions();
      const own = actions.filter((action) => agentOf(action) === agent);
      if (own.length > 0) {
        const fails =
          isThere &&
          (options.fail !== undefined || own.length > 1) &&
          ++passed === (options.failNth ?? options.nth ?? 1);
        if (fails && own.length < 2) throw new Error(`${options.fail} cannot fail`);
        this.apply(pack(agent, fails ? 1 : 0));
        if (fails) options = { ...options, fail: undefined };
        continue;
      }
      const hardware = actions.filter(
        (action) => agentOf(action) >= world.firstHardware && agentOf(action) < world.firstDevice,
      );
      // After a violation a story has been told, and nothing more is owed.
      if (hardware.length === 0 && (options.stuck || this.causes.length > 0)) return;
      if (hardware.length === 0) throw new Error(`${world.position(agent)}: nobody can move`);
      this.apply(hardware[0]);
    }
    if (options.fail) throw new Error(`${options.fail} was not reached`);
  }

  /** A whole call of the first caller; its outcome. */
  call(operation: OperationName, principal: number, ...args: number[]): number {
    this.begin(0, operation, principal, ...args);
    this.run(0);
    return this.outcome;
  }

  /** A whole call in which the allocation at the step fails when it is come to for the nth time. */
  callFailing(
    step: string,
    nth: number,
    operation: OperationName,
    principal: number,
    ...args: number[]
  ): number {
    this.begin(0, operation, principal, ...args);
    this.run(0, { fail: step, nth });
    return this.outcome;
  }

  /** A whole call whose nth allocation fails, if it comes to so many. */
  callWithoutMemory(nth: number, operation: OperationName, principal: number, ...args: number[]): number {
    this.begin(0, operation, principal, ...args);
    this.run(0, { failNth: nth });
    return this.outcome;
  }

  /** What the last call to return gave. */
  get outcome(): number {
    return this.world.returned?.outcome ?? Number.NaN;
  }

  private actions(): number[] {
    const out = new Int32Array(1 << 16);
    const count = this.world.enabled(out);
    return Array.from(out.subarray(0, count));
  }

  /** What comes after the first violation is its aftermath: runs end there too. */
  private apply(action: number): void {
    const isFirst = this.violations.size === 0;
    this.world.apply(action);
    if (!isFirst) return;
    for (const { cause, explanation } of this.world.violations) {
      this.violations.set(cause, explanation);
    }
  }
}
