import { createExecutor } from '../campaign/executor.js';
import { Halt } from '../campaign/halt.js';
import type { Session } from './command-line.js';
import { createProgress } from './progress.js';
import type { Workshop } from './run-designs.js';

/** Open the workers, listen for the user's signal, and close everything in the end. */
export async function inWorkshop<T>(
  session: Session,
  workers: number,
  work: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  const executor = createExecutor(workers);
  const halt = new Halt(executor);
  const progress = createProgress(session.io);
  const stopListening = session.io.onInterrupt(() => halt.interrupt());
  try {
    return await work({ session, executor, halt, progress });
  } finally {
    progress.end();
    halt.end();
    stopListening();
    await executor.close();
  }
}
