import { expect, test } from 'vitest';
import type { Model } from '../../src/checker/model.js';
import { recordRun, UnrepeatableRun } from '../../src/checker/trace.js';

test('a model that does something else the second time is refused by name, not by where it crashed', () => {
  const model = {
    name: 'fickle',
    reset: () => {},
    setPhase: () => {},
    record: () => ({ agent: 'caller 0', does: 'x' }),
    apply: () => {
      throw new TypeError('undefined has no procedure');
    },
  } as unknown as Model;
  expect(() => recordRun(model, [1])).toThrow(UnrepeatableRun);
  expect(() => recordRun(model, [1])).toThrow('fickle: the same actions do not do the same twice');
});
