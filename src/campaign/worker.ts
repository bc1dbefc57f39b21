import { Console } from 'node:console';
import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../catalog/input-error.js';
import { refuseExit } from '../catalog/user-file.js';
import { type Answer, type Order, STOP } from './executor.js';
import { perform } from './task.js';

/** A thread that does one task after another. */
const flags = workerData as Int32Array;
const port = parentPort;
if (port === null) throw new Error('this module is the body of a worker thread');

// What a user's file prints must not get into a document on stdout.
globalThis.console = new Console(process.stderr);
refuseExit();

const send = (answer: Answer) => port.postMessage(answer);

port.on('message', async ({ id, task }: Order) => {
  try {
    const result = await perform(task, {
      stop: () => Atomics.load(flags, STOP) === 1,
      progress: (progress) => send({ id, progress }),
    });
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
