import type { Action, ActionRecord, Coverage, Model, Phase } from '../../src/checker/model.js';
import type { Random } from '../../src/vocabulary/random.js';
import type { Violation } from '../../src/vocabulary/violation.js';

/** One instruction of an agent. Variables and locks are shared, each agent has one register of its own. */
export type Instruction =
  | { readonly does: 'begin' }
  | { readonly does: 'set'; readonly on: number; readonly to: number }
  /** Set the register to a variable. */
  | { readonly does: 'load'; readonly on: number }
  /** Set a variable to the register + 1. */
  | { readonly does: 'storeNext'; readonly on: number }
  | { readonly does: 'lock'; readonly on: number }
  | { readonly does: 'unlock'; readonly on: number }
  /** Change the register alone: invisible to others. */
  | { readonly does: 'local'; readonly to: number }
  /** Set the register to 0 or 1. */
  | { readonly does: 'choose' }
  /** A violation when the variable is not `to`. */
  | { readonly does: 'expect'; readonly on: number; readonly to: number }
  /** A violation when the register is not `to`. Nobody else sees it, but a property does. */
  | { readonly does: 'expectOwn'; readonly to: number };

export interface ProgramOptions {
  readonly variables?: number;
  readonly locks?: number;
  /** Start again after the last instruction. */
  readonly loops?: boolean;
  /** Standing still before every program ended is a violation. */
  readonly progress?: boolean;
  /** Judged by `finish`: this variable must be 0. */
  readonly mustEndZero?: number;
  readonly name?: string;
}

const NONE: readonly Violation[] = [];
const MAX_LENGTH = 64;

/** A few straight programs over shared variables and locks: small enough to know every interleaving by hand or brute force. */
export class ProgramModel implements Model {
  readonly name: string;
  readonly agents: number;
  readonly maxEncoding: number;
  readonly coverage: Coverage;
  readonly changes: readonly string[] = [];
  violations: readonly Violation[] = NONE;
  /** Actions applied since the model was made, whoever asked. */
  applied = 0;
  private readonly programs: readonly (readonly Instruction[])[];
  private readonly options: ProgramOptions;
  /** Program counters, registers, variables, locks (0 free, else owner + 1). */
  private state: Uint8Array;
  private readonly registers: number;
  private readonly variables: number;
  private readonly locks: number;
  private saved: Uint8Array[] = [];
  private phase: Phase = 'work';
  private begun = 0;
  private resolved: ActionRecord | undefined;

  constructor(programs: readonly (readonly Instruction[])[], options: ProgramOptions = {}) {
    this.programs = programs;
    this.options = options;
    this.name = options.name ?? 'program';
    this.agents = programs.length;
    this.registers = this.agents;
    this.variables = 2 * this.agents;
    this.locks = this.variables + (options.variables ?? 2);
    this.maxEncoding = this.locks + (options.locks ?? 2);
    this.state = new Uint8Array(this.maxEncoding);
    const names = programs.flatMap((program, agent) => program.map((_, pc) => `${agent}.${pc}`));
    this.coverage = { groups: { instructions: { names, hits: new Float64Array(names.length) } } };
  }

  agentName(agent: number): string {
    return `agent ${agent}`;
  }

  reset(): void {
    this.state.fill(0);
    this.saved = [];
    this.violations = NONE;
    this.phase = 'work';
    this.begun = 0;
    this.resolved = undefined;
  }

  enabled(out: Int32Array): number {
    let count = 0;
    for (let agent = 0; agent < this.agents; agent++) {
      if (!this.canMove(agent)) continue;
      const action = (agent * MAX_LENGTH + this.state[agent]) * 2;
      out[count++] = action;
      if (this.at(action).does === 'choose') out[count++] = action + 1;
    }
    return count;
  }

  draw(agent: number, random: Random): Action {
    if (!this.canMove(agent)) return -1;
    const action = (agent * MAX_LENGTH + this.state[agent]) * 2;
    return this.at(action).does === 'choose' ? action + random.below(2) : action;
  }

  canMove(agent: number): boolean {
    const instruction = this.programs[agent][this.state[agent]];
    if (instruction === undefined) return false;
    if (instruction.does === 'begin') return this.phase === 'work';
    return instruction.does !== 'lock' || this.state[this.locks + instruction.on] === 0;
  }

  agentOf(action: Action): number {
    return Math.floor(action / 2 / MAX_LENGTH);
  }

  isOperation(action: Action): boolean {
    return this.at(action).does === 'begin';
  }

