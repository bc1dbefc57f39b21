import { describe, expect, it } from 'vitest';
import { StaleTlb } from '../../models/peers/stale-tlb.js';
import type { Model, Phase } from '../../src/checker/model.js';
import { EndlessRun } from '../../src/checker/run.js';
import { generatorOf, planOf } from '../../src/checker/run-plan.js';
import { finishSample, foldBatches, sample, sampleBatch } from '../../src/checker/sample.js';
import { PctSchedule, type Schedule, UniformSchedule } from '../../src/checker/schedule.js';
import { LimitError } from '../../src/vocabulary/limit.js';
import { ProgramModel } from './program-model.js';
import { narrowWindow, unguardedSection } from './programs.js';

const options = { seed: 7, operations: 20 };

function violating() {
  return new StaleTlb(2, 'completionKeepsTlb');
}

describe('sample', () => {
  it('gives the same bytes however the runs are cut into batches', () => {
    const model = violating();
    const whole = JSON.stringify(sampleBatch([model], { ...options, from: 0, to: 90 }));
    for (const cuts of [
      [0, 1, 90],
      [0, 30, 60, 90],
      [0, 45, 45, 90],
    ]) {
      const parts = cuts
        .slice(1)
        .map((to, i) => sampleBatch([violating()], { ...options, from: cuts[i], to }));
      expect(JSON.stringify(parts.reduce(foldBatches))).toBe(whole);
    }
    // Executed in another order, folded in theirs.
    const later = sampleBatch([model], { ...options, from: 45, to: 90 });
    const earlier = sampleBatch([model], { ...options, from: 0, to: 45 });
    expect(JSON.stringify(foldBatches(earlier, later))).toBe(whole);
    expect(() => foldBatches(later, earlier)).toThrow('cannot be followed');
  });

  it('works in several models by turns, and keeps which one a finding is of', () => {
    const sound = new StaleTlb(2);
    const models = [sound, violating(), sound];
    const batch = (from: number, to: number) => sampleBatch(models, { ...options, from, to });
    const { failures } = batch(0, 90);
    expect(failures.length).toBeGreaterThan(0);
    for (const { run } of failures) expect(run % 3).toBe(1);
    expect([batch(0, 1), batch(1, 32), batch(32, 90)].reduce(foldBatches).failures).toEqual(failures);
    expect(sampleBatch([sound], { ...options, from: 0, to: 90 }).failures).toEqual([]);
  });

  it('keeps the first of equally cheap runs, in one batch and in many', () => {
    const leak = () =>
      new ProgramModel([[{ does: 'begin' }, { does: 'set', on: 0, to: 1 }]], { loops: true, mustEndZero: 0 });
    const batch = (from: number, to: number) => sampleBatch([leak()], { seed: 1, operations: 3, from, to });
    const [failure] = batch(0, 8).failures;
    expect(failure).toMatchObject({ run: 0, count: 8, operations: 3 });
    expect([batch(0, 3), batch(3, 4), batch(4, 8)].reduce(foldBatches).failures).toEqual([failure]);
  });

  it('gives the same bytes for a stop after N runs and for N runs', () => {
    let asked = 0;
    const stopped = sample(violating(), { ...options, stop: () => ++asked > 77 });
    expect(stopped.runs).toBe(77);
    const counted = sample(violating(), { ...options, runs: 77 });
    expect(JSON.stringify(stopped)).toBe(JSON.stringify(counted));
    const folded = sampleBatch([violating()], { ...options, from: 0, to: 77 });
    expect(JSON.stringify(finishSample(violating(), folded))).toBe(JSON.stringify(counted));
  });

  it('does the first run whenever it is stopped', () => {
    expect(sample(violating(), { ...options, stop: () => true }).runs).toBe(1);
  });

  it('draws other runs from other seeds, names and numbers', () => {
    const drawn = [
      generatorOf(1, 'a', 0).next(),
      generatorOf(2, 'a', 0).next(),
      generatorOf(1, 'b', 0).next(),
      generatorOf(1, 'a', 1).next(),
    ];
    expect(new Set(drawn).size).toBe(4);
    expect(generatorOf(1, 'a', 0).next()).toBe(drawn[0]);
    expect(planOf(1, 'a', 5)).toEqual(planOf(1, 'a', 5));
    const plans = Array.from({ length: 200 }, (_, run) => planOf(1, 'a', run));
    expect(new Set(plans.map((plan) => plan.schedule))).toEqual(new Set(['uniform', 'pct']));
    expect(new Set(plans.map((plan) => plan.changePoints))).toEqual(new Set([0, 1, 2, 3]));
    expect(new Set(plans.map((plan) => plan.avoidedQuarters))).toEqual(new Set([0, 1, 2]));
  });

  it('holds where nothing is wrong, and says what it covered', () => {
    const result = sample(new StaleTlb(2), { ...options, runs: 100 });
    expect(result).toMatchObject({ verdict: 'sampled', runs: 100, failures: [] });
    const hits = result.coverage.actions.hits;
    expect(hits.every((count) => count > 0)).toBe(true);
    expect(hits.reduce((a, b) => a + b)).toBe(result.steps);
    expect(result.operations).toBeGreaterThanOrEqual(100 * options.operations);
  });

  it('shrinks each finding to the length that exhaustive search gives', () => {
    const { failures } = sample(violating(), { ...options, runs: 50 });
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ operations: 6, switches: 0, steps: 6, minimal: true });
    expect(failures[0].count).toBeGreaterThan(1);
    const lost = sample(new StaleTlb(2, 'submitDropsPending'), { ...options, runs: 200 });
    expect(lost.failures[0]).toMatchObject({ operations: 7, steps: 7, minimal: true });
  });

  it('judges the end of a run once it is torn down', () => {
    const leak = [[{ does: 'begin' }, { does: 'set', on: 0, to: 1 }]] as const;
    const model = new ProgramModel(leak, { loops: true, mustEndZero: 0 });
    const { failures } = sample(model, { seed: 1, operations: 10, runs: 3 });
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ operations: 1, switches: 0, steps: 2, count: 3 });
    expect(failures[0].trace.finished).toBe(true);
  });

  it('drains every run before it tears it down', () => {
    const seen: string[] = [];
    class Watched extends StaleTlb {
      override setPhase(phase: Phase): void {
        seen.push(phase);
        if (phase === 'teardown') expect(this.quiescent()).toBe(true);
        super.setPhase(phase);
      }
    }
    sample(new Watched(2), { ...options, runs: 3 });
    const run = ['work', 'drain', 'teardown'];
    expect(seen).toEqual([...run, ...run, ...run]);
  });

  it('calls a run that never ends an error', () => {
    const endless = new ProgramModel([[{ does: 'local', to: 1 }]], { loops: true });
    expect(() => sample(endless, { seed: 1, operations: 1, runs: 1 })).toThrow(EndlessRun);
  });

  it('keeps what other runs found where a bound of the checker ends some, however runs are cut', () => {
    /** Some of its runs are longer than it can carry. */
    class Bounded extends StaleTlb {
      private taken = 0;
      override reset(): void {
        this.taken = 0;
        super.reset();
      }
      override apply(action: number): void {
        if (++this.taken > 15) throw new LimitError('more than 15 steps');
        super.apply(action);
      }
    }
    const model = () => new Bounded(2, 'completionKeepsTlb');
    const whole = sampleBatch([model()], { ...options, from: 0, to: 60 });
    const [{ limit, count, run }] = whole.limited;
    expect(whole.limited).toHaveLength(1);
    expect(limit).toBe('more than 15 steps');
    expect(whole.to).toBe(60);
    const failed = whole.failures.reduce((sum, failure) => sum + failure.count, 0);
    expect(failed).toBeGreaterThan(0);
    expect(count).toBeGreaterThan(0);
    expect(failed + count).toBeLessThanOrEqual(60);
    expect(sampleBatch([model()], { ...options, from: run, to: run + 1 }).limited).toEqual([
      { limit, count: 1, run },
    ]);
    for (const cut of [1, run, run + 1, 40]) {
      const parts = [
        sampleBatch([model()], { ...options, from: 0, to: cut }),
        sampleBatch([model()], { ...options, from: cut, to: 60 }),
      ];
      expect(parts.reduce(foldBatches)).toEqual(whole);
    }
    // What shrinking tries may meet the bound as well.
    expect(finishSample(model(), whole).verdict).toBe('violated');
    const none = sample(new Bounded(2), { ...options, runs: 20 });
    expect(none.verdict).toBe('sampled');
    expect(none.limited.reduce((sum, each) => sum + each.count, 0)).toBeGreaterThan(10);
  });

  it('leaves kinds of operations out of some runs, and of no teardown', () => {
    const seen: string[] = [];
    class Watched extends StaleTlb {
      override avoid(kinds: Uint8Array): void {
        seen.push(kinds.join(''));
        super.avoid(kinds);
      }
    }
    sample(new Watched(2), { ...options, runs: 100 });
    expect(seen.length).toBeGreaterThan(25);
    expect(seen.length).toBeLessThan(75);
    expect(new Set(seen).size).toBeGreaterThan(10);
  });
});

