import type { StepSet } from '../../../vocabulary/step.js';
import { flush, waitQueue } from '../../vtd/steps/make.js';
import { COMMAND } from '../invalidation.js';
import { configurationSteps } from './configuration.js';

export { TYPE } from '../entries.js';

/**
 * What a driver can do to VT-d hardware in legacy mode, one atomic action each: root and context entries, commands and the wait
 * for them. Tables are those of the second stage, as in scalable mode.
 */
export const legacySteps: StepSet = {
  ...configurationSteps,

  flushContext: flush(COMMAND['context-device'], 'flush the context cache of the device', { did: true }),
  flushContextDomain: flush(COMMAND['context-domain'], 'flush the context cache of the domain', {
    did: true,
  }),
  flushContextAll: flush(COMMAND['context-global'], 'flush the context cache', {}),
  flushIotlbAll: flush(COMMAND['iotlb-global'], 'flush the whole IOTLB', {}),
  flushIotlbDomain: flush(COMMAND['iotlb-domain'], 'flush the IOTLB of the domain', { did: true }),
  flushIotlbPages: flush(COMMAND['iotlb-page'], 'flush the IOTLB of the pages', { did: true, pages: true }),
  flushDeviceTlb: flush(COMMAND['device-tlb'], 'flush the device-TLB', { pages: true }),
  waitQueue,
};
