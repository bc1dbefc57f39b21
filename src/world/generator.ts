import type { Random } from '../vocabulary/random.js';
import { commonSteps } from '../vocabulary/common-steps.js';
import type { BadCondition } from '../vocabulary/design.js';
import { OPERATIONS, type OperationName, SPACE_KINDS } from '../vocabulary/operations.js';
import type { WorldShape } from '../vocabulary/shape.js';
import { ARGUMENT_KINDS, ARITY, packCall } from './actions.js';
import { KIND, OPERATION_CODE, OPERATION_NAMES } from './authority.js';
import { CONDITION_BIT, Conditions, conditionSet } from './conditions.js';
import { guestBlame } from './ledger.js';
import { guestAlphabet, type GuestEntry, guestIndex } from './guest.js';
import type { World } from './world.js';

/** How often an operation is drawn, against the others. Mapping and attaching make the world; undoing keeps it moving. */
const WEIGHTS: Partial<Record<OperationName, number>> = {
  map: 6,
  unmap: 5,
  attach: 10,
  detach: 4,
  replace: 3,
  bindNested: 4,
  unbindNested: 2,
  createSpace: 4,
  freeSpace: 2,
  allocFrame: 3,
  freeFrame: 2,
  claimOwner: 2,
  releaseOwner: 1,
  guestWrite: 3,
  guestInvalidate: 3,
  enableFeature: 2,
  disableFeature: 1,
  createSubdevice: 2,
  removeSubdevice: 1,
  registerFaultHandler: 2,
  unregisterFaultHandler: 1,
  respond: 2,
  release: 1,
  probe: 2,
  reset: 1,
  protect: 1,
};

/** Operations tried for one call before the agent gives up its turn. */
const TRIES = 12;
/**
 * Draws of an operation's arguments: how often it is begun is to follow its weight, and not how few of its arguments make a call
 * of the wanted sort.
 */
const DRAWS = 12;
/** One in so many calls that find nothing to do is made. */
const IDLE_ONE_IN = 8;
/** One call in so many is an answer where one is waited for. */
const ANSWER_ONE_IN = 3;
/** One accepted draw in so many may be a bad call. */
const BAD_ONE_IN = 7;

const DEVICE_SIDE = ['dma', 'prefetch', 'pageRequest'] as const;

/**
 * Which calls can be made now, one at random or all of them. Calls are decoded against the ghost state, so that preconditions
 * are met and nothing is thrown away; bad calls are made on purpose, and only those that the design's API can express.
 */
export class CallGenerator {
  private readonly shape: WorldShape;
  private readonly alphabet: readonly GuestEntry[];
  private readonly args = new Int32Array(5);
  /** Operation codes that callers may begin, each as often as its weight says. */
  private readonly urn: readonly number[];
  private readonly codes: readonly number[];
  /** By operation: conditions that the design refuses, and those its API cannot even express. */
  private readonly refused: Int32Array;
  private readonly unsayable: Int32Array;
  /** By operation and argument: how many values it can take. */
  private readonly bounds: readonly (readonly number[])[];
  /** By operation code: whether callers may begin it, and who. */
  private readonly isCallers: readonly boolean[];
  private readonly isKernels: readonly boolean[];
  private readonly checker: Conditions;
  /** Whether the design pins what it maps. Then a user may give a page back while a call that unmaps it is under way: until it is
   * unpinned the page stays. Where nothing is pinned the user has to wait for the call. */
  private readonly isPinning: boolean;
  private readonly call: { operation: number; args: Int32Array; principal: number };
  /** Operations left out of a run (swarm testing). */
  private disabled: ReadonlySet<number> = new Set();

