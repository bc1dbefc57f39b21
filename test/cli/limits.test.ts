import { afterEach, expect, test, vi } from 'vitest';
import { LimitError } from '../../src/vocabulary/limit.js';
import { Ledger } from '../../src/world/ledger.js';
import { command } from './command.js';
import { departures } from './schema.js';

afterEach(() => vi.restoreAllMocks());

/** From now on no world's ledger takes more than so many entries. */
function boundLedger(entries: number): void {
  const { afterChange } = Ledger.prototype;
  vi.spyOn(Ledger.prototype, 'afterChange').mockImplementation(function (this: Ledger, ...given) {
    afterChange.apply(this, given);
    if (this.staleCount > entries) throw new LimitError(`more than ${entries} entries`);
  });
}

const CHOICE = ['--mended', '--property', 'lifecycle', '--no-timing'];

test('runs that outgrow the checker are counted and named, and the other designs are run', async () => {
  boundLedger(4);
  const args = ['run', '--design', 'primary-domain', '--design', 'ioasid', '--runs', '8', ...CHOICE];
  const { code, out, err } = await command([...args, '--json']);
  const document = JSON.parse(out);
  expect(departures('run', document)).toEqual([]);
  expect({ code, err, verdict: document.verdict }).toEqual({ code: 3, err: '', verdict: 'sampled' });
  expect(document.designs).toHaveLength(2);
  for (const { runs, limited } of document.designs) {
    expect(runs).toBe(8);
    expect(limited).toEqual([
      { limit: 'more than 4 entries', count: expect.any(Number), run: expect.any(Number) },
    ]);
  }
  const [{ count, run }] = document.designs[0].limited;
  const text = await command(args);
  expect(text.out).toContain(`ended early: ${count} of the runs, the first run ${run}: more than 4 entries`);
}, 120_000);

test('a search that outgrows the checker is bounded, and says by what', async () => {
  boundLedger(2);
  const args = ['explore', '--design', 'primary-domain', '--depth', '3', ...CHOICE];
  const { code, out } = await command([...args, '--json']);
  const document = JSON.parse(out);
  expect(departures('explore', document)).toEqual([]);
  expect({ code, verdict: document.verdict }).toEqual({ code: 3, verdict: 'bounded' });
  const [{ limits, outgrown }] = document.parts;
  expect(limits).toEqual(['operations', 'capacity']);
  expect(outgrown).toEqual([{ limit: 'more than 2 entries', count: expect.any(Number) }]);
  const text = await command(args);
  expect(text.out).toMatch(/not followed in \S+: \d+ steps, since more than 2 entries/);
}, 120_000);
