import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { InputError } from '../catalog/input-error.js';
import { isBuilt } from '../catalog/package-files.js';
import type { ExploreProgress } from '../checker/explore.js';
import { fileOf, forgetWorld, perform, type ResultOf, type Task } from './task.js';

/** What workers and their owner share: set to 1, it ends the work under way at the next run's end. */
export const STOP = 0;

/** To a worker. */
export interface Order {
  readonly id: number;
  readonly task: Task;
}

/** An error on its way between threads: of the input, or the program's own. */
export type ErrorMessage =
  | { readonly reason: string; readonly file?: string; readonly state?: string }
  | { readonly stack: string };

/** From a worker. */
export type Answer =
  | { readonly id: number; readonly progress: ExploreProgress }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorMessage };

interface Waiting {
  readonly task: Task;
  readonly progress?: (progress: ExploreProgress) => void;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Does tasks, several at a time. */
export interface Executor {
  /** How many tasks run at once. */
  readonly width: number;
  run<T extends Task>(task: T, progress?: (progress: ExploreProgress) => void): Promise<ResultOf<T>>;
  /** End what is under way at the next run's end. */
  stop(): void;
  /** Take back {@link stop}, when all that was under way has ended. */
  resume(): void;
  close(): Promise<void>;
}

/** As many workers as there are processors, up to four: beyond that the folding of results is what takes the time. */
export function defaultWorkers(): number {
  return Math.min(4, availableParallelism());
}

/**
 * Workers on threads of their own, so that the main thread hears signals and shows progress. Threads load the built output; where
 * the sources themselves are run, the work is done in place.
 */
export function createExecutor(workers: number): Executor {
  return isBuilt ? new ThreadPool(workers) : new InPlace();
}

class InPlace implements Executor {
  readonly width = 1;
  private stopped = false;

  async run<T extends Task>(task: T, progress?: (progress: ExploreProgress) => void): Promise<ResultOf<T>> {
    // Let timers and signals in between two tasks.
    await new Promise((resolve) => setImmediate(resolve));
    return perform(task, { stop: () => this.stopped, progress });
  }

  stop(): void {
    this.stopped = true;
  }

  resume(): void {
    this.stopped = false;
  }

  async close(): Promise<void> {
    forgetWorld();
  }
}

class ThreadPool implements Executor {
  readonly width: number;
  private readonly flags = new Int32Array(new SharedArrayBuffer(4));
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();
  private readonly queue: Waiting[] = [];
  private readonly underWay = new Map<number, Waiting & { readonly worker: Worker }>();
  private orders = 0;

  constructor(workers: number) {
    this.width = workers;
  }

  run<T extends Task>(task: T, progress?: (progress: ExploreProgress) => void): Promise<ResultOf<T>> {
    return new Promise((resolve, reject) => {
      this.queue.push({ task, progress, resolve, reject });
      this.dispatch();
    });
  }

  stop(): void {
    Atomics.store(this.flags, STOP, 1);
  }

  resume(): void {
    Atomics.store(this.flags, STOP, 0);
  }

  async close(): Promise<void> {
    await Promise.all([...this.all].map((worker) => worker.terminate()));
  }

  private dispatch(): void {
    while (this.queue.length > 0) {
      const worker = this.idle.pop() ?? this.hire();
      if (worker === undefined) return;
      const waiting = this.queue.shift() as Waiting;
      const id = ++this.orders;
      this.underWay.set(id, { ...waiting, worker });
      worker.postMessage({ id, task: waiting.task } satisfies Order);
    }
  }

  private hire(): Worker | undefined {
    if (this.all.size >= this.width) return undefined;
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: this.flags });
    worker.on('message', (answer: Answer) => this.take(worker, answer));
    worker.on('error', (error) => this.lose(worker, error));
    this.all.add(worker);
    return worker;
  }

  private take(worker: Worker, answer: Answer): void {
    const waiting = this.underWay.get(answer.id);
    if (waiting === undefined) return;
    if ('progress' in answer) {
      waiting.progress?.(answer.progress);
      return;
    }
    this.underWay.delete(answer.id);
    this.idle.push(worker);
    if ('result' in answer) waiting.resolve(answer.result as never);
    else waiting.reject(errorOf(answer.error));
    this.dispatch();
  }

  /** A worker that ends by itself, out of memory say: what it was doing will not come. Another takes its place. */
  private lose(worker: Worker, error: unknown): void {
    this.all.delete(worker);
    for (const [id, waiting] of this.underWay) {
      if (waiting.worker !== worker) continue;
      this.underWay.delete(id);
      waiting.reject(isOutOfMemory(error) ? outOfMemory(waiting.task) : error);
    }
    this.dispatch();
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function outOfMemory({ spec }: Task): InputError {
  return new InputError('a worker ran out of memory: a search takes less with fewer --states', {
    file: fileOf(spec.design),
  });
}

function errorOf(error: ErrorMessage): Error {
  if ('stack' in error) return new Error(error.stack);
  const { reason, file, state } = error;
  return new InputError(reason, { file, state });
}
