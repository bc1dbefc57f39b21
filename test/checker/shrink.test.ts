import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StaleTlb } from '../../models/peers/stale-tlb.js';
import { compareCosts, costOf } from '../../src/checker/cost.js';
import { explore } from '../../src/checker/explore.js';
import { findingKey } from '../../src/checker/finding.js';
import { IntList } from '../../src/checker/int-list.js';
import { mendedReplay } from '../../src/checker/mended-replay.js';
import type { ActionRecord, Model } from '../../src/checker/model.js';
import { executeRun } from '../../src/checker/run.js';
import { shrink } from '../../src/checker/shrink.js';
import { recordRun, replay, UnresolvedRecord } from '../../src/checker/trace.js';
import { bruteForce } from './brute-force.js';
import { ProgramModel } from './program-model.js';
import { somePrograms, unguardedSection } from './programs.js';

/** The first failing run from `from` on, with its trace. */
function failingRun(model: Model, from: number, operations: number) {
  const actions = new IntList();
  for (let run = from; run < from + 1000; run++) {
    const { violations, finished } = executeRun(model, 11, run, operations, actions);
    if (violations.length === 0) continue;
    const taken = [...actions.items.subarray(0, actions.length)];
    const violation = violations[0];
    return { violation, cost: costOf(model, taken), trace: recordRun(model, taken, finished) };
  }
  throw new Error('no run fails');
}

/** The trace without one operation and its steps, by names. */
function withoutOperation(records: readonly ActionRecord[], name: string): ActionRecord[] {
  const open = new Map<string, string>();
  return records.filter((record) => {
    if (record.operation !== undefined) open.set(record.agent, record.operation);
    return open.get(record.agent) !== name;
  });
}

