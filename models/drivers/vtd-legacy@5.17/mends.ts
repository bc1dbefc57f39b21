import type { Mend } from '../../../src/vocabulary/design.js';
import { mends as scalable } from '../vtd@5.17/mends.js';

/** A flaw of code that both modes run, with what it causes here. */
function shared(name: string, causes: readonly string[], more: Partial<Mend> = {}): Mend {
  const mend = scalable.find((each) => each.name === name);
  if (mend === undefined) throw new Error(`vtd@5.17 has no mend '${name}'`);
  return { ...mend, ...more, causes };
}

export const mends: readonly Mend[] = [
  shared('attach-prepares-first', [], {
    repair:
      "Make the device's info when it is probed and keep it, and take the domain id first; what follows cannot fail.",
    source:
      'intel/iommu.c 5.15, intel_iommu_attach_device(), dmar_insert_one_dev_info(); info since probe: 586081d3f6b1 (5.18)',
  }),
  {
    name: 'device-tlb-flag-before-ats',
    flaw: 'ATS is switched on in the device before has_iotlb_device is set, and an unmap in between flushes no device-TLB.',
    repair: 'Tell the domain, then switch ATS on.',
    source:
      'intel/iommu.c 5.15, iommu_enable_dev_iotlb(); iommu_flush_dev_iotlb() reads the flag without a lock',
    causes: [],
  },
  shared('superpage-flushes-before-free', []),
];
