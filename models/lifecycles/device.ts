import { counted, lifecycle } from '../../src/statechart/lifecycle.js';

/**
 * A device as the IOMMU driver sees it: plugged in or not, its ATS on or off, its DMA owned by a user or left to the kernel.
 * Being unplugged ends everything at once, so RELEASE is legal in every state but `absent`.
 */
export default lifecycle.createMachine({
  id: 'device',
  context: counted(),
  initial: 'absent',
  states: {
    absent: { tags: ['rest'], on: { PROBE: 'present' } },
    present: { tags: ['rest'], on: { ATS_ON: 'presentAts', OWN: 'owned', RELEASE: 'absent' } },
    presentAts: { tags: ['rest'], on: { ATS_OFF: 'present', OWN: 'ownedAts', RELEASE: 'absent' } },
    owned: { on: { ATS_ON: 'ownedAts', DISOWN: 'present', RELEASE: 'absent' } },
    ownedAts: { on: { ATS_OFF: 'owned', DISOWN: 'presentAts', RELEASE: 'absent' } },
  },
});
