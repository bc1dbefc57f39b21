import type { Action, ActionRecord } from '../checker/model.js';
import { FEATURES, INVALIDATION_SCOPES, RESPONSES, SPACE_KINDS } from '../vocabulary/operations.js';
import {
  agentOf,
  ARGUMENT_KINDS,
  ARGUMENT_NAMES,
  codeOf,
  isCall,
  pack,
  packCall,
  payloadOf,
  principalOf,
  unpackArguments,
} from './actions.js';
import { OPERATION_CODE, OPERATION_NAMES } from './authority.js';
import type { Effect } from './ledger.js';
import type { World } from './world.js';

const PERMISSIONS = ['none', 'r', 'w', 'rw'];
const SIZES = ['4K', '2M', '1G'];

/**
 * Actions in words that outlive numbers: spaces and frames by the operation that made them, addresses in hexadecimal, steps by
 * control state.
 */
export class Records {
  private readonly args = new Int32Array(5);

  constructor(private readonly world: World) {}

  record(action: Action): ActionRecord {
    const { world } = this;
    const agent = agentOf(action);
    const payload = payloadOf(action);
    const name = world.agentName(agent);
    if (isCall(payload)) {
      const code = codeOf(payload);
      unpackArguments(payload, this.args);
      const values: Record<string, string | number> = {};
      ARGUMENT_NAMES[code].forEach((argument, i) => {
        if (isMute(code, argument, this.args)) return;
        values[argument] = this.word(
          ARGUMENT_KINDS[code][i],
          this.args[i],
          isMaking(code, argument) ? principalOf(payload) : undefined,
        );
      });
      if (agent < world.firstDeclared) values.by = world.shape.principals[principalOf(payload)];
      const does = OPERATION_NAMES[code];
      if (!world.isOperation(action)) return { agent: name, does, arguments: values };
      return { agent: name, operation: `o${world.operationCount + 1}`, does, arguments: values };
    }
    if (agent < world.firstHardware) {
      const does = world.position(agent);
      return payload === 0 ? { agent: name, does } : { agent: name, does, alternative: payload };
    }
    if (agent < world.firstDevice) {
      const iommu = agent - world.firstHardware;
      return { agent: name, does: 'takes effect', arguments: this.readyWords(iommu, payload) };
    }
    throw new Error('a device does nothing but operations');
  }

  /** The enabled action that a record means now, or -1. Resolving an operation's record names the operation that is begun next. */
  resolve(record: ActionRecord): Action {
    const { world } = this;
    const agent = this.agentNamed(record.agent);
    if (agent < 0) return -1;
    if (record.operation !== undefined || agent >= world.firstDevice) return this.resolveCall(agent, record);
    if (!world.canMove(agent)) return -1;
    if (agent < world.firstHardware) {
      if (world.agentStates.isIdle(agent) || world.position(agent) !== record.does) return -1;
      const alternative = record.alternative ?? 0;
      return alternative < world.alternatives(agent) ? pack(agent, alternative) : -1;
    }
    const n = this.readyNamed(agent - world.firstHardware, record.arguments ?? {});
    return n < 0 ? -1 : pack(agent, n);
  }

  private ready(iommu: number, n: number): Effect {
    const { machine } = this.world;
    return machine.effectAt(iommu, machine.readyPlace(iommu, n));
  }

  /** The n-th command that may take effect: its scope, its hint, and how many of its like that may take effect came after it. */
  private readyWords(iommu: number, n: number): Record<string, string | number> {
    const effect = this.ready(iommu, n);
    const words = this.effectWords(effect);
    const scope = JSON.stringify(words);
    let later = 0;
    for (let other = this.world.machine.readyCount(iommu) - 1; other > n; other--) {
      const { hint } = this.ready(iommu, other);
      if (hint === effect.hint && JSON.stringify(this.effectWords(this.ready(iommu, other))) === scope)
        later++;
    }
    if (effect.hint !== 0) words.hint = effect.hint;
    if (later !== 0) words.later = later;
    return words;
  }

  /**
   * Which of the commands that may take effect the words mean, or -1. Where fewer of its like are left than there were, the first of
   * them; where none has the hint, the last that has the scope, since older traces do not tell the hint.
   */
  private readyNamed(iommu: number, words: Readonly<Record<string, string | number>>): number {
    const { hint = 0, later = 0, ...rest } = words;
    const scope = JSON.stringify(rest);
    let left = Number(later);
    let like = -1;
    let unlike = -1;
    for (let n = this.world.machine.readyCount(iommu) - 1; n >= 0 && left >= 0; n--) {
      const effect = this.ready(iommu, n);
      if (JSON.stringify(this.effectWords(effect)) !== scope) continue;
      if (effect.hint === hint) {
        like = n;
        left--;
      } else if (unlike < 0) unlike = n;
    }
    return like >= 0 ? like : unlike;
  }

  private resolveCall(agent: number, record: ActionRecord): Action {
    const { world } = this;
    const code = OPERATION_CODE[record.does as keyof typeof OPERATION_CODE];
    if (code === undefined) return -1;
    const args = this.args.fill(0);
    const names = ARGUMENT_NAMES[code];
    const principal =
      agent < world.firstDeclared ? world.shape.principals.indexOf(String(record.arguments?.by)) : 0;
    if (principal < 0) return -1;
    for (let i = 0; i < names.length; i++) {
      // Left out where it says nothing.
      if (record.arguments?.[names[i]] === undefined) continue;
      const value = this.number(
        ARGUMENT_KINDS[code][i],
        record.arguments?.[names[i]],
        isMaking(code, names[i]) ? principal : undefined,
      );
      if (value < 0) return -1;
      args[i] = value;
    }
    if (
      agent < world.firstDeclared
        ? !world.agentStates.isIdle(agent)
        : !world.generator.deviceMay(agent, code, args)
    )
      return -1;
    if (agent < world.firstDeclared && !world.generator.isSayable(code, principal, args)) return -1;
    if (record.operation !== undefined) world.nameNext(Number(record.operation.slice(1)));
    return packCall(agent, code, principal, args);
  }

