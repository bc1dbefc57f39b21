import type { Mend } from '../../../src/vocabulary/design.js';
import { mends as primaryMends } from '../primary-domain/mends.js';

const SEED = 'removal of the aux code, 2021-05 to 2022-02, intel/iommu.c';

export const mends: readonly Mend[] = [
  ...primaryMends,
  {
    name: 'default-pasid-reset',
    flaw: "The domain keeps its PASID's number after putting it: a later attach uses what may be another domain's by then, and one that fails puts what it did not allocate.",
    repair: 'Forget the number with the put, in detach and in the failing attach.',
    source: `${SEED}, aux_domain_remove_dev() and link_failed of aux_domain_add_dev()`,
    causes: [],
  },
  {
    name: 'default-pasid-under-lock',
    flaw: 'The PASID is looked at, allocated and put outside every lock: two attaches of a domain at once allocate two, and one is lost.',
    repair: 'Hold a lock of the domain from the look to the end.',
    source: `${SEED}, aux_domain_add_dev() and aux_domain_remove_dev()`,
    causes: [],
  },
  {
    name: 'disable-refuses-attached',
    flaw: 'The aux feature is switched off under attached subdevices; their detach then returns early and the entries stay.',
    repair: 'Refuse with EBUSY, and let an attach look at the feature again under the same lock.',
    source: `intel/iommu.c 5.15, intel_iommu_disable_auxd(); ${SEED}, aux_domain_remove_dev()`,
    causes: [],
  },
  {
    name: 'free-refuses-subdevices',
    flaw: 'iommu_domain_free() walks the devices of the domain and not its subdevices: their entries stay and point to freed tables.',
    repair: 'Refuse with EBUSY.',
    source: 'intel/iommu.c 5.15, domain_exit() → domain_remove_dev_info()',
    causes: [],
  },
  {
    name: 'aux-flag-survives-reattach',
    flaw: 'Attaching the whole device again, to the default domain too, forgets that its aux feature was enabled.',
    repair: 'Keep the flag with the device.',
    source: 'intel/iommu.c 5.15, dmar_insert_one_dev_info() sets auxd_enabled to 0',
    causes: [],
  },
  {
    name: 'aux-respects-owner',
    flaw: "An aux attach takes no lock of the parent's group and does not ask who owns it.",
    repair: "Take the group's mutex and refuse with EPERM when a user other than the caller owns the group.",
    source: 'drivers/iommu/iommu.c 5.15, iommu_aux_attach_device()',
    causes: [],
  },
];
