import { expect, it } from 'vitest';
import { measure } from '../../bench/explore.js';
import { loadPair } from '../../src/catalog/build-world.js';

it('bench explore names the bound that it was cut off by', async () => {
  const measured = await measure(await loadPair({ name: 'primary-domain' }), 300);
  expect(Object.keys(measured)).toEqual([
    ...['design', 'driver', 'scope', 'states', 'transitions', 'seconds'],
    ...['statesPerSecond', 'transitionsPerSecond', 'bytesPerState'],
  ]);
  expect(measured).toMatchObject({ design: 'primary-domain', driver: 'vtd@5.17' });
  expect(measured.scope).toBe(`tiny (first ${measured.states} states)`);
  expect(measured.transitions).toBeGreaterThan(measured.states);
});