  private agentNamed(name: string): number {
    for (let agent = 0; agent < this.world.agents; agent++)
      if (this.world.agentName(agent) === name) return agent;
    return -1;
  }

  /** An argument in words. What is yet to be made has a maker. */
  private word(kind: string, value: number, maker: number | undefined): string | number {
    const { world } = this;
    const { shape } = world;
    switch (kind) {
      case 'space': {
        if (maker !== undefined) return made(value, world.generator.freeSpaceNumber(maker));
        const name = value < shape.spaces ? world.words[world.namesAt + value] : 0;
        return name === 0 ? `never made ${value}` : `o${name}`;
      }
      case 'frame': {
        if (maker !== undefined) return made(value, world.generator.freeFrameNumber());
        const name = world.words[world.namesAt + shape.spaces + value];
        return name === 0 ? `never given ${value}` : `o${name}`;
      }
      case 'page':
        return `0x${(shape.pages[value] * 4096).toString(16)}`;
      case 'permission':
        return PERMISSIONS[value];
      case 'size':
        return SIZES[value];
      case 'spaceKind':
        return SPACE_KINDS[value];
      case 'feature':
        return FEATURES[value];
      case 'scope':
        return INVALIDATION_SCOPES[value];
      case 'response':
        return RESPONSES[value];
      case 'entry':
        return world.generator.entryName(value);
      default:
        return value;
    }
  }

  /** The value behind a word, or -1 when it means nothing here. What is yet to be made has a maker. */
  private number(kind: string, word: string | number | undefined, maker: number | undefined): number {
    const { world } = this;
    const { shape } = world;
    const text = String(word);
    switch (kind) {
      case 'space':
        return maker !== undefined
          ? numberOf(text, world.generator.freeSpaceNumber(maker))
          : this.named(text, world.namesAt, shape.spaces, 'never made ');
      case 'frame':
        return maker !== undefined
          ? numberOf(text, world.generator.freeFrameNumber())
          : this.named(text, world.namesAt + shape.spaces, shape.frames, 'never given ');
      case 'page':
        return shape.pages.indexOf(Number(text) / 4096);
      case 'permission':
        return PERMISSIONS.indexOf(text);
      case 'size':
        return SIZES.indexOf(text);
      case 'spaceKind':
        return SPACE_KINDS.indexOf(text as (typeof SPACE_KINDS)[number]);
      case 'feature':
        return FEATURES.indexOf(text as (typeof FEATURES)[number]);
      case 'scope':
        return INVALIDATION_SCOPES.indexOf(text as (typeof INVALIDATION_SCOPES)[number]);
      case 'response':
        return RESPONSES.indexOf(text as (typeof RESPONSES)[number]);
      case 'entry':
        return world.generator.entryNamed(text);
      default:
        return typeof word === 'number' ? small(text) : -1;
    }
  }

  private named(text: string, at: number, count: number, never: string): number {
    if (text.startsWith(never)) return small(text.slice(never.length));
    const name = Number(text.slice(1));
    for (let i = 0; i < count; i++) if (name > 0 && this.world.words[at + i] === name) return i;
    return -1;
  }

  effectWords(effect: Effect): Record<string, string | number> {
    const { architecture } = this.world;
    const words: Record<string, string | number> = { command: architecture.commands[effect.command].name };
    words.device = effect.device;
    if (effect.pasid >= 0) words.pasid = effect.pasid;
    if (effect.tag > 0) words.tag = effect.tag;
    if (effect.page !== 0) words.page = `0x${(effect.page * 4096).toString(16)}`;
    if (effect.mask !== 0) words.mask = effect.mask;
    return words;
  }

  describeEffect(effect: Effect): string {
    const { title } = this.world.architecture.commands[effect.command];
    const { command, ...scope } = this.effectWords(effect);
    return `${title} takes effect (${Object.entries(scope)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')})`;
  }

  describe(action: Action): string {
    const record = this.record(action);
    const values = Object.entries(record.arguments ?? {}).map(([name, value]) => `${name} ${value}`);
    const failing = record.alternative !== undefined ? ' (made to fail)' : '';
    return `${record.agent}: ${record.does}${values.length > 0 ? `(${values.join(', ')})` : ''}${failing}`;
  }
}

/** What is about to be made gets the number that is free; a bad call may name another, and where none is free it has to. */
function made(number: number, free: number): string {
  return number === free ? 'new' : `new ${number}`;
}

function numberOf(word: string, free: number): number {
  return word === 'new' ? free : small(word.slice('new '.length));
}

/** A number as an action packs it, or -1. */
function small(text: string): number {
  const value = Number(text);
  return text !== '' && Number.isInteger(value) && value >= 0 && value < 16 ? value : -1;
}

/** Whether the argument names what the operation is about to make. */
function isMaking(code: number, argument: string): boolean {
  return (
    (OPERATION_NAMES[code] === 'createSpace' && argument === 'space') ||
    (OPERATION_NAMES[code] === 'allocFrame' && argument === 'frame')
  );
}

/** Whether the argument says nothing in this call: the parent of a space that has none, the page of an invalidation of all. */
function isMute(code: number, argument: string, args: Int32Array): boolean {
  if (code === OPERATION_CODE.createSpace) return argument === 'parent' && SPACE_KINDS[args[1]] !== 'nested';
  return code === OPERATION_CODE.guestInvalidate && argument === 'page' && args[1] === 0;
}
