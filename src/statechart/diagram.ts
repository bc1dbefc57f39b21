import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { guardText } from './guard-text.js';
import { ACTIONS, type Params } from './primitives.js';
import type { Argument, InputOfArguments } from './procedure.js';

export const DIAGRAM_FORMATS = ['mermaid', 'dot', 'json'] as const;
export type DiagramFormat = (typeof DIAGRAM_FORMATS)[number];

/** What is drawn of a machine: read from XState's own definition, never from the compiled table. */
export interface Drawing {
  readonly machine: string;
  readonly initial: string;
  readonly states: readonly DrawnState[];
  readonly transitions: readonly DrawnTransition[];
}

export interface DrawnState {
  readonly name: string;
  readonly kind: 'final' | 'choice' | 'step' | 'fail' | 'state';
  /** The step or procedure with what it is given: `driver/setEntry(device, domain)`. */
  readonly invokes?: string;
}

export interface DrawnTransition {
  readonly from: string;
  readonly to: string;
  /** `done`, `error`, `always`, or the event of a lifecycle. */
  readonly event: string;
  readonly guard?: string;
  readonly actions: readonly string[];
  readonly isError: boolean;
}

/** Draw a procedure or a lifecycle. */
export function diagram(machine: AnyStateMachine, format: DiagramFormat): string {
  const drawing = draw(machine);
  switch (format) {
    case 'mermaid':
      return mermaid(drawing);
    case 'dot':
      return dot(drawing);
    case 'json':
      return `${JSON.stringify(drawing, null, 2)}\n`;
  }
}

export function draw(machine: AnyStateMachine): Drawing {
  const nodes = Object.values(machine.root.states) as AnyStateNode[];
  return {
    machine: machine.id,
    initial: machine.root.config.initial as string,
    states: nodes.map(drawState),
    transitions: nodes.flatMap((node) =>
      [...transitionsOf(node)].map((each) => drawTransition(node, ...each)),
    ),
  };
}

function drawState(node: AnyStateNode): DrawnState {
  const [invoke] = node.invoke;
  if (invoke) {
    const { args = {} } = ((invoke as { input?: unknown }).input ?? {}) as Partial<InputOfArguments>;
    const given = Object.entries(args).map(([name, value]) => drawArgument(name, value));
    const src = invoke.src as string;
    return { name: node.key, kind: src === 'fail' ? 'fail' : 'step', invokes: `${src}(${given.join(', ')})` };
  }
  return { name: node.key, kind: node.type === 'final' ? 'final' : node.always ? 'choice' : 'state' };
}

function drawArgument(name: string, value: Argument): string {
  if (typeof value === 'string') {
    return value;
  }
  return typeof value === 'number'
    ? `${name} ${value}`
    : value.register === name
      ? name
      : `${name} ${value.register}`;
}

function* transitionsOf(node: AnyStateNode): Generator<[event: string, transition: AnyTransitionDefinition]> {
  for (const [descriptor, transitions] of node.transitions) {
    const event = /^xstate\.(done|error)\.actor\./.exec(descriptor)?.[1] ?? descriptor;
    for (const transition of transitions) {
      yield [event, transition];
    }
  }
  for (const transition of node.always ?? []) {
    yield ['always', transition];
  }
}

function drawTransition(
  node: AnyStateNode,
  event: string,
  transition: AnyTransitionDefinition,
): DrawnTransition {
  const guard = drawGuard(transition.guard);
  return {
    from: node.key,
    to: (transition.target?.[0] ?? node).key,
    event,
    ...(guard && { guard }),
    actions: transition.actions.map((action) => drawAction(action as unknown)),
    isError: event === 'error',
  };
}

function drawGuard(guard: unknown): string {
  if (guard === undefined) {
    return '';
  }
  if (typeof guard === 'function') {
    return ((guard as { guards?: readonly unknown[] }).guards ?? []).map(drawGuard).join(' and ');
  }
  const { type, params } = guard as { type: string; params?: Params };
  return guardText(type, params);
}

function drawAction(action: unknown): string {
  const { type, params = {} } =
    typeof action === 'string' ? { type: action } : (action as { type: string; params?: Params });
  if (!Object.hasOwn(ACTIONS, type)) {
    return type;
  }
  const { to, operand, sign } = ACTIONS[type as keyof typeof ACTIONS];
  return `${(params as Params)[to]} ${sign} ${operand === 'outcome' ? operand : (params as Params)[operand]}`;
}

function label({ event, guard, actions, isError }: DrawnTransition): string {
  // A step that is done needs no word for it; everything else is named.
  const words = [
    isError || (event !== 'done' && event !== 'always') ? event : '',
    guard ? `[${guard}]` : '',
    actions.length > 0 ? `/ ${actions.join('; ')}` : '',
  ];
  return words.filter((word) => word !== '').join(' ');
}

/** Mermaid's state names are identifiers and its labels end at a line; a colon or semicolon in a label would end it early. */
function mermaid({ initial, states, transitions }: Drawing): string {
  const lines = ['stateDiagram-v2', `  [*] --> ${initial}`];
  const text = (given: string) => given.replaceAll(';', ',').replaceAll(':=', '←');
  for (const { name, kind, invokes } of states) {
    if (invokes) {
      lines.push(`  ${name}: ${name}<br/>${text(invokes)}`);
    }
    if (kind === 'choice') {
      lines.push(`  state ${name} <<choice>>`);
    }
    if (kind === 'fail') {
      lines.push(`  ${name}:::failure`);
    }
  }
  for (const transition of transitions) {
    const words = text(label(transition));
    lines.push(`  ${transition.from} --> ${transition.to}${words && `: ${words}`}`);
  }
  for (const { name, kind } of states) {
    if (kind === 'final' || kind === 'fail') {
      lines.push(`  ${name} --> [*]`);
    }
  }
  if (states.some((state) => state.kind === 'fail')) {
    lines.push('  classDef failure stroke:#c00,color:#c00');
  }
  return `${lines.join('\n')}\n`;
}

const DOT_SHAPES: Readonly<Record<DrawnState['kind'], string>> = {
  final: 'doublecircle',
  choice: 'diamond',
  step: 'box',
  fail: 'octagon',
  state: 'ellipse',
};

function dot({ machine, initial, states, transitions }: Drawing): string {
  const lines = [`digraph ${quoted(machine)} {`, '  start [shape=point];', `  start -> ${quoted(initial)};`];
  for (const { name, kind, invokes } of states) {
    const text = invokes ? `${name}\n${invokes}` : name;
    lines.push(`  ${quoted(name)} [shape=${DOT_SHAPES[kind]}, label=${quoted(text)}];`);
  }
  for (const transition of transitions) {
    const style = transition.isError ? ', style=dashed, color=red' : '';
    lines.push(
      `  ${quoted(transition.from)} -> ${quoted(transition.to)} [label=${quoted(label(transition))}${style}];`,
    );
  }
  return `${lines.join('\n')}\n}\n`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
