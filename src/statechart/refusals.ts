import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { type MachinePlace, StatechartError } from './error.js';

/** Why a part of XState's language is outside the compiled subset; the same for procedures and lifecycles. */
const REASONS: Readonly<Record<string, string>> = {
  after: 'delayed transitions (`after`) are refused: time passes in steps only',
  entry: '`entry` actions are refused: put them on the transitions',
  exit: '`exit` actions are refused: put them on the transitions',
  history: 'history states are refused: keep what matters in a register',
  states: 'nested states are refused: a machine of the subset is flat',
  route: 'route transitions are refused',
};

const ALWAYS_ALLOWED = ['id', 'description', 'meta', 'tags'];
const ALLOWED_AT_ROOT = [
  ...ALWAYS_ALLOWED,
  'context',
  'output',
  'initial',
  'states',
  'types',
  'version',
  'type',
];

/** Everything that the subset refuses whatever kind of machine it is. `allowed` are the state keys this kind has. */
export function refuseForeignParts(
  machine: AnyStateMachine,
  file: string | undefined,
  allowed: readonly string[],
  reasons: Readonly<Record<string, string>>,
): void {
  const whole = { file, machine: machine.id };
  refuseType(machine.root, whole);
  refuseKeys(machine.root.config, ALLOWED_AT_ROOT, reasons, whole);
  const { initial } = machine.root.config;
  if (typeof initial !== 'string') {
    throw new StatechartError(whole, '`initial` must be the name of a state');
  }
  if (!Object.hasOwn(machine.root.states, initial)) {
    throw new StatechartError(whole, `\`initial\` names '${initial}', which is no state`);
  }
  for (const node of statesOf(machine)) {
    const place = { ...whole, state: node.key };
    refuseType(node, place);
    if (node.type === 'compound') {
      throw new StatechartError(place, REASONS.states);
    }
    refuseKeys(node.config, [...ALWAYS_ALLOWED, 'type', ...allowed], reasons, place);
  }
}

/** The states of a flat machine, in the order in which they are written. */
export function statesOf(machine: AnyStateMachine): readonly AnyStateNode[] {
  return Object.values(machine.root.states) as AnyStateNode[];
}

function refuseType(node: AnyStateNode, place: MachinePlace): void {
  if (node.type === 'parallel') {
    throw new StatechartError(place, 'parallel states are refused: an agent does one thing at a time');
  }
  if (node.type === 'history') {
    throw new StatechartError(place, REASONS.history);
  }
}

function refuseKeys(
  config: object,
  allowed: readonly string[],
  reasons: Readonly<Record<string, string>>,
  place: MachinePlace,
): void {
  for (const [key, value] of Object.entries(config)) {
    if (value !== undefined && !allowed.includes(key)) {
      throw new StatechartError(
        place,
        reasons[key] ?? REASONS[key] ?? `\`${key}\` is outside the compiled subset`,
      );
    }
  }
}
