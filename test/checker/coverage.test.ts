import { describe, expect, it } from 'vitest';
import { addCoverage, clearCoverage, readCoverage } from '../../src/checker/coverage.js';

const counts = (hits: number[]) => ({ steps: { names: ['a', 'b'], hits } });

describe('coverage', () => {
  it('is read as a copy, cleared, and summed', () => {
    const coverage = { groups: { steps: { names: ['a', 'b'], hits: Float64Array.of(1, 2) } } };
    const read = readCoverage(coverage);
    clearCoverage(coverage);
    expect(readCoverage(coverage)).toEqual(counts([0, 0]));
    expect(addCoverage(read, counts([3, 4]))).toEqual(counts([4, 6]));
    expect(addCoverage(read, {})).toEqual(read);
  });

  it('refuses to sum what differs in size', () => {
    expect(() => addCoverage(counts([1, 2]), { steps: { names: ['a'], hits: [1] } })).toThrow(
      'steps has two sizes',
    );
  });
});
