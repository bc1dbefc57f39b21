import type { StepSet } from '../../../vocabulary/step.js';
import { configurationSteps } from './configuration.js';
import { flush } from './make.js';
import { tableSteps } from './tables.js';

export { EVERY_PAGE, LEAF_ONLY } from './make.js';

/** What a VT-d driver can do to hardware, one atomic action each: entries, tables, commands and the wait for them. */
export const vtdSteps: StepSet = {
  ...configurationSteps,
  ...tableSteps,

  flushContext: flush('context-device', 'flush the context cache of the device', {}),
  flushContextAll: flush('context-global', 'flush the context cache', {}),
  flushPasidCache: flush('pasid-cache-pasid', 'flush the PASID cache', { did: true, pasid: true }),
  flushPasidCacheDomain: flush('pasid-cache-domain', 'flush the PASID cache of the domain', { did: true }),
  flushPasidCacheAll: flush('pasid-cache-global', 'flush the whole PASID cache', {}),
  flushIotlbAll: flush('iotlb-global', 'flush the whole IOTLB', {}),
  flushIotlbDomain: flush('iotlb-domain', 'flush the IOTLB of the domain', { did: true }),
  flushIotlbPages: flush('iotlb-page', 'flush the IOTLB of the pages', { did: true, pages: true }),
  flushPasidIotlb: flush('pasid-iotlb-pasid', 'flush the IOTLB of the PASID', { did: true, pasid: true }),
  flushPasidIotlbPages: flush('pasid-iotlb-page', 'flush the IOTLB of the PASID for the pages', {
    did: true,
    pasid: true,
    pages: true,
  }),
  flushDeviceTlb: flush('device-tlb', 'flush the device-TLB', { pages: true }),
  flushPasidDeviceTlb: flush('pasid-device-tlb', 'flush the device-TLB of the PASID', {
    pasid: true,
    pages: true,
  }),
  waitQueue: {
    kind: 'wait',
    inputs: ['device', 'ticket'],
    skipped: 0,
    says: 'wait until the flush is done',
    bind: () => () => 0,
    ready: (world) => (device, ticket) => world.hardware.hasCompleted(device, ticket),
  },
};
