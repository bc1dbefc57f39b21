import type { GuestFormat } from '../../vocabulary/architecture.js';
import { WRITE } from '../../vocabulary/operations.js';
import * as descriptor from './entries/context.js';
import * as table from './entries/table.js';

/** Which of its table's page's context descriptors is the guest's: one whose words are not those of the entries it sets. */
export const GUEST_CONTEXT = 1;
/** An ASID that no kernel gives out. */
const GUEST_ASID = 0x100;
const LEVELS = 4;

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
  // Neither word is valid as a descriptor of a table or page.
  context: (page) => [
    [descriptor.contextIndex(GUEST_CONTEXT) + 1, ...descriptor.makeContext1(page)],
    [descriptor.contextIndex(GUEST_CONTEXT), ...descriptor.makeContext0(GUEST_ASID, LEVELS)],
  ],
  malformed: (page) => table.makeDescriptor(page, table.DESCRIPTOR_VALID),
};
