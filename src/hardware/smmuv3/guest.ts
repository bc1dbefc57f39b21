import type { GuestFormat } from '../../vocabulary/architecture.js';
import { WRITE } from '../../vocabulary/operations.js';
import * as table from './entries/table.js';

/** Stage 1 descriptors (Arm ARM D8.3). Bits 1:0 of 01 are reserved at the top level and the last, where no block can be. */
export const guest: GuestFormat = {
  pointer: (page, permission) => {
    const [low, high] = table.makeDescriptor(page, table.DESCRIPTOR_VALID | table.DESCRIPTOR_TABLE);
    return [low, (permission & WRITE) !== 0 ? high : high | table.TABLE_READ_ONLY];
  },
  leaf: (page, permission) => {
    const isReadOnly = (permission & WRITE) === 0;
    const rights = table.AP_USER | (isReadOnly ? table.AP_READ_ONLY : 0);
    const flags = table.DESCRIPTOR_VALID | table.DESCRIPTOR_TABLE | table.ACCESSED | table.NOT_GLOBAL;
    return table.makeDescriptor(page, flags | rights);
  },
  malformed: (page) => table.makeDescriptor(page, table.DESCRIPTOR_VALID),
};