describe('shrink', () => {
  it('reaches the shortest trace there is from every failing run of the peer protocol', () => {
    for (const defect of ['completionKeepsTlb', 'submitDropsPending'] as const) {
      const model = new StaleTlb(2, defect);
      const [shortest] = explore(model).violations;
      for (let from = 0; from < 40; from += 4) {
        const { violation, trace } = failingRun(model, from, 60);
        const result = shrink(model, trace, violation);
        expect(result.minimal).toBe(true);
        expect(compareCosts(result, shortest)).toBe(0);
      }
    }
  });

  it('lowers arguments to the smallest that still fail', () => {
    const model = new StaleTlb(2, 'completionKeepsTlb');
    const { violation, trace } = failingRun(model, 0, 60);
    const numbers = shrink(model, trace, violation).trace.records.flatMap((record) =>
      Object.values(record.arguments ?? {}),
    );
    expect(numbers.every((value) => value === 0)).toBe(true);
  });

  it('takes two operations away where neither can go alone', () => {
    /** Violated by a DMA after an even number of detaches. */
    class Parity extends StaleTlb {
      private even = true;
      override reset(): void {
        super.reset();
        this.even = true;
      }
      override apply(action: number): void {
        super.apply(action);
        const what = this.describe(action);
        if (what.startsWith('detach')) this.even = !this.even;
        const violation = { property: 'parity', cause: 'parity/even', explanation: [] };
        this.violations = what.startsWith('dma') && this.even ? [violation] : [];
      }
    }
    const model = new Parity(1);
    const attach = { agent: 'protocol', does: 'attach', arguments: { device: 0, domain: 0 } };
    const detach = { agent: 'protocol', does: 'detach', arguments: { device: 0 } };
    const map = { agent: 'protocol', does: 'map', arguments: { domain: 0, page: 0 } };
    const dma = { agent: 'protocol', does: 'dma', arguments: { device: 0, page: 0 } };
    const records = [attach, detach, attach, map, detach, attach, dma].map((record, i) => ({
      ...record,
      operation: `o${i + 1}`,
    }));
    const { trace, operations } = shrink(
      model,
      { records, finished: false },
      {
        property: 'parity',
        cause: 'parity/even',
        explanation: [],
      },
    );
    expect(operations).toBe(3);
    expect(trace.records.map(({ does }) => does)).toEqual(['attach', 'map', 'dma']);
  });

  it('finishes a call whose steps it does not know before the next call of the agent', () => {
    const model = new ProgramModel(unguardedSection(), { loops: true });
    const { violation, trace } = failingRun(model, 0, 40);
    const key = findingKey(violation);
    const opens = trace.records.flatMap(({ operation, agent }, i) =>
      operation !== undefined && agent === 'agent 0' ? [i] : [],
    );
    const records = trace.records.filter(
      ({ agent, operation }, i) => agent !== 'agent 0' || operation !== undefined || i > opens[1],
    );
    expect(records.length).toBeLessThan(trace.records.length);
    const mended = mendedReplay(model, records, false, key)!;
    expect(mended.violation.cause).toBe(violation.cause);
    expect(mended.actions.length).toBeGreaterThan(records.length);
  });

  it('drops needless operations and merges needless switches of a race', () => {
    const model = new ProgramModel(unguardedSection(), { loops: true });
    const [shortest] = explore(model).violations.toSorted(compareCosts);
    for (let from = 0; from < 30; from++) {
      const { violation, trace } = failingRun(model, from, 40);
      const result = shrink(model, trace, violation);
      expect(result.violation.cause).toBe(violation.cause);
      // The agents' programs are alike but not their causes: both are equally long.
      expect(compareCosts(result, shortest)).toBe(0);
    }
  });

  it('ends with the cheapest trace or one from which no operation can be taken, on generated programs', () => {
    let cheapest = 0;
    let all = 0;
    fc.assert(
      fc.property(somePrograms, (programs) => {
        const model = new ProgramModel(programs, { progress: true });
        const { costs } = bruteForce(model);
        fc.pre(costs.size > 0);
        const actions = new IntList();
        for (let run = 0; run < 10; run++) {
          const { violations } = executeRun(model, 5, run, 10, actions);
          if (violations.length === 0) continue;
          const trace = recordRun(model, [...actions.items.subarray(0, actions.length)]);
          const result = shrink(model, trace, violations[0]);
          const best = costs.get(violations[0].cause)!;
          expect(compareCosts(result, best)).toBeGreaterThanOrEqual(0);
          all++;
          if (compareCosts(result, best) === 0) cheapest++;
          for (const { operation } of result.trace.records) {
            if (operation === undefined) continue;
            const less = replay(
              model,
              { records: withoutOperation(result.trace.records, operation), finished: false },
              { tolerant: true },
            );
            expect(less.violations.map(({ cause }) => cause)).not.toContain(result.violation.cause);
          }
        }
      }),
      { numRuns: 100, seed: 4 },
    );
    expect(all).toBeGreaterThan(200);
    expect(cheapest / all).toBeGreaterThan(0.9);
  });

  it('is deterministic, and says when its budget ended it', () => {
    const model = new StaleTlb(2, 'completionKeepsTlb');
    const { violation, trace } = failingRun(model, 0, 60);
    expect(shrink(model, trace, violation)).toEqual(shrink(model, trace, violation));
    const cut = shrink(model, trace, violation, { budget: 5 });
    expect(cut).toMatchObject({ minimal: false, replays: 5 });
    expect(replay(model, cut.trace).violations[0].cause).toBe(violation.cause);
  });

  it('refuses a trace that does not fail so', () => {
    const model = new StaleTlb(2, 'completionKeepsTlb');
    const { violation, trace } = failingRun(model, 0, 60);
    expect(() => shrink(new StaleTlb(2), trace, violation)).toThrow('do not do the same twice');
  });
});

describe('traces', () => {
  it('replay as they went, and stop at the violation', () => {
    const model = new ProgramModel(unguardedSection(), { loops: true });
    const { violation, trace } = failingRun(model, 0, 40);
    const result = replay(model, JSON.parse(JSON.stringify(trace)));
    expect(result.violations).toEqual([violation]);
    expect(result.actions).toHaveLength(trace.records.length);
    expect(
      replay(model, { records: [...trace.records, ...trace.records], finished: false }).violations,
    ).toEqual([violation]);
  });

  it('name the record that means nothing, or skip it', () => {
    const model = new StaleTlb(1);
    const trace = recordRun(
      model,
      explore(new StaleTlb(1, 'completionKeepsTlb')).violations[0].actions.slice(0, 3),
    );
    const broken = {
      records: trace.records.with(0, { agent: 'protocol', does: 'complete', arguments: { domain: 1 } }),
      finished: false,
    };
    expect(() => replay(model, broken)).toThrow(UnresolvedRecord);
    expect(() => replay(model, broken)).toThrow(
      'step 1 of the trace cannot be taken: protocol complete domain 1',
    );
    expect(replay(model, broken, { tolerant: true }).skipped).toContain(0);
  });

  it('keep the names of operations when others go, and are named afresh at the end', () => {
    const model = new ProgramModel(unguardedSection(), { loops: true });
    const { violation, trace } = failingRun(model, 0, 40);
    const names = shrink(model, trace, violation).trace.records.flatMap(({ operation }) => operation ?? []);
    expect(names).toEqual(names.map((_, i) => `o${i + 1}`));
  });
});
