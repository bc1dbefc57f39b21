import type { Architecture, TranslationMode } from '../../vocabulary/architecture.js';
import { RiscvClosure } from './closure.js';
import { guest } from './guest.js';
import { COMMANDS, ORDER } from './invalidation.js';
import { KINDS } from './kinds.js';
import { tableAt } from './entries/pointer.js';

const FIRST = ['sv39', 'sv48', 'sv57'] as const;
const SECOND = ['sv39x4', 'sv48x4', 'sv57x4'] as const;

/** iosatp.MODE and iohgatp.MODE (2.1.3.2, 2.1.3.4), each with requests that carry a process id and such that do not. */
const MODES: readonly TranslationMode[] = [
  ...FIRST.map((name) => ({ name, format: `first stage ${name}`, stages: 'first' as const })),
  ...SECOND.map((name) => ({ name, format: `second stage ${name}`, stages: 'second' as const })),
  ...FIRST.map((first, i) => ({
    name: `${first}-${SECOND[i]}`,
    format: `first stage ${first} on second stage ${SECOND[i]}`,
    stages: 'nested' as const,
  })),
  { name: 'bare', format: 'none', stages: 'none' as const },
].flatMap((mode) => [
  { ...mode, pasid: false },
  { ...mode, name: `${mode.name}-pasid`, pasid: true },
]);

/**
 * The RISC-V IOMMU, after version 1.0 of its specification: device contexts in extended format, ATS, process directories of all
 * depths, all 64-bit tables; no MSI page tables, no T2GPA, no updates of accessed and dirty bits by hardware.
 */
export const riscv: Architecture = {
  name: 'riscv',
  title: 'RISC-V IOMMU',
  modes: MODES,
  kinds: KINDS,
  commands: COMMANDS,
  order: ORDER,
  guest,
  tableAt,
  // The root of a second stage is of 16 KiB (privileged architecture 18.5.1).
  tableFrames: 4,
  bind: (shape, memory, devices) => new RiscvClosure(shape, memory, devices),
};

export { COMMAND, type CommandName } from './invalidation.js';
export { KIND, type KindName } from './kinds.js';