  constructor(private readonly world: World) {
    const { shape, compiled } = world;
    this.shape = shape;
    const { guest } = world.architecture;
    this.alphabet = guest === undefined ? [] : guestAlphabet(shape, guest);
    this.codes = OPERATION_NAMES.map((_, code) => code).filter((code) => {
      const name = OPERATION_NAMES[code];
      if (shape.without?.includes(name) || (DEVICE_SIDE as readonly string[]).includes(name)) return false;
      return !('cannot' in compiled.answers[code]);
    });
    this.urn = this.codes.flatMap((code) =>
      Array.from({ length: WEIGHTS[OPERATION_NAMES[code]] ?? 1 }, () => code),
    );
    const refuses = compiled.answers.map((answer) =>
      Object.entries('procedure' in answer ? (answer.refuses ?? {}) : {}),
    );
    const setOf = (wanted: 'errno' | 'unsayable') =>
      Int32Array.from(refuses, (list) =>
        conditionSet(list.filter(([, bad]) => wanted in bad).map(([name]) => name as BadCondition)),
      );
    this.refused = setOf('errno');
    this.unsayable = setOf('unsayable');
    this.isCallers = OPERATION_NAMES.map((_, code) => this.codes.includes(code));
    this.isKernels = OPERATION_NAMES.map(isKernels);
    this.checker = new Conditions(world.authority, compiled.driver.lacks);
    this.isPinning = compiled.points.some(({ step }) => step === commonSteps.pin);
    this.bounds = ARGUMENT_KINDS.map((kinds) => kinds.map((kind) => this.bound(kind)));
    this.call = { operation: 0, args: this.args, principal: 0 };
  }

  /** Codes of the operations that callers may begin in this world. */
  get operations(): readonly number[] {
    return this.codes;
  }

  setDisabled(disabled: ReadonlySet<number>): void {
    this.disabled = disabled;
  }

  // Arguments.

  /** Numbers are descriptors of one process: what another's open call names is not given to somebody else meanwhile. */
  freeSpaceNumber(principal: number): number {
    const { authority } = this.world;
    for (let space = 0; space < this.shape.spaces; space++) {
      let free = this.world.words[this.world.handlesAt + space] === 0 && !this.isNamed(space, principal);
      for (let v = 0; v < authority.count && free; v++) free = authority.spaceKind(v, space) === 0;
      if (free) return space;
    }
    return -1;
  }

  /** Whether an open call of another principal names the space. */
  private isNamed(space: number, principal: number): boolean {
    const { agentStates, firstDeclared } = this.world;
    for (let agent = 0; agent < firstDeclared; agent++) {
      if (agentStates.isIdle(agent) || agentStates.principal(agent) === principal) continue;
      const kinds = ARGUMENT_KINDS[agentStates.operation(agent)];
      for (let i = 0; i < kinds.length; i++)
        if (kinds[i] === 'space' && agentStates.arg(agent, i) === space) return true;
    }
    return false;
  }

  freeFrameNumber(): number {
    const { authority } = this.world;
    for (let frame = 0; frame < this.shape.frames; frame++) {
      let free = true;
      for (let v = 0; v < authority.count && free; v++) free = authority.frameOwner(v, frame) < 0;
      if (free) return frame;
    }
    return -1;
  }

  /** How many values an argument can take; they are 0 up to it. */
  private bound(kind: string): number {
    const { shape } = this;
    switch (kind) {
      case 'device':
        return shape.devices.length;
      case 'slot':
        return this.world.authority.slotCount;
      case 'space':
        return shape.spaces;
      case 'spaceKind':
        return SPACE_KINDS.length;
      case 'page':
        return shape.pages.length;
      case 'size':
        return shape.largestSize + 1;
      case 'frame':
        return shape.frames;
      case 'permission':
        return shape.permissions.length;
      case 'feature':
        return 2;
      case 'entry':
        return this.alphabet.length;
      case 'choice':
        return 16;
      default:
        return 2;
    }
  }

  private valueOf(kind: string, draw: number): number {
    return kind === 'permission' ? this.shape.permissions[draw] : draw;
  }

