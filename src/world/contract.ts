import type { BadCondition } from '../vocabulary/design.js';
import { ERRNO, type Errno, errnoName } from '../vocabulary/errno.js';
import { EXHAUSTED, HOPELESS, INJECTED, OVERLAPPED } from './agent-states.js';
import { type Authority, type Fate, OPERATION_CODE, type OpenCall } from './authority.js';
import type { CompiledDesign } from './compiled-design.js';
import { CONDITION_BIT, Conditions, conditionNames, conditionSet } from './conditions.js';

type Answer = CompiledDesign['answers'][number];
type Procedure = Extract<Answer, { procedure: string }>;

/** What a design promises of outcomes: which bad calls it refuses, with which errno, and when a good one may fail. */
export class Contract {
  /** By operation: the conditions that the design answers with an errno, and those that make the call come to nothing. */
  private readonly refusing: Int32Array;
  private readonly voiding: Int32Array;
  private readonly conditions: Conditions;

  constructor(
    private readonly authority: Authority,
    private readonly answers: readonly Answer[],
    { design, driver }: Pick<CompiledDesign, 'design' | 'driver'>,
    /** Whether any page request waits for a response: a fact of the machine, not of the callers' knowledge. */
    private readonly isAnyoneAsking: () => boolean,
  ) {
    this.conditions = new Conditions(authority, driver.lacks, design.handlersHaveTables);
    this.voiding = answeredBy(answers, (errno) => errno === 'void');
    this.refusing = answeredBy(answers, (errno) => errno !== 'void');
  }

  /** What becomes of a call if it takes effect in the variant. */
  readonly fate = (variant: number, call: OpenCall): Fate => {
    const bad = this.conditionsOf(variant, call, true);
    if ((bad & this.voiding[call.operation]) !== 0) return 'nothing';
    return (bad & this.refusing[call.operation]) === 0 ? 'effect' : 'trespass';
  };

  /** Whether no possible state is left in which the call is a good one, or comes to nothing. */
  isHopeless(call: OpenCall): boolean {
    for (let v = 0; v < this.authority.count; v++) if (this.fate(v, call) !== 'trespass') return false;
    return true;
  }

  /** What the design refuses the call for, in each possible state it has not taken effect in. */
  refusalsOf(call: OpenCall): number[] {
    const all: number[] = [];
    for (let v = 0; v < this.authority.count; v++) {
      if (this.authority.hasTaken(v, call.caller)) continue;
      const declared = this.refusing[call.operation] | this.voiding[call.operation];
      all.push(this.conditionsOf(v, call) & declared);
    }
    return all;
  }

  /** What the space of a call to free it is used by, in each possible state in which it is used and the call has not taken effect. */
  usersOf(call: OpenCall): ('routes' | 'children')[] {
    const { authority, conditions } = this;
    const [space] = call.args;
    const users = new Set<'routes' | 'children'>(['routes', 'children']);
    if (space >= authority.shape.spaces) return [];
    let isUsed = false;
    for (let v = 0; v < authority.count; v++) {
      if (authority.hasTaken(v, call.caller)) continue;
      const routes = conditions.hasRoutes(v, space);
      const children = conditions.hasChildren(v, space);
      if (!routes && !children) continue;
      isUsed = true;
      if (!routes) users.delete('routes');
      if (!children) users.delete('children');
    }
    return isUsed ? [...users] : [];
  }

  /** Whether the failure with the outcome makes sense in the variant. */
  explains(variant: number, call: OpenCall, outcome: number, flags: number): boolean {
    const answer = this.answers[call.operation];
    if (!('procedure' in answer)) return true;
    const bad = this.conditionsOf(variant, call) & this.refusing[call.operation];
    return this.mayFail(answer, call, outcome, conditionNames(bad), flags);
  }

  /** What is wrong with the outcome by what the design documents, in words; empty when nothing is. */
  breachOf(call: OpenCall, outcome: number, refusals: readonly number[], flags: number): string {
    const answer = this.answers[call.operation];
    if (!('procedure' in answer)) return '';
    if (outcome >= 0) {
      if ((flags & HOPELESS) === 0) return '';
      for (let v = 0; v < this.authority.count; v++) if (this.authority.isServed(v, call.caller)) return '';
      return `${answer.api} accepted a call it must refuse (${conditionNames(refusals[0] ?? 0).join(', ')})`;
    }
    const bad = refusals.reduce((all, set) => all | set, 0);
    const named = conditionNames(bad & this.refusing[call.operation]);
    if (this.mayFail(answer, call, outcome, named, flags)) return '';
    const why =
      bad !== 0
        ? `documented for ${conditionNames(bad).join(', ')} is another errno`
        : 'nothing is wrong with the call';
    return `${answer.api} failed with ${errnoName(outcome)}: ${why}`;
  }

  private mayFail(
    answer: Procedure,
    call: OpenCall,
    outcome: number,
    conditions: readonly BadCondition[],
    flags: number,
  ): boolean {
    if (mayFail(answer, -outcome, conditions, flags)) return true;
    return (
      answer.withoutPri?.some((errno) => errno === errnoName(outcome)) === true && this.isUnaskable(call)
    );
  }

  /** Whether a device of the group that the call is about does not ask for pages. */
  private isUnaskable({ args: [device] }: OpenCall): boolean {
    const { devices } = this.authority.shape;
    return devices.some(({ group, pri }) => group === devices[device]?.group && !pri);
  }

  private conditionsOf(variant: number, call: OpenCall, certain = false): number {
    const bad = this.conditions.of(variant, call, certain);
    if (call.operation !== OPERATION_CODE.respond || this.isAnyoneAsking()) return bad;
    return bad | CONDITION_BIT.noRequest;
  }
}

function answeredBy(answers: readonly Answer[], isWanted: (errno: unknown) => boolean): Int32Array {
  return Int32Array.from(answers, (answer) =>
    conditionSet(
      Object.entries('procedure' in answer ? (answer.refuses ?? {}) : {})
        .filter(([, bad]) => 'errno' in bad && isWanted(bad.errno))
        .map(([name]) => name as BadCondition),
    ),
  );
}

function mayFail(
  answer: Procedure,
  errno: number,
  conditions: readonly BadCondition[],
  flags: number,
): boolean {
  const name = errnoName(errno);
  // Between the ends of overlapping calls the state may have been one that neither end shows: any documented refusal will do.
  const overlapped = (flags & OVERLAPPED) !== 0;
  const refuses = answer.refuses ?? {};
  for (const condition of overlapped ? (Object.keys(refuses) as BadCondition[]) : conditions) {
    const refusal = refuses[condition];
    if (refusal === undefined || !('errno' in refusal)) continue;
    if (refusal.errno === name || (Array.isArray(refusal.errno) && refusal.errno.includes(name as Errno)))
      return true;
  }
  if (errno === ERRNO.ENOMEM && (flags & INJECTED) !== 0) return true;
  const allows = (errnos: readonly Errno[] = []): boolean => errnos.some((allowed) => allowed === name);
  if (allows(answer.exhausts)) return true;
  if ((flags & (INJECTED | EXHAUSTED)) !== 0 && allows(answer.shortage)) return true;
  return overlapped && allows(answer.busy);
}
