import type { StepSet } from '../../../vocabulary/step.js';
import { waitStep } from '../../queue-steps.js';
import { contextSteps } from './context.js';
import { flush } from './make.js';
import { streamSteps } from './stream.js';
import { tableSteps } from './tables.js';

export { EVERY_PAGE, LEAF_ONLY } from '../../queue-steps.js';
export { CHANGE } from './entry-change.js';

/** What an SMMUv3 driver can do to hardware, one atomic action each: entries, tables, commands and the wait for them. */
export const smmuSteps: StepSet = {
  ...streamSteps,
  ...contextSteps,
  ...tableSteps,

  flushStream: flush('cfgi-ste', 'CMD_CFGI_STE', { leaf: true }),
  flushContext: flush('cfgi-cd', 'CMD_CFGI_CD', { pasid: 'pasid', leaf: true }),
  flushAsid: flush('tlbi-nh-asid', 'CMD_TLBI_NH_ASID', { pasid: 'asid', vmid: true }),
  flushPages: flush('tlbi-nh-va', 'CMD_TLBI_NH_VA', { pasid: 'asid', vmid: true, pages: true }),
  flushGuestPages: flush('tlbi-nh-vaa', 'CMD_TLBI_NH_VAA', { vmid: true, pages: true }),
  flushGuest: flush('tlbi-nh-all', 'CMD_TLBI_NH_ALL', { vmid: true }),
  flushVmid: flush('tlbi-s12-vmall', 'CMD_TLBI_S12_VMALL', { vmid: true }),
  flushIntermediate: flush('tlbi-s2-ipa', 'CMD_TLBI_S2_IPA', { vmid: true, pages: true }),
  flushDeviceTlb: flush('atc-inv', 'CMD_ATC_INV', { pages: true }),
  flushPasidDeviceTlb: flush('atc-inv-substream', 'CMD_ATC_INV of the PASID', {
    pasid: 'pasid',
    pages: true,
  }),
  /** Completes when everything before it has, accesses in flight by what that invalidated included (4.6.3). */
  sync: flush('sync', 'CMD_SYNC', {}),
  waitQueue: waitStep('wait until the command is consumed'),
};
