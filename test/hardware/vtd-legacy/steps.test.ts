import { expect, test } from 'vitest';
import { InvalidationQueue, PENDING } from '../../../src/hardware/queue.js';
import { StateVector } from '../../../src/hardware/state-vector.js';
import { makeSecondLevel } from '../../../src/hardware/vtd/entries/second-level.js';
import { EVERY_PAGE } from '../../../src/hardware/vtd/steps/index.js';
import { COMMAND, vtdLegacy } from '../../../src/hardware/vtd-legacy/index.js';
import { legacySteps, TYPE } from '../../../src/hardware/vtd-legacy/steps/index.js';
import { NaiveWalker } from '../../../src/hardware/vtd-legacy/walk-naive.js';
import type { StepContext } from '../../../src/vocabulary/context.js';
import { shape, TestMachine } from '../machine.js';

const RID = 0x10;

/** A machine that steps act on, one at a time by name. */
function operator() {
  const machine = new TestMachine(vtdLegacy, shape());
  const queue = new InvalidationQueue(new StateVector(InvalidationQueue.size(1, 4)), 0, 4, vtdLegacy);
  const context = {
    shape: machine.world,
    memory: {
      low: (frame: number, index: number) => machine.low(frame, index),
      high: (frame: number, index: number) => machine.high(frame, index),
      store: (frame: number, index: number, low: number, high: number) =>
        machine.ram.store64(frame, index, low, high),
    },
    hardware: {
      canSubmit: () => queue.hasRoom(0),
      submit: (command: number, ...scope: [number, number, number, number, number, number]) =>
        queue.submit(0, command, ...scope),
      hasCompleted: (_device: number, ticket: number) => queue.hasCompleted(0, ticket),
      setRoot: (iommu: number, frame: number) => {
        machine.roots[iommu] = frame;
      },
      root: (iommu: number) => machine.roots[iommu],
    },
  } as unknown as StepContext;
  const run = (name: string, ...inputs: number[]): number => {
    expect(inputs.length, `inputs of ${name}`).toBe(legacySteps[name].inputs.length);
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = inputs;
    return legacySteps[name].bind(context, {})(a, b, c, d, e, 0);
  };
  return { machine, queue, run };
}

test.each([3, 4])('a context entry is set, and taken down again, for tables of %i levels', (levels) => {
  const { machine, run } = operator();
  const [root, contexts, ...tables] = Array.from({ length: 2 + levels }, () => machine.table());
  run('setRootTable', 0, root);
  expect([run('contextTable', 0), run('contextPresent', 0)]).toEqual([0, 0]);
  run('linkContextTable', 0, contexts);
  expect(run('contextTable', 0)).toBe(contexts);
  tables.forEach((table, i) => {
    machine.store(table, i === levels - 1 ? 3 : 0, makeSecondLevel(tables[i + 1] ?? 0x77, 3));
  });
  run('storeContextHigh', 0, levels, 5);
  run('storeContextLow', 0, TYPE.deviceTlb, tables[0]);
  expect(run('contextPresent', 0)).toBe(0);
  run('setContextPresent', 0);
  expect([run('contextPresent', 0), run('contextDomain', 0)]).toEqual([1, 5]);
  const walker = new NaiveWalker(machine);
  expect([walker.translate(0, RID, 3, 3), walker.frame, walker.tag]).toEqual([0, 0x77, 5]);
  run('clearContextLow', 0);
  expect([run('contextPresent', 0), walker.translate(0, RID, 3, 3) !== 0]).toEqual([0, true]);
  run('clearContextHigh', 0);
  expect(machine.ram.used(contexts)).toBe(0);
});

test('flushes put the domain into the queue', () => {
  const { queue, run } = operator();
  const command = (place: number): number[] =>
    (['command', 'device', 'pasid', 'tag', 'page', 'mask'] as const).map((field) =>
      queue.field(0, place, PENDING[field]),
    );
  run('flushContext', 0, 5);
  expect(command(0)).toEqual([COMMAND['context-device'], 0, -1, 5, 0, EVERY_PAGE]);
  run('flushIotlbPages', 0, 5, 0x40, 3);
  expect(command(1)).toEqual([COMMAND['iotlb-page'], 0, -1, 5, 0x40, 3]);
  run('flushDeviceTlb', 0, 0x40, 2);
  expect(command(2)).toEqual([COMMAND['device-tlb'], 0, -1, -1, 0x40, 2]);
});
