import type { Architecture } from '../../vocabulary/architecture.js';
import { VtdClosure } from './closure.js';
import { COMMANDS, ORDER } from './invalidation.js';
import { KINDS } from './kinds.js';

/** Intel VT-d in scalable mode, after revision 5.10 of its specification: 4-level tables, queued invalidation, major version 2 or later. */
export const vtd: Architecture = {
  name: 'vtd',
  title: 'Intel VT-d, scalable mode',
  kinds: KINDS,
  commands: COMMANDS,
  order: ORDER,
  bind: (shape, memory, devices) => new VtdClosure(shape, memory, devices),
};

export { COMMAND, type CommandName } from './invalidation.js';
export { KIND, type KindName } from './kinds.js';
