import { describe, expect, it } from 'vitest';
import { partOf } from '../../bench/parts.js';
import { measure, oneDriverOfEachHardware } from '../../bench/random.js';

describe('bench random', () => {
  it('times the same steps checked and unchecked, and says where the time goes', async () => {
    const measured = await measure(4, 1);
    expect(measured).toMatchObject({ design: 'iommufd', driver: 'vtd@7', callers: 2, operationsPerRun: 100 });
    expect(measured.steps).toBeGreaterThan(400);
    expect(measured.refused).toBeGreaterThan(0);
    expect(measured.refused).toBeLessThan(1);
    expect(measured.ratio).toBeCloseTo(measured.stepsPerSecond / measured.unchecked.stepsPerSecond);
    expect(measured.parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  }, 60_000);

  it('has a row for every architecture that designs run on', async () => {
    const drivers = await oneDriverOfEachHardware();
    expect(drivers[0]).toBe('vtd@7');
    const { driver, hardware, steps } = await measure(2, 0, drivers[1]);
    expect(driver).toBe(drivers[1]);
    expect(hardware).not.toBe('vtd');
    expect(steps).toBeGreaterThan(200);
  }, 60_000);

  it('knows the parts by their files', () => {
    expect(partOf('file:///x/dist/src/world/ledger.js', 'afterChange')).toBe('ledger');
    expect(partOf('file:///x/dist/properties/no-leaks.js', 'check')).toBe('properties');
    expect(partOf('file:///x/dist/src/checker/run.js', 'move')).toBe('checker');
    expect(partOf('node:internal/main', 'f')).toBe('other');
    expect(partOf('', '(garbage collector)')).toBe('garbage collection');
    expect(partOf('', '(idle)')).toBeUndefined();
  });
});
