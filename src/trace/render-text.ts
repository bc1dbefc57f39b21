import type { StepKind } from '../vocabulary/step.js';
import type { Trace, TraceStep } from './format.js';
import { PLAIN, type Style } from './style.js';
import { hang } from './wrap.js';

export interface TextOptions {
  /** What the property states and why it must hold, where it is known. */
  readonly property?: { readonly statement: string; readonly explanation: string };
  /** Columns: 72 to 100. */
  readonly width?: number;
  /** Every step, those that change nothing a reader needs too. */
  readonly verbose?: boolean;
  readonly style?: Style;
}

const WIDTH = 100;
const NUMBER_WIDTH = 6;
const LANE_WIDTH = 22;
/** A column keeps at least so many characters for its text. */
const LEAST_TEXT = 36;

/** Steps that only move inside a procedure: left out, and counted, unless something was made stale in them. */
const QUIET: ReadonlySet<StepKind> = new Set(['lock', 'unlock', 'read', 'reference', 'put', 'other']);

/**
 * A counterexample for a terminal: what does not hold and why it must, the operations with what each step changed in a column
 * for each agent, and the cause.
 */
export function renderText(trace: Trace, options: TextOptions = {}): string {
  const { width = WIDTH, style = PLAIN } = options;
  const { verdict } = trace;
  const lines = [
    `${style.red('violated')} ${style.bold(verdict.property)}  ${trace.design} on ${trace.driver}${fault(trace)}`,
    style.dim(`  ${counted(trace)}; ${worldOf(trace)}`),
  ];
  if (options.property) {
    const { statement, explanation } = options.property;
    lines.push(...hang(statement, width, '  must hold: ', '             '));
    lines.push(...hang(explanation, width, '  because:   ', '             '));
  }
  lines.push('', ...new Lanes(trace, width, options.verbose ?? false, style).lines(), '');
  verdict.explanation.slice(0, 3).forEach((line, i) => {
    lines.push(...hang(line, width, i === 0 ? `${style.bold('  cause:')} ` : '         ', '         '));
  });
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function fault({ verdict }: Trace): string {
  return verdict.fault === undefined ? '' : `, in a step of the ${verdict.fault}`;
}

function counted({ operations, switches, steps, finished }: Trace): string {
  const many = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
  const end = finished ? ', seen after the teardown' : '';
  return `${many(operations, 'operation')}, ${many(switches, 'switch').replace('switchs', 'switches')}, ${many(steps.length, 'step')}${end}`;
}

function worldOf({ shape, mends, without, swaps = [] }: Trace): string {
  const parts = [`world ${shape.name}`];
  if (mends.length > 0)
    parts.push(`mended: ${mends.length > 4 ? `${mends.length} mends` : mends.join(', ')}`);
  if (without.length > 0) parts.push(`without ${without.join(', ')}`);
  for (const [first, second] of swaps) parts.push(`${first} and ${second} exchanged`);
  return parts.join('; ');
}

/** The steps, each in the column of its agent. Columns overlap to the right: in any line only one agent speaks. */
class Lanes {
  private readonly agents: readonly string[];
  private readonly laneWidth: number;
  private readonly out: string[] = [];

  constructor(
    private readonly trace: Trace,
    private readonly width: number,
    private readonly verbose: boolean,
    private readonly style: Style,
  ) {
    this.agents = [...new Set(trace.steps.map((step) => step.agent))].sort(byKind);
    const room = width - NUMBER_WIDTH - LEAST_TEXT;
    this.laneWidth = Math.min(LANE_WIDTH, Math.floor(room / Math.max(1, this.agents.length - 1)));
  }

  lines(): string[] {
    const heads = this.agents.map((agent) => agent.slice(0, this.laneWidth - 1).padEnd(this.laneWidth));
    this.out.push(this.style.dim(`${' '.repeat(NUMBER_WIDTH)}${heads.join('').trimEnd()}`));
    const { steps } = this.trace;
    for (let i = 0; i < steps.length; ) {
      const call = this.wholeCallFrom(i);
      const quiet = this.quietFrom(i);
      const alike = this.alikeFrom(i);
      if (call > 0) {
        const { changes } = steps[i + call - 1];
        const end = changes.findLast((change) => change.startsWith('returns'));
        this.say(
          i,
          `${this.style.bold(`${steps[i].operation} ${describeCall(steps[i])}`)} ${end} ${this.style.dim(`(${call} ${call === 1 ? 'step' : 'steps'})`)}`,
          true,
        );
        i += call;
      } else if (alike > 1) {
        this.step(i);
        this.say(i, this.style.dim(`… ${alike - 1} more times`), false);
        i += alike;
      } else if (quiet > 0) {
        this.say(i, this.style.dim(quiet === 1 ? '… 1 step' : `… ${quiet} steps`), false);
        i += quiet;
      } else {
        this.step(i);
        i += 1;
      }
    }
    return this.out;
  }

  /**
   * Steps of a call that begins here, runs to its end undisturbed, leaves nothing stale and is not at fault: its line says enough.
   * What hardware does meanwhile counts as its own.
   */
  private wholeCallFrom(from: number): number {
    const { steps, verdict } = this.trace;
    if (this.verbose || steps[from].operation === undefined) return 0;
    const stale = new Set<string>();
    for (let i = from; i < steps.length - 1; i++) {
      const { agent, operation, alternative, changes, does } = steps[i];
      if (agent !== steps[from].agent && !agent.startsWith('iommu ')) return 0;
      if (
        (operation !== undefined && i > from) ||
        alternative !== undefined ||
        verdict.cause.endsWith(`:${does}`)
      )
        return 0;
      for (const change of changes) {
        if (change.startsWith(NOW_STALE)) stale.add(change.slice(NOW_STALE.length));
        if (change.startsWith(NO_LONGER_STALE)) stale.delete(change.slice(NO_LONGER_STALE.length));
      }
      if (agent === steps[from].agent && changes.some((change) => change.startsWith('returns'))) {
        return stale.size === 0 ? i - from + 1 : 0;
      }
    }
    return 0;
  }

  /** How often the same step is done from here on, with nothing in it that must be told. */
  private alikeFrom(from: number): number {
    const { steps } = this.trace;
    if (this.verbose || steps[from].kind === undefined) return 1;
    let count = 1;
    for (; from + count < steps.length - 1; count++) {
      const { agent, does, alternative, changes } = steps[from + count];
      if (
        agent !== steps[from].agent ||
        does !== steps[from].does ||
        alternative !== undefined ||
        changes.some(isTold)
      )
        break;
    }
    return this.isQuiet(from) ? 1 : count;
  }

  /** How many steps of one agent from here on are left out. */
  private quietFrom(from: number): number {
    const { steps } = this.trace;
    let count = 0;
    // The last step is the one that violates: it is always told.
    while (
      from + count < steps.length - 1 &&
      steps[from + count].agent === steps[from].agent &&
      this.isQuiet(from + count)
    )
      count++;
    return count;
  }

  private isQuiet(at: number): boolean {
    const { kind, changes, operation, alternative } = this.trace.steps[at];
    if (this.verbose || operation !== undefined || alternative !== undefined || kind === undefined)
      return false;
    return QUIET.has(kind) && changes.every((change) => !isTold(change));
  }

  private step(at: number): void {
    const step = this.trace.steps[at];
    const [head, ...told] = this.toldOf(step);
    this.say(at, head, true);
    for (const change of told) this.say(at, `  ${change}`, false);
  }

  private toldOf(step: TraceStep): string[] {
    if (step.operation !== undefined) {
      return [this.style.bold(`${step.operation} ${describeCall(step)}`), ...step.changes];
    }
    const failing =
      step.alternative === undefined
        ? ''
        : step.kind === 'allocate'
          ? ' (made to fail)'
          : ` (choice ${step.alternative})`;
    const words = Object.entries(step.arguments ?? {}).map(([name, value]) => `${name} ${value}`);
    if (step.kind === undefined)
      return step.changes.length > 0 ? [...step.changes] : [[step.does, ...words].join(' ')];
    const [first, ...rest] = step.changes;
    const place = shortPlace(step.does);
    return [
      first === undefined || isTold(first) ? `${place}${failing}` : `${place}: ${first}${failing}`,
      ...(first !== undefined && isTold(first) ? [first] : []),
      ...rest,
    ];
  }

  /** One text in the lane of the step's agent, over as many lines as it takes. */
  private say(at: number, text: string, numbered: boolean): void {
    const lane = this.agents.indexOf(this.trace.steps[at].agent);
    const indent = NUMBER_WIDTH + lane * this.laneWidth;
    const number = numbered ? `${String(at + 1).padStart(NUMBER_WIDTH - 2)}  ` : ' '.repeat(NUMBER_WIDTH);
    const first = number + ' '.repeat(indent - NUMBER_WIDTH) + (text.startsWith('  ') ? '  ' : '');
    this.out.push(...hang(text.trimStart(), this.width, first, `${' '.repeat(indent)}    `));
  }
}

/** How the recorder words what a step did to entries that hardware may hold. */
const NOW_STALE = 'now stale: ';
const NO_LONGER_STALE = 'no longer stale: ';

/** What a reader must not miss, whatever kind of step it happens in. */
function isTold(change: string): boolean {
  return change.startsWith('returns') || change.startsWith(NOW_STALE) || change.startsWith(NO_LONGER_STALE);
}

/** `iommufd/attach/lockGroup` without its owner. */
function shortPlace(place: string): string {
  return place.split('/').slice(1).join('.');
}

export function describeCall({ does, arguments: given = {} }: TraceStep): string {
  const { by, ...rest } = given;
  const words = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return `${does}(${words.join(', ')})${by === undefined ? '' : ` by ${by}`}`;
}

/** Callers first, then the design's own agents, then hardware, then devices. */
function byKind(a: string, b: string): number {
  const rank = (name: string) =>
    name.startsWith('caller ') ? 0 : name.startsWith('iommu ') ? 2 : name.startsWith('device ') ? 3 : 1;
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}
