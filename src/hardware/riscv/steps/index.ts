import type { StepSet } from '../../../vocabulary/step.js';
import { PAGES, waitStep } from '../../queue-steps.js';
import { directorySteps } from './directory.js';
import { flush } from './make.js';
import { processSteps } from './processes.js';
import { tableSteps } from './tables.js';

export { STAGES } from './directory.js';
export { EVERY_PAGE } from '../../queue-steps.js';
export { TOP_LEVEL } from './tables.js';

/**
 * What a driver of the RISC-V IOMMU can do to hardware, one atomic action each: directories, contexts, page tables, commands
 * (3.1) and the wait for them. Only `fence`, IOFENCE.C with PR and PW, has an order: it completes after all commands ahead of
 * it, and nothing behind it in the queue waits for it, so software waits for its ticket.
 */
export const riscvSteps: StepSet = {
  ...directorySteps,
  ...processSteps,
  ...tableSteps,

  invalidateDevice: flush('ddt-device', 'invalidate the device context', {}),
  invalidateProcess: flush('pdt', 'invalidate the process context', { pasid: 'pasid' }),
  flushSpaces: flush('vma', 'flush the first stages of the host or the GSCID', { tag: 'gscid' }),
  flushSpace: flush('vma-process', 'flush the first stage of the PSCID', { pasid: 'pasid', tag: 'gscid' }),
  flushSpacePage: flush('vma-process-page', 'flush a page of the PSCID', {
    pasid: 'pasid',
    tag: 'gscid',
    page: 'page',
  }),
  flushGuest: flush('gvma', 'flush the second stage of the GSCID', { tag: 'gscid' }),
  flushGuestPage: flush('gvma-page', 'flush a guest page of the GSCID', { tag: 'gscid', page: 'page' }),
  flushDeviceTlb: flush('ats', 'flush the device-TLB', PAGES),
  flushProcessDeviceTlb: flush('ats-process', 'flush the device-TLB of the process', {
    pasid: 'pasid',
    ...PAGES,
  }),
  fence: flush('fence', 'fence the commands', {}),
  waitFence: waitStep('wait until the fence is done'),
};
