import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ENTRIES, Ram } from '../../src/hardware/ram.js';
import { StateVector } from '../../src/hardware/state-vector.js';

const FRAMES = 4;
const make = (): { state: StateVector; ram: Ram } => {
  const state = new StateVector(7 + Ram.size(FRAMES));
  return { state, ram: new Ram(state, 7, FRAMES) };
};

test('frames are given lowest first, never frame 0, and end', () => {
  const { ram } = make();
  expect([ram.allocate(1), ram.allocate(2), ram.allocate(1), ram.allocate(1)]).toEqual([1, 2, 3, 0]);
  ram.store64(2, 5, 1, 0);
  ram.free(2);
  expect(ram.owner(2)).toBe(0);
  expect(ram.low(2, 5)).toBe(1);
  expect(ram.generation(2)).toBe(1);
  expect(ram.allocate(9)).toBe(2);
  expect([ram.owner(2), ram.low(2, 5), ram.used(2)]).toEqual([9, 0, 0]);
  expect(ram.allocate(1)).toBe(0);
});

test('of the frames that were freed the last is given first', () => {
  const { ram } = make();
  for (const frame of [1, 2, 3]) expect(ram.allocate(1)).toBe(frame);
  for (const frame of [1, 3, 2]) ram.free(frame);
  const order: number[] = [];
  for (let frame = ram.freedAfter(0); frame !== 0; frame = ram.freedAfter(frame)) order.push(frame);
  expect(order).toEqual([2, 3, 1]);
  expect([ram.allocate(1), ram.allocate(1), ram.allocate(1), ram.allocate(1)]).toEqual([2, 3, 1, 0]);
  ram.free(3);
  ram.free(1);
  ram.forgetFreed();
  expect([ram.freedAfter(0), ram.allocate(1), ram.allocate(1)]).toEqual([0, 1, 3]);
});

test('used entries are those that are not zero, and undo restores everything', () => {
  const store = fc.record({
    frame: fc.integer({ min: 1, max: 2 }),
    index: fc.integer({ min: 0, max: ENTRIES - 1 }),
    low: fc.constantFrom(0, 1, -1),
    high: fc.constantFrom(0, 0x40),
  });
  fc.assert(
    fc.property(fc.array(store, { maxLength: 40 }), fc.array(store, { maxLength: 40 }), (before, after) => {
      const { state, ram } = make();
      for (const { frame, index, low, high } of before) ram.store64(frame, index, low, high);
      const snapshot = Array.from(state.words);
      const mark = state.mark();
      for (const { frame, index, low, high } of after) ram.store64(frame, index, low, high);
      for (const frame of [1, 2]) {
        const used: number[] = [];
        for (let i = ram.nextUsed(frame, 0); i < ENTRIES; i = ram.nextUsed(frame, i + 1)) used.push(i);
        const expected = Array.from({ length: ENTRIES }, (_, i) => i).filter(
          (i) => (ram.low(frame, i) | ram.high(frame, i)) !== 0,
        );
        expect(used).toEqual(expected);
        expect(ram.used(frame)).toBe(expected.length);
      }
      ram.clear(1);
      expect(ram.nextUsed(1, 0)).toBe(ENTRIES);
      state.rollback(mark);
      expect(Array.from(state.words)).toEqual(snapshot);
    }),
    { seed: 1, numRuns: 60 },
  );
});

test('a pair is stored at once', () => {
  const { ram } = make();
  ram.store128(1, 6, 1, 2, 3, 4);
  expect([ram.low(1, 6), ram.high(1, 6), ram.low(1, 7), ram.high(1, 7)]).toEqual([1, 2, 3, 4]);
});
