import { describe, expect, test } from 'vitest';
import { explore } from '../../src/checker/explore.js';
import { sample } from '../../src/checker/sample.js';
import { differences, follow } from './follow.js';
import { randomOf, walk } from './random-walk.js';
import { PAGE, toyWorld, type ToyWorldChoice } from './toy-world.js';

const open: ToyWorldChoice = { shape: { allocationFailures: 1, badCalls: true } };

describe('the same world on another architecture', () => {
  test('a driver that forgets the device-TLB is found out by random search', () => {
    const world = toyWorld({ ...open, mended: false, concrete: true });
    const { failures } = sample(world, { seed: 1, runs: 60, operations: 20 });
    const causes = failures.map(({ violation }) => violation.cause);
    expect(causes).toContain('no-stale-iotlb:device-TLB entry:toy@test/unmapPage/clear');
  });

  test('and by one caller, whoever the run had call', () => {
    const world = toyWorld({ shape: { ...open.shape, callers: 2 }, mended: false, concrete: true });
    const { failures } = sample(world, { seed: 1, runs: 60, operations: 20 });
    const found = failures.find(({ violation }) => violation.cause.includes('toy@test/unmapPage/clear'));
    const callers = found?.trace.records.filter(({ operation }) => operation).map(({ agent }) => agent);
    expect(new Set(callers)).toEqual(new Set(['caller 0']));
  });

  test('and holds when mended', () => {
    const { failures } = sample(toyWorld({ ...open, concrete: true }), { seed: 1, runs: 60, operations: 20 });
    expect(failures.map(({ violation }) => violation.cause)).toEqual([]);
  });

  test('exhaustive search finds it too, and clears the mended driver', () => {
    const shape = {
      spaces: 1,
      frames: 1,
      principals: ['kernel', 'vm1'],
      pages: [PAGE],
      permissions: [3],
      pageRequests: 0,
    };
    const flawed = explore(toyWorld({ mended: false, shape }), { reduce: true });
    expect(flawed.violations.map(({ violation }) => violation.cause)).toContain(
      'no-stale-iotlb:device-TLB entry:toy@test/unmapPage/clear',
    );
    const mended = explore(toyWorld({ shape }), { reduce: true });
    expect([mended.verdict, mended.violations]).toEqual(['exhaustive', []]);
  });

  test.each([{ mended: true }, { mended: false }])(
    'ledger and full closure agree, mended $mended',
    ({ mended }) => {
      const world = toyWorld({ ...open, mended, properties: [] });
      const closure = follow(world);
      let stale = 0;
      walk(world, randomOf('toy', String(mended)), 2500, () => {
        stale += closure.ledger.size;
        expect(differences(world, closure)).toEqual([]);
        return true;
      });
      expect(stale).toBeGreaterThan(100);
    },
  );
});
