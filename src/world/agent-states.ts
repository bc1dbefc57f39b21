import type { Layout, StateVector } from '../hardware/state-vector.js';

/** Words of an agent before its registers. */
const POINT = 0; // control point + 1; 0 when idle
const OPERATION = 1; // operation code
const PRINCIPAL = 2;
const ARGS = 3; // five
const STEPS = 8; // steps of this call
const FLAGS = 9; // see below
const NAME = 10; // number of the operation in the trace
const REGISTERS = 11;

/** An allocation was made to fail in this call. */
export const INJECTED = 1;
/** Another call was open at the same time. */
export const OVERLAPPED = 2;
/** When the call was opened, the design had to refuse it in every possible state. */
export const HOPELESS = 4;
/** Hardware could reach what nothing entitles it to but an order in which the call ought to have been refused. */
export const TRESPASSED = 8;
/** A call that must not fail has returned while this one was open, and memory had run out in it. */
export const BESIDE_SHORTAGE = 16;
/** A call about a route has failed for want of memory while this one was open. */
export const BESIDE_FAILURE = 32;
/** A space has been freed while this call was open. */
export const BESIDE_FREE = 64;
/** The device that this call is about was pulled out after it had been opened. */
export const UNPLUGGED = 128;
/** A pool, the objects of a kind or the memory for tables were found exhausted in this call. */
export const EXHAUSTED = 256;
/** Above these bits, one for each page request: it was open on what the call replaces when the call was opened, and still is. */
const HAD_REQUEST_SHIFT = 8;
/** More requests than a word has bits left for are not watched so: built-in worlds have two. */
const MOST_WATCHED = 22;
/** The flag of a page request, 1 the first. */
export function hadRequest(request: number): number {
  return request <= MOST_WATCHED ? 1 << (HAD_REQUEST_SHIFT + request) : 0;
}
/** Those of the flags that tell of other calls. */
export const BESIDE = BESIDE_SHORTAGE | BESIDE_FAILURE | BESIDE_FREE;

/** Where every agent with a procedure stands: callers first, then declared agents. */
export class AgentStates {
  readonly stride: number;
  private readonly base: number;
  private state!: StateVector;
  words!: Int32Array;

  constructor(
    readonly count: number,
    readonly registers: number,
    layout: Layout,
  ) {
    this.stride = REGISTERS + registers;
    this.base = layout.take(this.stride * count);
  }

  connect(state: StateVector): void {
    this.state = state;
    this.words = state.words;
  }

  private at(agent: number): number {
    return this.base + agent * this.stride;
  }
  isIdle(agent: number): boolean {
    return this.words[this.at(agent) + POINT] === 0;
  }
  point(agent: number): number {
    return this.words[this.at(agent) + POINT] - 1;
  }
  setPoint(agent: number, point: number): void {
    this.state.set(this.at(agent) + POINT, point + 1);
  }
  operation(agent: number): number {
    return this.words[this.at(agent) + OPERATION];
  }
  principal(agent: number): number {
    return this.words[this.at(agent) + PRINCIPAL];
  }
  arg(agent: number, index: number): number {
    return this.words[this.at(agent) + ARGS + index];
  }
  steps(agent: number): number {
    return this.words[this.at(agent) + STEPS];
  }
  countStep(agent: number): number {
    const at = this.at(agent) + STEPS;
    const steps = this.words[at] + 1;
    this.state.set(at, steps);
    return steps;
  }
  flags(agent: number): number {
    return this.words[this.at(agent) + FLAGS];
  }
  flag(agent: number, flag: number): void {
    const at = this.at(agent) + FLAGS;
    this.state.set(at, this.words[at] | flag);
  }
  unflag(agent: number, flag: number): void {
    const at = this.at(agent) + FLAGS;
    this.state.set(at, this.words[at] & ~flag);
  }
  name(agent: number): number {
    return this.words[this.at(agent) + NAME];
  }
  /** First register, as an index of the state vector. */
  registersAt(agent: number): number {
    return this.at(agent) + REGISTERS;
  }

  headerAt(agent: number): number {
    return this.at(agent);
  }
  flagsAt(agent: number): number {
    return this.at(agent) + FLAGS;
  }

  open(agent: number, operation: number, principal: number, args: ArrayLike<number>, name: number): void {
    const at = this.at(agent);
    this.state.set(at + OPERATION, operation);
    this.state.set(at + PRINCIPAL, principal);
    for (let i = 0; i < 5; i++) this.state.set(at + ARGS + i, args[i]);
    this.state.set(at + STEPS, 0);
    this.state.set(at + FLAGS, 0);
    this.state.set(at + NAME, name);
  }

  close(agent: number): void {
    const at = this.at(agent);
    for (let i = 0; i < REGISTERS; i++) this.state.set(at + i, 0);
  }
}
