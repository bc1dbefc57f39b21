import type { NotExpressible } from '../world/lacking.js';

/** A line for each thing that a design asks for and its driver lacks. */
export function notExpressibleLines(lacked: readonly NotExpressible[]): string {
  return lacked
    .map(({ feature, errno, reason }) => `  not expressible: ${feature} (${errno}): ${reason}\n`)
    .join('');
}
