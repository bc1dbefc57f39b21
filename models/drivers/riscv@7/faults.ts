import {
  answerGroup,
  disableFaults,
  dropDevice,
  enableFaults,
  handleFaults,
} from '../../core/page-faults.js';

const COUNT = { field: 'info.faults' } as const;

export const faultProcedures = [
  enableFaults(COUNT),
  disableFaults({ ...COUNT, keepsGroups: true }),
  answerGroup,
  handleFaults,
  dropDevice,
];