/** Runs in which the schedule drove the model into a violation. */
function hits(
  model: Model,
  runs: number,
  makeSchedule: (random: ReturnType<typeof generatorOf>) => Schedule,
): number {
  let found = 0;
  for (let run = 0; run < runs; run++) {
    const random = generatorOf(3, model.name, run);
    const schedule = makeSchedule(random);
    model.reset();
    for (let agent = schedule.pick(model, random, 0); agent >= 0; agent = schedule.pick(model, random, 0)) {
      const action = model.draw(agent, random);
      if (model.isOperation(action) && schedule.postpones(agent, random)) continue;
      model.apply(action);
      if (model.violations.length > 0) break;
      schedule.took(agent, random);
    }
    if (model.violations.length > 0) found++;
  }
  return found;
}

describe('schedules', () => {
  it('PCT hits a bug that needs one switch in the right place as often as it promises, uniform hardly ever', () => {
    const model = new ProgramModel(narrowWindow(20));
    // 25 steps in all: 1 of 2 · 25 runs is expected, 400 of these; a standard deviation is 20.
    const pct = hits(model, 20_000, (random) => new PctSchedule(2, 1, 25, random));
    expect(pct).toBeGreaterThan(340);
    expect(pct).toBeLessThan(460);
    expect(hits(model, 4000, () => new UniformSchedule())).toBe(0);
  });

  it('PCT without change points never stops an agent that can go on, so needs one here', () => {
    expect(
      hits(new ProgramModel(narrowWindow(20)), 1000, (random) => new PctSchedule(2, 0, 25, random)),
    ).toBe(0);
  });

  it('PCT starves nobody: an agent that never lacks work gets a new priority with each operation', () => {
    const model = new ProgramModel(unguardedSection(), { loops: true });
    const random = generatorOf(1, 'fair', 0);
    const schedule = new PctSchedule(2, 0, 64, random);
    const steps = [0, 0];
    while (steps[0] + steps[1] < 4000) {
      const agent = schedule.pick(model, random, 0);
      const action = model.draw(agent, random);
      if (model.isOperation(action) && schedule.postpones(agent, random)) continue;
      model.apply(action);
      schedule.took(agent, random);
      steps[agent]++;
    }
    expect(Math.min(...steps)).toBeGreaterThan(1000);
  });

  it('uniform picks each agent that can move equally often, and no other', () => {
    const blocked = new ProgramModel([
      [{ does: 'lock', on: 0 }],
      [{ does: 'lock', on: 0 }],
      [{ does: 'lock', on: 1 }],
      [{ does: 'set', on: 0, to: 1 }],
    ]);
    blocked.reset();
    blocked.apply(0);
    const random = generatorOf(1, 'uniform', 0);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 3000; i++) counts[new UniformSchedule().pick(blocked, random, 0)]++;
    expect(counts.slice(0, 2)).toEqual([0, 0]);
    expect(Math.abs(counts[2] - counts[3])).toBeLessThan(300);
    expect(new UniformSchedule().pick(blocked, random, 0b1100)).toBe(-1);
  });
});
