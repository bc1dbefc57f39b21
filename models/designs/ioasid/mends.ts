import type { Mend } from '../../../src/vocabulary/design.js';

const ROUTES =
  'mail of Jason Gunthorpe, 2021-05-14 13:39, "Re: [PATCH 3/6] vfio: remove the unused mdev iommu hook"';
const CALLS =
  'mail of Jason Gunthorpe, 2021-05-14 13:31, "Re: [PATCH 3/6] vfio: remove the unused mdev iommu hook"';
const UAPI =
  'mail of Jason Gunthorpe, 2021-05-20 14:34, "Re: [PATCH 3/6] vfio: remove the unused mdev iommu hook"';

/** What the proposal leaves open, taken the shortest way, each with its repair. */
export const mends: readonly Mend[] = [
  {
    name: 'route-listed-first',
    flaw: 'Attach sets the entry and then lists the route: the IOASID can be freed in between, since its list is empty.',
    repair: 'List the route where the IOASID is looked up, under one lock, and then set the entry.',
    source: `${ROUTES}: "The IOMMU HW is programed to match the RID/(RID,PASID) list", in no order`,
    causes: [],
  },
  {
    name: 'entry-cleared-before-delisting',
    flaw: 'Detach takes the route off the list and then clears the entry: the IOASID can be freed while the entry points at it.',
    repair: 'Clear and flush the entry first.',
    source: `${ROUTES}: the list is said to authorise, and detach is not described`,
    causes: [],
  },
  {
    name: 'calls-hold-the-ioasid',
    flaw: 'A call looks the IOASID up and then waits for its lock; nothing keeps it from being freed meanwhile.',
    repair: 'Count the calls under way, and refuse to free while there are any.',
    source: `${UAPI}: a process creates and programs IOASIDs of its own; their lifetime is left open`,
    causes: [],
  },
  {
    name: 'children-keep-parent',
    flaw: 'Free looks at the list of routes alone: an IOASID goes while another is nested on it.',
    repair: 'Refuse with EBUSY while children are listed.',
    source: `${UAPI}: "IO page table nested under another", and no word on which must live longer`,
    causes: [],
  },
  {
    name: 'one-ioasid-a-route',
    flaw: 'Attach looks for the route on the list of its own IOASID alone: a RID of another IOASID is moved, and stays on both lists.',
    repair: 'Look on all lists, and refuse with EBUSY.',
    source: `${ROUTES}: "The IOASID has a list of RID and (RID,PASID) that are authorized to use it", each its own`,
    causes: [],
  },
  {
    name: 'owner-checked-under-lock',
    flaw: 'Attach asks for the owner of the device before it takes the lock of the device: a claim can come in between.',
    repair: 'Ask with the lock held.',
    source: `${CALLS}: a driver attaches by a pointer to the device; whose it is is not asked`,
    causes: [],
  },
  {
    name: 'claim-refuses-lent',
    flaw: 'A device is given to a user while the kernel has lent PASIDs of it to another.',
    repair: 'Refuse with EBUSY while any route of the group is in use.',
    source: `${CALLS}: RID and PASID are attached by calls that do not know of each other`,
    causes: [],
  },
  {
    name: 'attach-walks-group',
    flaw: 'Attach of a RID sets the entry of the named device alone: the others of its group translate otherwise.',
    repair: 'Move all devices of the group, and let them leave with the last that was attached.',
    source: `${CALLS}: iommu_attach_ioasid_rid(&pci_device->dev, ioasid_ptr) names a device, and no group`,
    causes: [],
  },
  {
    name: 'group-attach-unwinds',
    flaw: 'When a device of the group cannot follow, those before it stay attached though the call has failed.',
    repair: 'Take their routes off again.',
    source: `${ROUTES}: many routes of one IOASID are set one by one; failure is not described`,
    causes: [],
  },
  {
    name: 'detach-drains-requests',
    flaw: 'Detach returns while page requests of the route are queued or delivered: they are answered never, or by a route that is freed.',
    repair: 'Wait for those in the queue and answer those delivered.',
    source: `${CALLS}: neither detach nor page requests are described`,
    causes: [],
  },
  {
    name: 'unregister-waits-for-thread',
    flaw: 'A fault handler is freed while the page request thread is about to deliver to it.',
    repair: 'Wait for the thread after the handler can be found no more.',
    source:
      'page requests are not in the proposal; iommu_unregister_device_fault_handler() of Linux 5.13 is what it would meet',
    causes: [],
  },
  {
    name: 'reset-at-release',
    flaw: 'A device goes from one owner to the next as it is: what the first has programmed into it reaches the memory of the second.',
    repair: 'Reset it before the kernel has it back.',
    source: `${UAPI}: ownership of the device is the device driver's business, and left there`,
    causes: [],
  },
];
