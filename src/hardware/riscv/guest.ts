import type { GuestFormat } from '../../vocabulary/architecture.js';
import { WRITE } from '../../vocabulary/operations.js';
import {
  makePte,
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_READ,
  PTE_USER,
  PTE_VALID,
  PTE_WRITE,
} from './entries/page-table.js';

/** Bit 54, reserved in every entry. */
const RESERVED_HIGH = 1 << 22;

/** First-stage entries (privileged architecture 12.3.1): what names a table carries no rights, so a guest cannot narrow them there. */
export const guest: GuestFormat = {
  pointer: (page) => makePte(page, PTE_VALID),
  leaf: (page, permission) => {
    const rights = PTE_READ | PTE_ACCESSED | ((permission & WRITE) !== 0 ? PTE_WRITE | PTE_DIRTY : 0);
    return makePte(page, PTE_VALID | PTE_USER | rights);
  },
  malformed: (page) => {
    const [low, high] = makePte(page, PTE_VALID);
    return [low, high | RESERVED_HIGH];
  },
};
