import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { measure } from '../../bench/peers.js';
import { spinInstalled } from '../../bench/spin.js';
import { promela } from '../../models/peers/promela.js';

const MAIN = fileURLToPath(new URL('../../dist/bench/main.js', import.meta.url));

function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('bench', () => {
  it('refuses an unknown verb, and none, in one line', () => {
    expect(bench('pears')).toMatchObject({ status: 2, stdout: '' });
    expect(bench('pears').stderr).toMatch(/^bench: no verb pears; there are: .*peers.*\n$/);
    expect(bench()).toMatchObject({ status: 2, stdout: '' });
    expect(bench('toString').status).toBe(2);
  });
});

describe('bench peers', () => {
  it('measures the protocol, without Spin where it is not wanted', () => {
    const measured = measure(2, false);
    expect(measured).toMatchObject({ pages: 2, states: 21_609, transitions: 138_180 });
    expect(Object.keys(measured)).toEqual(['pages', 'states', 'transitions', 'seconds', 'statesPerSecond']);
  });

  it.runIf(spinInstalled())(
    'finds as many states as Spin does',
    () => {
      // `measure` refuses to compare when the counts differ.
      const measured = measure(2, true);
      expect(measured.ratio).toBeCloseTo(measured.statesPerSecond / measured.spin!.statesPerSecond);
    },
    60_000,
  );

  it('writes the same protocol in Promela', () => {
    const steps = promela(3).match(/:: d_step/g);
    // 4 attach, 2 detach, 6 map, 6 unmap, 2 submit, 2 complete, 6 DMA.
    expect(steps).toHaveLength(28);
  });
});
