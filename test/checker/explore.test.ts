import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StaleTlb } from '../../models/peers/stale-tlb.js';
import { explore, type ExploreResult } from '../../src/checker/explore.js';
import { LimitError } from '../../src/vocabulary/limit.js';
import { bruteForce } from './brute-force.js';
import { type Instruction, ProgramModel } from './program-model.js';
import { referenceSearch } from './reference-search.js';
import {
  crossedLocks,
  independent,
  largerPrograms,
  narrowWindow,
  somePrograms,
  unlockedCounter,
} from './programs.js';

function costsOf(result: ExploreResult) {
  return new Map(
    result.violations.map(({ violation, operations, switches, steps }) => [
      violation.cause,
      { operations, switches, steps },
    ]),
  );
}

describe('explore', () => {
  it('visits each state once and applies each action of each state once', () => {
    // Two agents of three independent steps: a grid of 4 × 4, each step along an edge of it; 20 paths through it.
    const model = new ProgramModel(independent(2, 3));
    const result = explore(model);
    expect(result).toMatchObject({
      verdict: 'exhaustive',
      states: 16,
      transitions: 24,
      violations: [],
      limits: [],
    });
    expect(bruteForce(model).sequences).toBe(20);
    expect(explore(new ProgramModel(independent(3, 3), { variables: 3 }))).toMatchObject({
      states: 64,
      transitions: 144,
    });
  });

  it('finds the lost update with the fewest switches', () => {
    const result = explore(new ProgramModel(unlockedCounter()));
    // The cheapest wrong ending needs no interleaving at all: the second agent alone.
    expect(result.violations).toHaveLength(1);
    expect(result.violations[0]).toMatchObject({ operations: 1, switches: 0, steps: 4 });
  });

  it('finds a deadlock that the model reports, by its steps and by its full check', () => {
    const judged = explore(new ProgramModel(crossedLocks(), { progress: true }));
    expect(judged.violations).toHaveLength(1);
    expect(judged.violations[0]).toMatchObject({ operations: 2, switches: 1, steps: 4 });
    expect(judged.violations[0].violation.property).toBe('progress');

    class OnlyChecked extends ProgramModel {
      override apply(action: number): void {
        super.apply(action);
        this.violations = [];
      }
    }
    expect(explore(new OnlyChecked(crossedLocks(), { progress: true }))).toMatchObject({
      verdict: 'exhaustive',
    });
    const checked = explore(new OnlyChecked(crossedLocks(), { progress: true }), { fullCheck: true });
    expect(costsOf(checked)).toEqual(costsOf(judged));
  });

  it('takes the cheaper of two ways to a finding where the dearer one is met first', () => {
    const model = new ProgramModel(
      [
        [{ does: 'lock', on: 1 }, { does: 'begin' }, { does: 'lock', on: 1 }],
        [
          { does: 'lock', on: 1 },
          { does: 'set', on: 0, to: 1 },
        ],
      ],
      { progress: true },
    );
    // Agent 0 locks itself out by an operation; agent 1 ends with the lock, without any.
    expect(explore(model).violations).toMatchObject([{ operations: 0, switches: 0, steps: 2 }]);
  });

  it('reports what brute force reports, each cause at its least cost', () => {
    fc.assert(
      fc.property(somePrograms, (programs) => {
        const model = new ProgramModel(programs, { progress: true });
        expect(costsOf(explore(model))).toEqual(bruteForce(model).costs);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  it('reports what a slow search over states and last agents reports, and counts what it counts', () => {
    fc.assert(
      fc.property(largerPrograms, fc.boolean(), fc.boolean(), (programs, loops, reduce) => {
        const model = new ProgramModel(programs, { progress: !loops, loops });
        fc.pre(explore(model, { maxStates: 800 }).limits.length === 0);
        const reference = referenceSearch(model);
        const result = explore(model, { reduce });
        expect(costsOf(result)).toEqual(reference.costs);
        if (reduce) return;
        expect(result).toMatchObject({ states: reference.states, transitions: reference.transitions });
      }),
      { numRuns: 250, seed: 5 },
    );
  });

  it('answers the same with and without the reduction, at the same lengths', () => {
    let fewer = 0;
    fc.assert(
      fc.property(somePrograms, fc.boolean(), (programs, loops) => {
        const model = new ProgramModel(programs, { progress: !loops, loops });
        const limit = { maxOperations: loops ? 3 : 10, maxStates: 20_000 };
        const plain = explore(model, limit);
        const reduced = explore(model, { ...limit, reduce: true });
        fc.pre(!plain.limits.includes('states'));
        expect(reduced.verdict).toBe(plain.verdict);
        expect(costsOf(reduced)).toEqual(costsOf(plain));
        expect(reduced.states).toBeLessThanOrEqual(plain.states);
        if (reduced.states < plain.states) fewer++;
      }),
      { numRuns: 300, seed: 2 },
    );
    expect(fewer).toBeGreaterThan(100);
  });

  it('stores no state between invisible steps', () => {
    const model = new ProgramModel(narrowWindow(8));
    const plain = explore(model);
    const reduced = explore(model, { reduce: true });
    expect(costsOf(reduced)).toEqual(costsOf(plain));
    // Plain: 12 places × 3, and 2 more for the places after `set`, where the order of both stores shows. Reduced: the 8 places
    // after an invisible step are gone, and the 4 where one agent has ended and the other has begun.
    expect([plain.states, reduced.states]).toEqual([38, 10]);
  });

  it('stores no state with a single successor, whoever moves next', () => {
    // Agent 1 waits for the lock, so nothing but agent 0 moves until it is free: `lock` to `unlock` is one step, and so is all
    // that agent 1 does after agent 0 has ended.
    const set: Instruction = { does: 'set', on: 0, to: 1 };
    const locked: Instruction[] = [{ does: 'lock', on: 0 }, set, { does: 'unlock', on: 0 }];
    const model = new ProgramModel([
      [{ does: 'lock', on: 0 }, set, set, set, { does: 'unlock', on: 0 }],
      locked,
    ]);
    const plain = explore(model);
    const reduced = explore(model, { reduce: true });
    // Plain: 1, then 5 and then 3 steps in either order. Reduced: the start and the end alone.
    expect([plain.states, reduced.states]).toEqual([16, 2]);
  });

  it('ends where endless invisible steps are all that is left', () => {
    const endless = new ProgramModel([[{ does: 'local', to: 1 }], [{ does: 'set', on: 0, to: 1 }]], {
      loops: true,
    });
    expect(explore(endless, { reduce: true }).verdict).toBe('exhaustive');
  });

  it('gives traces that run from the start by plain steps', () => {
    fc.assert(
      fc.property(somePrograms, fc.boolean(), (programs, reduce) => {
        const model = new ProgramModel(programs, { progress: true });
        for (const found of explore(model, { reduce }).violations) {
          model.reset();
          found.actions.forEach((action, i) => {
            const out = new Int32Array(64);
            expect(out.subarray(0, model.enabled(out))).toContain(action);
            model.apply(action);
            expect(model.violations.length > 0).toBe(i === found.actions.length - 1);
          });
          expect(model.violations[0].cause).toBe(found.violation.cause);
        }
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it('goes on beside a step that a bound of the checker is in the way of, and is bounded', () => {
    class Bounded extends StaleTlb {
      override apply(action: number): void {
        if (this.describe(action) === barred) throw new LimitError('more than it can carry');
        super.apply(action);
      }
    }
    const first = new StaleTlb(1);
    const enabled = new Int32Array(64);
    first.reset();
    const actions = [...enabled.subarray(0, first.enabled(enabled))];
    const barred = first.describe(actions[0]);
    for (const reduce of [false, true]) {
      const { limits, verdict, states, outgrown } = explore(new Bounded(1), { reduce });
      expect({ limits, verdict }).toEqual({ limits: ['capacity'], verdict: 'bounded' });
      expect(outgrown).toEqual([{ limit: 'more than it can carry', count: expect.any(Number) }]);
      expect(states).toBeLessThan(explore(new StaleTlb(1), { reduce }).states);
      expect(states).toBeGreaterThan(10);
    }
    // What is found elsewhere stands, and its trace is rebuilt.
    const flawed = explore(new Bounded(2, 'completionKeepsTlb'));
    expect(flawed).toMatchObject({ verdict: 'violated', limits: ['capacity'] });
    expect(explore(new StaleTlb(1)).outgrown).toEqual([]);
  });

  it('never calls a cut search exhaustive, and says what cut it', () => {
    const model = () => new StaleTlb(1);
    expect(explore(model(), { maxStates: 100 })).toMatchObject({
      verdict: 'bounded',
      limits: ['states'],
      states: 100,
    });
    expect(explore(model(), { maxStates: 441 })).toMatchObject({ verdict: 'exhaustive', states: 441 });
    expect(explore(model(), { maxOperations: 2 })).toMatchObject({
      verdict: 'bounded',
      limits: ['operations'],
      depth: 2,
    });
    expect(explore(model(), { interrupted: () => true })).toMatchObject({
      verdict: 'bounded',
      limits: ['interrupt'],
    });
    const switching = new ProgramModel(independent(2, 3));
    expect(explore(switching, { maxSwitches: 0 })).toMatchObject({
      verdict: 'bounded',
      limits: ['switches'],
      states: 7,
    });
    const violated = new StaleTlb(2, 'completionKeepsTlb');
    expect(explore(violated, { firstOnly: true })).toMatchObject({ verdict: 'violated', limits: ['first'] });
  });

  it('counts what it covered, once an action', () => {
    const result = explore(new StaleTlb(2));
    const sum = result.coverage.actions.hits.reduce((a, b) => a + b);
    expect(sum).toBe(result.transitions);
  });
});

describe('the stale-TLB protocol', () => {
  it.each([
    [1, 441, 2142],
    [2, 21_609, 138_180],
    [3, 1_058_841, 8_102_346],
  ])(
    'has exactly the known states with %i pages',
    (pages, states, transitions) => {
      expect(explore(new StaleTlb(pages))).toMatchObject({ verdict: 'exhaustive', states, transitions });
    },
    60_000,
  );

  it('is violated when completion forgets the IOTLB', () => {
    const { verdict, violations } = explore(new StaleTlb(2, 'completionKeepsTlb'));
    expect(verdict).toBe('violated');
    expect(violations).toHaveLength(1);
    expect(violations[0]).toMatchObject({ operations: 6, switches: 0, steps: 6 });
    expect(violations[0].violation.cause).toBe('no-stale-tlb/iotlb/complete');
  });

  it('is violated when a submission loses pages', () => {
    const { violations } = explore(new StaleTlb(2, 'submitDropsPending'));
    // attach, map two pages, DMA to the second, unmap both, submit.
    expect(violations[0]).toMatchObject({ operations: 7, switches: 0, steps: 7 });
  });
});
