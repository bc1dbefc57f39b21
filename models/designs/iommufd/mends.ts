import type { Mend } from '../../../src/vocabulary/design.js';

/** Flaws of core and iommufd, each with its repair. Where no commit is named, the flaw was found by reading the source given. */
export const mends: readonly Mend[] = [
  {
    name: 'old-queue-answered',
    flaw: "Replace looks for the requests of the old attachment on the new table's queue: they stay, with a handle that is freed.",
    repair: 'Answer those of the old table.',
    source:
      'iommufd_hwpt_replace_device, fb21b1568ada; mail 9D652384339C69D5+20260710122952.885325-1-peiyang_he@smail.nju.edu.cn, applied 2026-07-13',
    causes: [],
  },
  {
    name: 'handles-outlive-thread',
    flaw: 'Detach and replace free an attach handle that the page request thread has looked up and uses without a reference.',
    repair: 'Let the thread finish what it is at before open requests are answered and the handle is freed.',
    source:
      'iommu_report_device_fault, drivers/iommu/io-pgfault.c, with iommufd_hwpt_detach_device, Linux 7.1 merge window',
    causes: [],
  },
  {
    name: 'detach-during-reset',
    flaw: 'A detach that must not fail is refused while a device of the group is reset, and its caller frees the domain.',
    repair: 'Carry it out; done finds the group blocked.',
    source: '__iommu_group_set_domain_internal, CVE-2026-52952, fixed by 5474e6e17a26 and 8fc289e809f3',
    causes: [],
  },
  {
    name: 'reset-keeps-attachments',
    flaw: "Reset ends the device's attachments and makes them anew: that can fail, and a detach in between undoes them twice.",
    repair: 'Take the entries down and set them again, and leave domain ids, tags and lists as they are.',
    source:
      'pci_dev_reset_iommu_prepare and _done, drivers/iommu/iommu.c, c279e83953d9; CVE-2026-52953 (1e659db46847) and CVE-2026-53281 (79ea2feb917b) came of it',
    causes: [],
  },
];