  /** Conditions of the call in the first of the possible states; what is bad then is the design's business. */
  private conditions(code: number, principal: number, args: Int32Array): number {
    const { call } = this;
    call.operation = code;
    call.principal = principal;
    call.args = args;
    return this.checker.of(0, call);
  }

  /** Whether the API can express the call, whatever it answers. */
  isSayable(code: number, principal: number, args: Int32Array): boolean {
    if (!this.isCallers[code] || this.isKernels[code] !== (principal === 0)) return false;
    for (let i = 0; i < ARITY[code]; i++) {
      const kind = ARGUMENT_KINDS[code][i];
      if (kind === 'permission' ? !this.shape.permissions.includes(args[i]) : args[i] >= this.bounds[code][i])
        return false;
    }
    return this.mayBeMade(code, principal, args);
  }

  /** Conditions in the first of the possible states of the call that {@link mayBeMade} looked at last. */
  private badThere = 0;

  private mayBeMade(code: number, principal: number, args: Int32Array): boolean {
    if (!this.world.mayPlug(code)) return false;
    const bad = this.conditions(code, principal, args);
    this.badThere = bad;
    const { count } = this.world.authority;
    let anywhere = bad;
    for (let v = 1; v < count; v++) anywhere |= this.checker.of(v, this.call);
    if (anywhere === 0) return this.makesSense(code, principal, args);
    if (this.isWorlds(code)) return false;
    // What cannot be said while some order of overlapping calls is the true one is not said at all.
    if ((anywhere & (this.unsayable[code] | CONDITION_BIT.spaceExists)) !== 0) return false;
    if ((bad & this.refused[code]) === 0) return this.makesSense(code, principal, args);
    return this.shape.badCalls;
  }

  /** What no API carries out is only done rightly: memory comes and goes by the rules, a guest writes its own table. */
  private isWorlds(code: number): boolean {
    return 'byTheWorld' in this.world.compiled.answers[code];
  }

  /** Calls that are good but would say nothing: a second name for the same thing. */
  private makesSense(code: number, principal: number, args: ArrayLike<number>): boolean {
    const { authority, words, pinsAt } = this.world;
    switch (OPERATION_NAMES[code]) {
      case 'createSpace':
        return args[0] === this.freeSpaceNumber(principal) && (args[1] + 1 === KIND.nested || args[2] === 0);
      case 'allocFrame':
        return args[0] === this.freeFrameNumber();
      case 'freeFrame':
        return (
          words[pinsAt + args[0]] === 0 && !this.isMapped(args[0], this.isPinning ? 'surely' : 'perhaps')
        );
      case 'guestWrite':
        return this.guestTable(args[0]) > 0 && authority.mapping(0, args[0], args[1]) !== args[2] + 1;
      case 'protect':
        return (authority.mapping(0, args[0], args[1]) & 3) !== args[2];
      case 'replace':
        return authority.attached(0, args[0], args[1]) !== args[2];
      case 'guestInvalidate':
        return args[1] === 1 || args[2] === 0;
      default:
        return true;
    }
  }

  /** Whether the frame is mapped in some possible state, or in all of them. */
  private isMapped(frame: number, how: 'perhaps' | 'surely'): boolean {
    const { authority } = this.world;
    for (let v = 0; v < authority.count; v++)
      if (this.isMappedIn(v, frame) !== (how === 'surely')) return how === 'perhaps';
    return how === 'surely';
  }

  private isMappedIn(v: number, frame: number): boolean {
    const { authority } = this.world;
    for (let space = 0; space < this.shape.spaces; space++) {
      const kind = authority.spaceKind(v, space);
      if (kind === 0 || kind === KIND.nested) continue;
      for (let page = 0; page < this.shape.pages.length; page++) {
        const word = authority.mapping(v, space, page);
        if (word !== 0 && word >>> 6 === frame + 1) return true;
      }
    }
    return false;
  }

  // Guests.

