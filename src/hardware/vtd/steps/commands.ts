import type { StepSet } from '../../../vocabulary/step.js';
import { COMMAND } from '../invalidation.js';
import { flush, waitQueue } from './make.js';

/** The commands of scalable mode, each put into the queue by itself, and the wait for them. */
export const commandSteps: StepSet = {
  flushContext: flush(COMMAND['context-device'], 'flush the context cache of the device', {}),
  flushContextAll: flush(COMMAND['context-global'], 'flush the context cache', {}),
  flushPasidCache: flush(COMMAND['pasid-cache-pasid'], 'flush the PASID cache', { did: true, pasid: true }),
  flushPasidCacheDomain: flush(COMMAND['pasid-cache-domain'], 'flush the PASID cache of the domain', {
    did: true,
  }),
  flushPasidCacheAll: flush(COMMAND['pasid-cache-global'], 'flush the whole PASID cache', {}),
  flushIotlbAll: flush(COMMAND['iotlb-global'], 'flush the whole IOTLB', {}),
  flushIotlbDomain: flush(COMMAND['iotlb-domain'], 'flush the IOTLB of the domain', { did: true }),
  flushIotlbPages: flush(COMMAND['iotlb-page'], 'flush the IOTLB of the pages', { did: true, pages: true }),
  flushPasidIotlb: flush(COMMAND['pasid-iotlb-pasid'], 'flush the IOTLB of the PASID', {
    did: true,
    pasid: true,
  }),
  flushPasidIotlbPages: flush(COMMAND['pasid-iotlb-page'], 'flush the IOTLB of the PASID for the pages', {
    did: true,
    pasid: true,
    pages: true,
  }),
  flushDeviceTlb: flush(COMMAND['device-tlb'], 'flush the device-TLB', { pages: true }),
  flushPasidDeviceTlb: flush(COMMAND['pasid-device-tlb'], 'flush the device-TLB of the PASID', {
    pasid: true,
    pages: true,
  }),
  waitQueue,
};
