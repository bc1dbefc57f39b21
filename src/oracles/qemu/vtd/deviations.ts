import type { Deviation } from '../target.js';

/** Where QEMU's VT-d is not what the specification says. */
export const DEVIATIONS: readonly Deviation[] = [];
