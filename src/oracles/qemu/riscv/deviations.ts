import type { Deviation } from '../target.js';

/** Where QEMU's RISC-V IOMMU is not what the specification says. */
export const DEVIATIONS: readonly Deviation[] = [];
