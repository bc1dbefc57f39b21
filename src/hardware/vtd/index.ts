import type { Architecture } from '../../vocabulary/architecture.js';
import { VtdClosure } from './closure.js';
import { guest } from './guest.js';
import { COMMANDS, ORDER } from './invalidation.js';
import { KINDS } from './kinds.js';

/** PGTT of the PASID entry; requests without PASID come by the entry of RID_PASID (9.6, 3.4.3). */
const MODES = [
  { name: 'first', format: 'first-stage, 4 levels (9.7)', stages: 'first' },
  { name: 'second', format: 'second-stage, 4 levels (9.8)', stages: 'second' },
  { name: 'nested', format: 'first-stage on second-stage, 4 levels each (3.8)', stages: 'nested' },
  { name: 'pass-through', format: 'none', stages: 'none' },
] as const;

/** Intel VT-d in scalable mode, after revision 5.10 of its specification: 4-level tables, queued invalidation, major version 2 or later. */
export const vtd: Architecture = {
  name: 'vtd',
  title: 'Intel VT-d, scalable mode',
  modes: MODES.flatMap((mode) => [
    { ...mode, pasid: false },
    { ...mode, name: `${mode.name}-pasid`, pasid: true },
  ]),
  kinds: KINDS,
  commands: COMMANDS,
  order: ORDER,
  guest,
  bind: (shape, memory, devices) => new VtdClosure(shape, memory, devices),
};

export { COMMAND, type CommandName } from './invalidation.js';
export { KIND, type KindName } from './kinds.js';
