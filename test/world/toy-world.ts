import { toy } from '../../src/hardware/toy/index.js';
import type { OperationName } from '../../src/vocabulary/operations.js';
import { SPACE_KINDS } from '../../src/vocabulary/operations.js';
import type { PropertyDefinition } from '../../src/vocabulary/property.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import type { Violation } from '../../src/vocabulary/violation.js';
import { packCall } from '../../src/world/actions.js';
import { OPERATION_CODE } from '../../src/world/authority.js';
import { compileDesign } from '../../src/world/compiled-design.js';
import { World } from '../../src/world/world.js';
import { device, shape as shapeOf } from '../hardware/machine.js';
import { lifecycles } from './lifecycles.js';
import { properties as all } from './properties.js';
import { type ToyChoice, toyDesign } from './toy-design.js';
import { type DriverFlaw, toyDriver } from './toy-driver.js';

export interface ToyWorldChoice extends ToyChoice {
  readonly driverFlaws?: readonly DriverFlaw[];
  /** Without its mend the driver forgets the device-TLB. */
  readonly mended?: boolean;
  readonly shape?: Partial<WorldShape>;
  readonly properties?: readonly PropertyDefinition[];
  readonly concrete?: boolean;
}

/** Above every frame of table memory, and in one table of the last level. */
export const PAGE = 0x400;

export function toyShape(over: Partial<WorldShape> = {}): WorldShape {
  return shapeOf({
    name: 'toy',
    devices: [device(0, { slots: 1, pri: true })],
    principals: ['kernel', 'vm1', 'vm2'],
    spaces: 2,
    frames: 2,
    tables: 12,
    pages: [PAGE, PAGE + 1],
    largestSize: 0,
    kernelDefault: 'translated',
    queue: 6,
    ...over,
  });
}

export function toyWorld(choice: ToyWorldChoice = {}): World {
  const { driverFlaws = [], mended = true, concrete = false } = choice;
  const mends = new Set(mended ? ['flush-device'] : []);
  return new World({
    compiled: compileDesign({ design: toyDesign(choice), driver: toyDriver(driverFlaws), mends }),
    architecture: toy,
    shape: toyShape(choice.shape),
    lifecycles,
    properties: choice.properties ?? all,
    concrete,
  });
}

/** A call by hand: its name, its principal, its arguments. */
export type Call = readonly [name: OperationName, principal: number, ...args: (number | 'nested')[]];

export function actionOf(agent: number, [name, principal, ...args]: Call): number {
  const numbers = args.map((arg) => (arg === 'nested' ? SPACE_KINDS.indexOf('nested') : arg));
  const five = [0, 1, 2, 3, 4].map((i) => numbers[i] ?? 0);
  return packCall(agent, OPERATION_CODE[name], principal, five);
}

/** Walk through calls one after the other; hardware acts when the caller waits for it. Ends at the first violation. */
export class Story {
  readonly found: Violation[] = [];

  constructor(readonly world: World) {}

  /** Begin a call as the caller, and go on until it has returned. */
  call(...call: Call): this {
    return this.begin(0, ...call).finish(0);
  }

  begin(caller: number, ...call: Call): this {
    return this.take(actionOf(caller, call));
  }

  /** Let the caller take one step. `alternative` 1 makes an allocation fail. */
  step(caller: number, alternative = 0): this {
    return this.take((caller << AGENT_SHIFT) | alternative);
  }

  finish(caller: number): this {
    while (this.isGoing && !this.world.agentStates.isIdle(caller)) {
      if (this.world.canMove(caller)) this.step(caller);
      else if (!this.effect()) break;
    }
    return this;
  }

  /** A call whose n-th allocation fails. */
  callFailing(nth: number, ...call: Call): this {
    this.begin(0, ...call);
    let left = nth;
    while (this.isGoing && !this.world.agentStates.isIdle(0)) {
      if (!this.world.canMove(0)) this.effect();
      else this.step(0, this.world.alternatives(0) > 1 && --left === 0 ? 1 : 0);
    }
    return this;
  }

  /** The device acts on its own. */
  device(index: number, name: OperationName, ...args: number[]): this {
    return this.take(actionOf(this.world.firstDevice + index, [name, 0, index, ...args]));
  }

  /** The hardware carries out what it may, the oldest first. False when there is nothing. */
  effect(): boolean {
    const { firstHardware } = this.world;
    if (!this.world.canMove(firstHardware)) return false;
    this.take(firstHardware << AGENT_SHIFT);
    return true;
  }

  /** Judge what is left at the end. */
  finally(): this {
    if (this.isGoing) this.found.push(...this.world.finish());
    return this;
  }

  get causes(): string[] {
    return this.found.map(({ cause }) => cause);
  }

  private get isGoing(): boolean {
    return this.found.length === 0;
  }

  private take(action: number): this {
    if (!this.isGoing) return this;
    this.world.apply(action);
    this.found.push(...this.world.violations);
    return this;
  }
}

const AGENT_SHIFT = 27;

/** A story in a world that knows one property. */
export function story(property: PropertyDefinition, choice: ToyWorldChoice = {}): Story {
  return new Story(toyWorld({ ...choice, properties: [property] }));
}
