import { InputError } from '../catalog/input-error.js';
import type { WorldSpec } from '../catalog/world-spec.js';
import type { Trace } from '../trace/format.js';
import { resolveChoice } from './choice.js';
import { createExecutor } from './executor.js';
import { replayOn } from './replay.js';
import type { Shrunk } from './task.js';

/** Make a trace minimal: fewest operations, then switches, then steps. */
export async function shrink(trace: Trace): Promise<Shrunk> {
  const { design, file, driver, mends, without, swaps, properties } = trace;
  const { specFor, program } = await resolveChoice({
    design: file ?? design,
    driver,
    mends: { only: mends },
    without,
    swaps,
    properties,
  });
  return shrinkOn(trace, specFor(trace.shape, trace.concrete), program);
}

export async function shrinkOn(trace: Trace, spec: WorldSpec, program: string): Promise<Shrunk> {
  const { property, cause } = trace.verdict;
  const { same } = await replayOn(trace, spec, false);
  if (!same)
    throw new InputError(`the trace does not end with ${property}: ${cause}; replay it to see what it does`);
  const executor = createExecutor(1);
  try {
    const [shrunk] = await executor.run({
      kind: 'shrink',
      ...{ spec, program },
      trace: { records: trace.steps, finished: trace.finished },
      violations: [trace.verdict],
      found: trace.found,
    });
    return shrunk;
  } finally {
    await executor.close();
  }
}
