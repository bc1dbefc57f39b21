import { OPERATIONS, type OperationName } from '../vocabulary/operations.js';
import { OPERATION_NAMES } from './authority.js';

/**
 * An action is one 31-bit integer: the agent in the top four bits, below them what it does. An operation takes five bits for
 * its code plus one, two for the principal and four for each of its arguments; a step or an effect takes the alternative chosen.
 */
const PAYLOAD_BITS = 27;
const PAYLOAD = (1 << PAYLOAD_BITS) - 1;
const CODE_SHIFT = 22;
const PRINCIPAL_SHIFT = 20;

export const ARGUMENT_NAMES: readonly (readonly string[])[] = OPERATION_NAMES.map((name) =>
  Object.keys(OPERATIONS[name].arguments),
);
export const ARGUMENT_KINDS: readonly (readonly string[])[] = OPERATION_NAMES.map((name) =>
  Object.values(OPERATIONS[name].arguments),
);
export const ARITY: readonly number[] = ARGUMENT_NAMES.map((names) => names.length);

export function agentOf(action: number): number {
  return action >>> PAYLOAD_BITS;
}
export function payloadOf(action: number): number {
  return action & PAYLOAD;
}
export function pack(agent: number, payload: number): number {
  return (agent << PAYLOAD_BITS) | payload;
}
export function packCall(agent: number, code: number, principal: number, args: ArrayLike<number>): number {
  let packed = 0;
  for (let i = ARITY[code] - 1; i >= 0; i--) packed = (packed << 4) | args[i];
  return pack(agent, ((code + 1) << CODE_SHIFT) | (principal << PRINCIPAL_SHIFT) | packed);
}
/** Whether the payload is of an operation, rather than a step or effect. */
export function isCall(payload: number): boolean {
  return payload >>> CODE_SHIFT !== 0;
}
export function codeOf(payload: number): number {
  return (payload >>> CODE_SHIFT) - 1;
}
export function principalOf(payload: number): number {
  return (payload >>> PRINCIPAL_SHIFT) & 3;
}
/** Write the arguments to `out`, zero-filled to five. */
export function unpackArguments(payload: number, out: Int32Array): void {
  let packed = payload & ((1 << PRINCIPAL_SHIFT) - 1);
  for (let i = 0; i < 5; i++) {
    out[i] = packed & 15;
    packed >>>= 4;
  }
}

/** `map(space 0, page 1, frame 2, permission rw, size 4K)`. */
export function describeCall(code: number, args: ArrayLike<number>): string {
  const name = OPERATION_NAMES[code] as OperationName;
  return `${name}(${ARGUMENT_NAMES[code].map((argument, i) => `${argument} ${args[i]}`).join(', ')})`;
}
