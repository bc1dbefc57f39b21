import type { MendQuery } from '../../../src/vocabulary/design.js';
import {
  answerGroup,
  disableFaults,
  dropDevice,
  enableFaults,
  handleFaults,
} from '../../core/page-faults.js';

/** info->iopf_refcount of intel_iommu_enable_iopf and intel_iommu_disable_iopf. */
const COUNT = { field: 'info.faults' } as const;

export const faultProcedures = (mended: MendQuery) => [
  enableFaults(COUNT),
  disableFaults({ ...COUNT, keepsGroups: mended('faults-off-keeps-groups') }),
  answerGroup,
  handleFaults,
  dropDevice,
];
