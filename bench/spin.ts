import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promela } from '../models/peers/promela.js';

export interface SpinRun {
  readonly states: number;
  readonly seconds: number;
}

/** A verifier made by Spin and gcc, to be run any number of times. */
export class SpinVerifier {
  private readonly folder: string;

  constructor(pages: number) {
    this.folder = mkdtempSync(join(tmpdir(), 'iommu-check-spin-'));
    writeFileSync(join(this.folder, 'tlb.pml'), promela(pages));
    execFileSync('spin', ['-a', 'tlb.pml'], { cwd: this.folder, stdio: 'pipe' });
    execFileSync('gcc', ['-O2', '-DSAFETY', '-w', '-o', 'pan', 'pan.c'], { cwd: this.folder, stdio: 'pipe' });
  }

  /** `depth` bounds its search stack, which it allocates and clears at the start: as small as is safe, to be fair to it. */
  run(depth: number): SpinRun {
    const started = performance.now();
    const report = execFileSync(join(this.folder, 'pan'), [`-m${depth}`], {
      cwd: this.folder,
      encoding: 'utf8',
    });
    const wall = (performance.now() - started) / 1000;
    // Its own clock leaves out starting the process, but counts hundredths, too coarse for small protocols.
    const own = Number(/elapsed time ([\d.]+) seconds/.exec(report)?.[1] ?? 0);
    const seconds = own >= 0.1 ? Math.min(own, wall) : wall;
    const states = /([\d.e+]+) states, stored/.exec(report);
    const errors = /errors: (\d+)/.exec(report);
    if (states === null || errors?.[1] !== '0') throw new Error(`spin: unexpected report\n${report}`);
    return { states: Number(states[1]), seconds };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

export function spinInstalled(): boolean {
  const runs = (command: string, flag: string) =>
    spawnSync(command, [flag], { stdio: 'ignore' }).status === 0;
  return runs('spin', '-V') && runs('gcc', '--version');
}