  /** Frame number of the guest's own table, by which its first frame of guest memory is meant; 0 when it is not mapped. */
  private guestTable(space: number, v = 0): number {
    const { authority } = this.world;
    if (authority.spaceKind(v, space) !== KIND.nested) return 0;
    const parent = authority.spaceParent(v, space);
    const word = parent < 0 ? 0 : authority.mapping(v, parent, 0);
    const frame = word >>> 6;
    return word !== 0 && (word & 3) === 3 && frame < this.world.machine.firstTable ? frame : 0;
  }

  /** Whether the table may be another space's as well: one that is nested on the same parent, say. */
  private isShared(space: number, table: number): boolean {
    const { authority } = this.world;
    for (let v = 0; v < authority.count; v++)
      for (let other = 0; other < this.shape.spaces; other++)
        if (other !== space && this.guestTable(other, v) === table) return true;
    return false;
  }

  /** The guest stores an entry of its alphabet into its table. */
  guestWrite(space: number, page: number, entry: number): number {
    const table = this.guestTable(space);
    const blame = guestBlame(this.isShared(space, table) ? -1 : space, this.world.openInvalidations());
    const context = page === 0 ? this.world.architecture.guest?.context?.(this.shape.pages[0]) : undefined;
    for (const stored of context ?? []) this.world.machine.guestStore(table, ...stored, blame);
    const [low, high] = this.alphabet[entry].at(page);
    this.world.machine.guestStore(table, guestIndex(page), low, high, blame);
    return 0;
  }

  entryName(entry: number): string {
    return this.alphabet[entry]?.name ?? `entry ${entry}`;
  }
  entryNamed(name: string): number {
    return this.alphabet.findIndex((entry) => entry.name === name);
  }

  // All calls, for exhaustive search.

  enumerate(agent: number, out: Int32Array, from: number): number {
    if (this.world.phase === 'drain') return from;
    let count = from;
    for (const code of this.codes) {
      const kinds = ARGUMENT_KINDS[code];
      const bounds = this.bounds[code];
      const total = bounds.reduce((product, bound) => product * bound, 1);
      const { length } = this.shape.principals;
      for (
        let principal = this.isKernels[code] ? 0 : 1;
        principal < (this.isKernels[code] ? 1 : length);
        principal++
      ) {
        for (let draw = 0; draw < total; draw++) {
          let rest = draw;
          for (let i = 0; i < kinds.length; i++) {
            this.args[i] = this.valueOf(kinds[i], rest % bounds[i]);
            rest = Math.floor(rest / bounds[i]);
          }
          for (let i = kinds.length; i < 5; i++) this.args[i] = 0;
          if (this.mayBeMade(code, principal, this.args))
            out[count++] = packCall(agent, code, principal, this.args);
        }
      }
    }
    return count;
  }

  // One call at random.

