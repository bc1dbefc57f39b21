import { Console } from 'node:console';
import { parentPort, workerData } from 'node:worker_threads';
import { placed } from '../catalog/build-world.js';
import { InputError } from '../catalog/input-error.js';
import { keepOutput, reasonOf, refuseExit } from '../catalog/user-file.js';
import { type Answer, type Order, STOP } from './executor.js';
import { fileOf, perform } from './task.js';

/** A thread that does one task after another. */
const flags = workerData as Int32Array;
const port = parentPort;
if (port === null) throw new Error('this module is the body of a worker thread');

// What a user's file prints must not get into a document on stdout.
globalThis.console = new Console(process.stderr);
keepOutput();
refuseExit();

// A promise that a user's step has rejected, or a timer of its, comes when the step is over: whatever is under way then is the design's.
let late: { readonly error: unknown } | undefined;
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => {
    late ??= { error };
  });

const send = (answer: Answer) => port.postMessage(answer);

port.on('message', async ({ id, task }: Order) => {
  try {
    const result = await perform(task, {
      stop: () => Atomics.load(flags, STOP) === 1,
      progress: (progress) => send({ id, progress }),
    });
    // What was rejected is told when nothing else is left to do, and timers that are due come before this one.
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (late !== undefined) {
      const { error } = late;
      late = undefined;
      throw placed(fileOf(task.spec.design), new Error(`${reasonOf(error)}, after its step was over`));
    }
    send({ id, result });
  } catch (error) {
    if (error instanceof InputError) {
      const { reason, place } = error;
      send({ id, error: { reason, ...place } });
    } else {
      send({ id, error: { stack: error instanceof Error ? (error.stack ?? error.message) : String(error) } });
    }
  }
});
