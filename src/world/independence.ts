import type { Judging } from '../checker/model.js';
import type { Program } from '../statechart/program.js';
import type { StepContext } from '../vocabulary/context.js';
import type { CompiledDesign, GlobalPoint } from './compiled-design.js';
import { Footprint, REQUESTS } from './footprint.js';
import { isLocal } from './local-steps.js';

/**
 * Which steps of the one caller have nothing to do with what declared agents do: while a search only judges, such a step goes first
 * (docs/decisions/checker-reduction.md). What steps touch is learnt as they are carried out; a step is relied on only when it has been
 * once, and if it turns out that one was relied on that ought not to have been, the search must begin again.
 */
export class Independence implements Judging {
  isOn = false;
  /** Of each point, in the order of their numbers. */
  private readonly footprints: Footprint[] = [];
  private readonly local: readonly boolean[];
  private readonly ofAgents: readonly boolean[];
  private readonly instants: readonly (readonly number[])[];
  private readonly hasRun: Uint8Array;
  private readonly hadRun: Uint8Array;
  private readonly relied: Uint8Array;
  /** For each point, whether it goes first; -1 where that must be found out again. */
  private readonly first: Int8Array;
  private isGrown = false;
  private wasWrong = false;

  private readonly points: readonly GlobalPoint[];

  constructor(
    { points, firstPoint }: CompiledDesign,
    agents: ReadonlySet<Program>,
    /** Whether allocations fail in the world. */
    private readonly mayFail: boolean,
  ) {
    this.points = points;
    this.local = points.map(isLocal);
    this.ofAgents = points.map(({ program }) => agents.has(program));
    this.instants = points.map(({ program, local }) => {
      const from = firstPoint.get(program) as number;
      return program.instantsAfter(local).map((instant) => from + instant);
    });
    this.hasRun = new Uint8Array(points.length);
    this.hadRun = new Uint8Array(points.length);
    this.relied = new Uint8Array(points.length);
    this.first = new Int8Array(points.length).fill(-1);
  }

  /** What the step of the point is bound to. Points are bound in their order. */
  contextOf(point: number, world: StepContext): StepContext {
    const footprint = new Footprint(world, () => {
      this.isGrown = true;
    });
    this.footprints[point] = footprint;
    // Whether memory has run out already is common to all.
    if (this.mayFail && (this.points[point].step.alternatives ?? 1) > 1)
      footprint.note('failing allocations');
    return footprint;
  }

  /** What has been learnt so far holds for every search: see {@link forget}. */
  keep(): void {
    for (const footprint of this.footprints) footprint.keep();
    this.hadRun.set(this.hasRun);
  }

  forget(): void {
    for (const footprint of this.footprints) footprint.forget();
    this.hasRun.set(this.hadRun);
  }

  begin(): void {
    this.isOn = true;
    this.isGrown = false;
    this.wasWrong = false;
    this.relied.fill(0);
    this.first.fill(-1);
  }

  end(): void {
    this.isOn = false;
  }

  get isWrong(): boolean {
    if (this.isGrown) this.lookAgain();
    return this.wasWrong;
  }

  /** The step of the point is carried out. */
  ran(point: number): void {
    if (this.hasRun[point] === 1) return;
    this.hasRun[point] = 1;
    this.isGrown = true;
  }

  goesFirst(point: number): boolean {
    if (this.isGrown) this.lookAgain();
    if (this.first[point] < 0) this.first[point] = this.isFree(point) ? 1 : 0;
    if (this.first[point] === 0) return false;
    this.relied[point] = 1;
    return true;
  }

  private lookAgain(): void {
    this.isGrown = false;
    this.first.fill(-1);
    this.wasWrong ||= this.relied.some((relied, point) => relied === 1 && !this.isFree(point));
  }

  private isFree(point: number): boolean {
    if (!this.local[point] || this.hasRun[point] === 0) return false;
    return [point, ...this.instants[point]].every((one) => !this.isShared(this.footprints[one]));
  }

  private isShared(footprint: Footprint): boolean {
    return (
      footprint.touches(REQUESTS) ||
      this.footprints.some((other, point) => this.ofAgents[point] && footprint.meets(other))
    );
  }
}
