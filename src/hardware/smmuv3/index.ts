import type { Architecture, TranslationMode } from '../../vocabulary/architecture.js';
import { SmmuClosure } from './closure.js';
import { guest } from './guest.js';
import { COMMANDS, ORDER } from './invalidation.js';
import { KINDS } from './kinds.js';

/** STE.Config (5.2), each with requests that carry a SubstreamID and such that do not. */
const MODES: readonly TranslationMode[] = [
  { name: 'first', format: 'stage 1, VMSAv8-64, 4 KiB, 39 or 48 bits', stages: 'first' as const },
  { name: 'second', format: 'stage 2, VMSAv8-64, 4 KiB, 39 or 42 bits', stages: 'second' as const },
  { name: 'nested', format: 'stage 1 on stage 2, VMSAv8-64, 4 KiB', stages: 'nested' as const },
  { name: 'bypass', format: 'none', stages: 'none' as const },
].flatMap((mode) => [
  { ...mode, pasid: false },
  { ...mode, name: `${mode.name}-substream`, pasid: true },
]);

/**
 * Arm SMMUv3, after IHI 0070 (sections numbered as in issue D): linear and two-level stream tables, context descriptors with substreams, 4 KiB granules, ATS,
 * stalls of stage 1 where devices wait for answers (`stalls.ts`), the PRI queue (`pri.ts`); no stalls of stage 2, no updates of access flags
 * and dirty state by hardware, 42-bit output addresses.
 */
export const smmuv3: Architecture = {
  name: 'smmuv3',
  title: 'Arm SMMUv3',
  modes: MODES.filter(({ stages, pasid }) => !pasid || stages === 'first' || stages === 'nested'),
  kinds: KINDS,
  commands: COMMANDS,
  order: ORDER,
  guest,
  bind: (shape, memory, devices) => new SmmuClosure(shape, memory, devices),
};

export { COMMAND, type CommandName } from './invalidation.js';
export { KIND, type KindName } from './kinds.js';
