import type { Deviation } from '../target.js';

/** Where QEMU's SMMUv3 is not what the specification says. */
export const DEVIATIONS: readonly Deviation[] = [];
