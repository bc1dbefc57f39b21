import type { Architecture } from '../../vocabulary/architecture.js';
import { LegacyClosure } from './closure.js';
import { COMMANDS, ORDER } from './invalidation.js';
import { KINDS } from './kinds.js';

/** Intel VT-d in legacy mode, after revision 5.10 of its specification: 3- and 4-level tables, queued invalidation. It has no PASIDs. */
export const vtdLegacy: Architecture = {
  name: 'vtd-legacy',
  title: 'Intel VT-d, legacy mode',
  modes: [
    { name: 'three-level', format: 'second-stage, 3 levels (9.8)', stages: 'second', pasid: false },
    { name: 'four-level', format: 'second-stage, 4 levels (9.8)', stages: 'second', pasid: false },
    { name: 'pass-through', format: 'none', stages: 'none', pasid: false },
  ],
  kinds: KINDS,
  commands: COMMANDS,
  order: ORDER,
  bind: (shape, memory, devices) => new LegacyClosure(shape, memory, devices),
};

export { COMMAND, type CommandName } from './invalidation.js';
export { KIND, type KindName } from './kinds.js';