  describe(action: Action): string {
    return `agent ${this.agentOf(action)}: ${JSON.stringify(this.at(action))}`;
  }

  apply(action: Action): void {
    this.applied++;
    const agent = this.agentOf(action);
    const pc = (action >> 1) % MAX_LENGTH;
    const instruction = this.at(action);
    const before = this.programs.slice(0, agent).reduce((sum, program) => sum + program.length, 0);
    this.coverage.groups.instructions.hits[before + pc]++;
    const register = this.registers + agent;
    this.violations = NONE;
    switch (instruction.does) {
      case 'begin':
        this.begun++;
        break;
      case 'set':
        this.state[this.variables + instruction.on] = instruction.to;
        break;
      case 'load':
        this.state[register] = this.state[this.variables + instruction.on];
        break;
      case 'storeNext':
        this.state[this.variables + instruction.on] = this.state[register] + 1;
        break;
      case 'lock':
        this.state[this.locks + instruction.on] = agent + 1;
        break;
      case 'unlock':
        this.state[this.locks + instruction.on] = 0;
        break;
      case 'local':
        this.state[register] = instruction.to;
        break;
      case 'choose':
        this.state[register] = action & 1;
        break;
      case 'expect':
        if (this.state[this.variables + instruction.on] !== instruction.to)
          this.violate('expect', `${agent}.${pc}`);
        break;
      case 'expectOwn':
        if (this.state[register] !== instruction.to) this.violate('expect', `${agent}.${pc}`);
        break;
    }
    this.state[agent] = this.options.loops ? (pc + 1) % this.programs[agent].length : pc + 1;
    if (this.violations === NONE && this.options.progress && this.stuck()) this.violate('progress', 'stuck');
  }

  mark(): number {
    return this.saved.push(this.state.slice()) - 1;
  }

  rollback(mark: number): void {
    this.state = this.saved[mark];
    this.saved.length = mark;
  }

  encode(out: Uint8Array, offset: number): number {
    out.set(this.state, offset);
    return this.maxEncoding;
  }

  decode(from: Uint8Array, offset: number, length: number): void {
    this.state = from.slice(offset, offset + length);
  }

  footprint(action: Action): { reads: number; writes: number; visible: boolean } {
    const { does } = this.at(action);
    return { reads: 1, writes: 1, visible: does !== 'local' && does !== 'begin' };
  }

  check(): readonly Violation[] {
    this.violations = NONE;
    if (this.options.progress && this.stuck()) this.violate('progress', 'stuck');
    return this.violations;
  }

  quiescent(): boolean {
    return this.programs.every((program, agent) => {
      const next = program[this.state[agent]];
      return next === undefined || next.does === 'begin';
    });
  }

  setPhase(phase: Phase): void {
    this.phase = phase;
  }

  finish(): readonly Violation[] {
    const { mustEndZero } = this.options;
    if (mustEndZero === undefined || this.state[this.variables + mustEndZero] === 0) return NONE;
    return [{ property: 'end', cause: 'end/not-zero', explanation: [] }];
  }

  record(action: Action): ActionRecord {
    const instruction = this.at(action);
    const agent = this.agentName(this.agentOf(action));
    const does = `${(action >> 1) % MAX_LENGTH} ${instruction.does}`;
    const chosen = (action & 1) === 1 ? { alternative: 1 } : {};
    if (instruction.does !== 'begin') return { agent, does, ...chosen };
    const known = this.resolved?.agent === agent ? this.resolved.operation : undefined;
    return { agent, does, ...chosen, operation: known ?? `o${this.begun + 1}` };
  }

  resolve(record: ActionRecord): Action {
    const out = new Int32Array(2 * this.agents);
    const action = out.subarray(0, this.enabled(out)).find((enabled) => {
      const { agent, does, alternative } = this.record(enabled);
      return agent === record.agent && does === record.does && alternative === record.alternative;
    });
    this.resolved = record;
    return action ?? -1;
  }

  position(agent: number): string {
    const next = this.programs[agent][this.state[agent]];
    return next === undefined || next.does === 'begin' ? '' : `${this.state[agent]}`;
  }

  setTracing(): void {}

  private at(action: Action): Instruction {
    return this.programs[this.agentOf(action)][(action >> 1) % MAX_LENGTH];
  }

  private stuck(): boolean {
    const ended = this.programs.every((program, agent) => this.state[agent] >= program.length);
    return !ended && this.programs.every((_, agent) => !this.canMove(agent));
  }

  private violate(property: string, at: string): void {
    this.violations = [{ property, cause: `${property}/${at}`, explanation: [`${property} at ${at}`] }];
  }
}
