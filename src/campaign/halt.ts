import type { Executor } from './executor.js';

/** What ends work before its own end: a time that is up, or the user. */
export class Halt {
  /** Whether the user asked for the end. */
  interrupted = false;
  private isUp = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly executor: Executor) {}

  readonly stopped = (): boolean => this.interrupted || this.isUp;

  interrupt(): void {
    this.interrupted = true;
    this.executor.stop();
  }

  /** Give the work that begins now so many milliseconds; without a number, any time. */
  begin(milliseconds?: number): void {
    clearTimeout(this.timer);
    this.isUp = false;
    if (this.interrupted) return;
    this.executor.resume();
    if (milliseconds === undefined) return;
    this.timer = setTimeout(() => {
      this.isUp = true;
      this.executor.stop();
    }, milliseconds);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
