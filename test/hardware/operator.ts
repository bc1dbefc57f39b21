import { expect } from 'vitest';
import { InvalidationQueue } from '../../src/hardware/queue.js';
import { StateVector } from '../../src/hardware/state-vector.js';
import type { Architecture } from '../../src/vocabulary/architecture.js';
import type { StepContext } from '../../src/vocabulary/context.js';
import type { StepSet } from '../../src/vocabulary/step.js';
import { shape, TestMachine } from './machine.js';

/** A machine that steps act on, one at a time by name; it counts the stores of each. */
export function operator(architecture: Architecture, steps: StepSet, afterStore: () => void = () => {}) {
  const machine = new TestMachine(architecture, shape());
  const queue = new InvalidationQueue(new StateVector(InvalidationQueue.size(1, 4)), 0, 4, architecture);
  const counts = { stores: 0 };
  const stored = (): void => {
    counts.stores++;
    afterStore();
  };
  const context = {
    shape: machine.world,
    memory: {
      low: (frame: number, index: number) => machine.low(frame, index),
      high: (frame: number, index: number) => machine.high(frame, index),
      store: (frame: number, index: number, low: number, high: number) => {
        machine.ram.store64(frame, index, low, high);
        stored();
      },
      storePair: (frame: number, index: number, a: number, b: number, c: number, d: number) => {
        machine.ram.store128(frame, index, a, b, c, d);
        stored();
      },
    },
    hardware: {
      canSubmit: () => queue.hasRoom(0),
      submit: (command: number, ...scope: [number, number, number, number, number, number]) =>
        queue.submit(0, command, ...scope),
      hasCompleted: (_device: number, ticket: number) => queue.hasCompleted(0, ticket),
      setRoot: (iommu: number, frame: number) => {
        machine.roots[iommu] = frame;
        stored();
      },
      root: (iommu: number) => machine.roots[iommu],
    },
  } as unknown as StepContext;
  const run = (name: string, ...inputs: number[]): number => {
    expect(inputs.length, `inputs of ${name}`).toBe(steps[name].inputs.length);
    const before = counts.stores;
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = inputs;
    const result = steps[name].bind(context, {})(a, b, c, d, e, 0);
    expect(counts.stores - before, `stores of ${name}`).toBeLessThanOrEqual(1);
    return result;
  };
  const isReady = (name: string, ...inputs: number[]): boolean => {
    const [a = 0, b = 0] = inputs;
    return steps[name].ready!(context, {})(a, b, 0, 0, 0);
  };
  return { machine, queue, run, isReady };
}