  drawCall(agent: number, random: Random): number {
    if (this.isPinning && this.world.authority.count > 1 && random.below(2) === 0) {
      const given = this.giveBack(agent);
      if (given >= 0) return given;
    }
    const answer = this.drawAnswer(agent, random);
    if (answer >= 0) return answer;
    const wantsBad = this.shape.badCalls && random.below(BAD_ONE_IN) === 0;
    let fallback = -1;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const code = this.urn[random.below(this.urn.length)];
      if (this.disabled.has(code)) continue;
      for (let draw = 0; draw < DRAWS; draw++) {
        const principal = this.drawArguments(code, random);
        if (this.isKernels[code] !== (principal === 0) || !this.mayBeMade(code, principal, this.args))
          continue;
        const bad = this.badThere;
        const isBad = (bad & this.refused[code]) !== 0;
        // What finds nothing to do says little, and most unmaps would.
        if (!isBad && (bad & CONDITION_BIT.nothingThere) !== 0 && random.below(IDLE_ONE_IN) !== 0) continue;
        if (isBad === wantsBad) return packCall(agent, code, principal, this.args);
        if (!isBad && fallback < 0) fallback = packCall(agent, code, principal, this.args);
      }
    }
    return fallback;
  }

  /** Where somebody waits for an answer it is what callers do next, one time in three: it would seldom come before the route is gone. */
  private drawAnswer(agent: number, random: Random): number {
    const code = OPERATION_CODE.respond;
    if (!this.isCallers[code] || this.disabled.has(code) || !this.world.machine.pageRequests.anyTaken())
      return -1;
    if (random.below(ANSWER_ONE_IN) !== 0) return -1;
    const principal = this.drawArguments(code, random);
    return this.mayBeMade(code, principal, this.args) && !this.isRefused(code, principal)
      ? packCall(agent, code, principal, this.args)
      : -1;
  }

  /** Give back a page that a call under way has unpinned already and has not unmapped yet for all its caller knows. */
  private giveBack(agent: number): number {
    const { authority } = this.world;
    const code = OPERATION_CODE.freeFrame;
    if (this.disabled.has(code) || !this.isCallers[code]) return -1;
    for (let frame = 0; frame < this.shape.frames; frame++) {
      const owner = authority.frameOwner(0, frame);
      if (owner < 0 || !this.isMapped(frame, 'perhaps')) continue;
      this.args.fill(0);
      this.args[0] = frame;
      if (this.mayBeMade(code, owner, this.args)) return packCall(agent, code, owner, this.args);
    }
    return -1;
  }

  private isRefused(code: number, principal: number): boolean {
    return (this.conditions(code, principal, this.args) & this.refused[code]) !== 0;
  }

  /** Fill {@link args}; biased to what exists. Returns the principal. */
  private drawArguments(code: number, random: Random): number {
    const { authority } = this.world;
    const kinds = ARGUMENT_KINDS[code];
    const bounds = this.bounds[code];
    this.args.fill(0);
    const name = OPERATION_NAMES[code];
    let principal = this.isKernels[code] ? 0 : 1 + random.below(this.shape.principals.length - 1);
    for (let i = 0; i < kinds.length; i++) {
      const kind = kinds[i];
      if (name === 'allocFrame') this.args[i] = Math.max(0, this.freeFrameNumber());
      else if (kind === 'spaceKind') this.args[i] = this.drawKind(random);
      else if (kind === 'feature') this.args[i] = random.below(2);
      else this.args[i] = this.valueOf(kind, random.below(bounds[i]));
    }
    if (name === 'createSpace' && this.args[1] + 1 !== KIND.nested) this.args[2] = 0;
    if (name === 'guestInvalidate' && this.args[1] === 0) this.args[2] = 0;
    const used = name === 'createSpace' || name === 'freeSpace' ? -1 : kinds.lastIndexOf('space');
    if (used >= 0 && random.below(2) === 0) this.preferAttachedSpace(used, random);
    // A call about a space or a frame is usually its owner's.
    if (principal !== 0 && random.below(8) !== 0) {
      const space = kinds.lastIndexOf('space');
      const device = kinds.indexOf('device');
      if (name === 'createSpace' && this.args[1] + 1 === KIND.nested)
        principal = authority.spaceOwner(0, this.args[2]);
      else if (space >= 0 && name !== 'createSpace' && authority.spaceKind(0, this.args[space]) !== 0) {
        principal = authority.spaceOwner(0, this.args[space]);
      } else if (kinds.includes('frame') && authority.frameOwner(0, this.args[kinds.indexOf('frame')]) >= 0) {
        principal = authority.frameOwner(0, this.args[kinds.indexOf('frame')]);
      } else if (device >= 0 && name !== 'claimOwner') {
        const slot = kinds.indexOf('slot');
        const held = slot >= 0 ? authority.attached(0, this.args[device], this.args[slot]) : -1;
        principal = held >= 0 ? authority.spaceOwner(0, held) : authority.owner(0, this.args[device]);
      }
    }
    if (principal < 0) principal = 1;
    if (name === 'createSpace') this.args[0] = Math.max(0, this.freeSpaceNumber(principal));
    if (name === 'map' && random.below(8) !== 0) this.preferOwnFrame(principal, random);
    return principal;
  }

  /** What is mapped where nothing is attached reaches nobody, and spaces go wrong when routes share them: take some route's. */
  private preferAttachedSpace(argument: number, random: Random): void {
    const { authority } = this.world;
    const routes = this.shape.devices.length * authority.slotCount;
    const start = random.below(routes);
    for (let i = 0; i < routes; i++) {
      const route = (start + i) % routes;
      const space = authority.attached(
        0,
        Math.floor(route / authority.slotCount),
        route % authority.slotCount,
      );
      if (space < 0) continue;
      this.args[argument] = space;
      return;
    }
  }

  private preferOwnFrame(principal: number, random: Random): void {
    const start = random.below(this.shape.frames);
    for (let i = 0; i < this.shape.frames; i++) {
      const frame = (start + i) % this.shape.frames;
      if (this.world.authority.frameOwner(0, frame) !== principal) continue;
      this.args[2] = frame;
      return;
    }
  }

  private drawKind(random: Random): number {
    const { spaceKinds } = this.shape;
    return random.below(10) === 0
      ? random.below(SPACE_KINDS.length)
      : SPACE_KINDS.indexOf(spaceKinds[random.below(spaceKinds.length)] as (typeof SPACE_KINDS)[number]);
  }

  // Teardown: undo what exists, in random order.

  hasTeardown(agent: number): boolean {
    return this.teardownCalls(agent).length > 0;
  }

  drawTeardown(agent: number, random: Random): number {
    const calls = this.teardownCalls(agent);
    return calls.length === 0 ? -1 : calls[random.below(calls.length)];
  }

  /** Good calls that undo something. With several callers, the first takes the world down. */
  private teardownCalls(agent: number): number[] {
    if (agent !== 0) return [];
    const { authority } = this.world;
    const { shape } = this;
    const calls: number[] = [];
    const add = (name: OperationName, principal: number, ...values: number[]) => {
      const code = OPERATION_CODE[name];
      // Only what a trace can say again.
      if (!this.codes.includes(code) || this.isKernels[code] !== (principal === 0)) return;
      this.args.fill(0);
      for (let i = 0; i < values.length; i++) this.args[i] = values[i];
      if (!this.isRefused(code, principal) && this.mayBeMade(code, principal, this.args))
        calls.push(packCall(agent, code, principal, this.args));
    };
    for (let device = 0; device < shape.devices.length; device++) {
      if (!authority.present(0, device)) add('probe', 0, device);
      for (let slot = 0; slot <= shape.devices[device].slots; slot++) {
        const space = authority.attached(0, device, slot);
        if (space >= 0 && (slot > 0 || authority.isMember(0, device))) {
          const nested = authority.spaceKind(0, space) === KIND.nested;
          const holder = slot === 0 ? authority.owner(0, device) : 0;
          const owner = holder !== 0 ? holder : authority.spaceOwner(0, space);
          const unbind = nested && this.codes.includes(OPERATION_CODE.unbindNested);
          add(unbind ? 'unbindNested' : 'detach', owner, device, slot);
        } else if (slot > 0 && authority.slotExists(0, device, slot)) add('removeSubdevice', 0, device, slot);
      }
      for (let feature = 0; feature < 2; feature++) {
        if (authority.featureOn(0, device, feature)) add('disableFeature', 0, device, feature);
      }
      if (authority.handler(0, device) >= 0) {
        const space = authority.handler(0, device);
        // Whoever registered it: where the space is gone by now, any user can say it.
        add('unregisterFaultHandler', Math.max(1, authority.spaceOwner(0, space)), device, space);
      }
      if (authority.owner(0, device) !== 0) add('releaseOwner', authority.owner(0, device), device);
    }
    for (let space = 0; space < shape.spaces; space++) {
      if (authority.spaceKind(0, space) !== 0) add('freeSpace', authority.spaceOwner(0, space), space);
    }
    for (let frame = 0; frame < shape.frames; frame++) {
      const owner = authority.frameOwner(0, frame);
      if (
        owner >= 0 &&
        this.world.words[this.world.pinsAt + frame] === 0 &&
        !this.isMapped(frame, 'perhaps')
      ) {
        add('freeFrame', owner, frame);
      }
    }
    return calls;
  }

  // Devices.

  /** PASID that the slot's accesses carry, or 0 when the device says nothing on it. */
  private emits(device: number, slot: number): number {
    const { world } = this;
    if (!world.machine.isPresent(device) || slot > this.shape.devices[device].slots) return 0;
    return world.label(device, slot);
  }

  deviceCanMove(device: number): boolean {
    return this.world.concrete && this.world.machine.isPresent(device);
  }

  deviceMay(agent: number, code: number, args: ArrayLike<number>): boolean {
    const device = agent - this.world.firstDevice;
    if (args[0] !== device || this.emits(device, args[1]) === 0) return false;
    switch (OPERATION_NAMES[code]) {
      case 'dma':
        return this.world.concrete && this.shape.permissions.includes(args[3]);
      case 'prefetch':
        return this.world.concrete && this.world.machine.control(device, 'ats');
      case 'pageRequest':
        return (
          this.world.isAttachedSurely(device, args[1]) && this.world.mayRequest(device, args[1], args[2])
        );
      default:
        return false;
    }
  }

  enumerateDevice(agent: number, out: Int32Array, from: number): number {
    const device = agent - this.world.firstDevice;
    let count = from;
    if (this.shape.pageRequests === 0 || this.world.phase !== 'work') return count;
    for (let slot = 0; slot <= this.shape.devices[device].slots; slot++) {
      this.args.fill(0);
      this.args[0] = device;
      this.args[1] = slot;
      const code = OPERATION_CODE.pageRequest;
      if (this.deviceMay(agent, code, this.args) && !this.isAsking(device, slot)) {
        out[count++] = packCall(agent, code, 0, this.args);
      }
    }
    return count;
  }

  /** Whether the device could ask for a page now. */
  mayAsk(device: number): boolean {
    return this.enumerateDevice(this.world.firstDevice + device, this.asked, 0) > 0;
  }
  private readonly asked = new Int32Array(16);

  /** A slot asks for one page at a time. */
  private isAsking(device: number, slot: number): boolean {
    return this.world.machine.pageRequests.anyOpen(device, this.world.label(device, slot));
  }

  drawDevice(agent: number, random: Random): number {
    const device = agent - this.world.firstDevice;
    const { shape } = this;
    for (let attempt = 0; attempt < 4; attempt++) {
      const slot = random.below(shape.devices[device].slots + 1);
      if (this.emits(device, slot) === 0) continue;
      this.args.fill(0);
      this.args[0] = device;
      this.args[1] = slot;
      this.args[2] = random.below(shape.pages.length);
      const kind = random.below(8);
      const name = kind < 5 ? 'dma' : kind < 7 ? 'prefetch' : 'pageRequest';
      if (name === 'dma') this.args[3] = shape.permissions[random.below(shape.permissions.length)];
      if (name !== 'pageRequest') this.args[name === 'dma' ? 4 : 3] = random.below(16);
      if (name === 'pageRequest' && this.isAsking(device, slot)) continue;
      if (this.deviceMay(agent, OPERATION_CODE[name], this.args)) {
        return packCall(agent, OPERATION_CODE[name], 0, this.args);
      }
    }
    return -1;
  }
}

/** Device management is the kernel's; spaces, routes, ownership and memory are the users' business. */
function isKernels(name: OperationName): boolean {
  return OPERATIONS[name].group === 'devices' && name !== 'claimOwner' && name !== 'releaseOwner';
}
