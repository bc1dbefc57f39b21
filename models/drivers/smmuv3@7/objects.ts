import type { ObjectKind } from '../../../src/vocabulary/design.js';
import { blocking, groupDefault } from '../../core/default-domains.js';
import { faultGroup } from '../../core/page-faults.js';
import { subdeviceLink } from '../../core/subdevice-links.js';

/** Kinds of domain, as SPACE_KINDS numbers them. */
export const DOMAIN = { paging: 0, nested: 1, nestParent: 2, identity: 3, blocked: 4 } as const;

/** Types of invalidation (enum arm_smmu_inv_type), in the order in which they are sent. */
export const INV = { asid: 1, vmid: 2, clearNested: 3, deviceTlb: 4, wholeDeviceTlb: 5 } as const;

/** What the driver remembers. */
export const objects: readonly ObjectKind[] = [
  {
    // struct arm_smmu_domain, and struct arm_smmu_nested_domain with `parent`
    name: 'domain',
    fields: {
      kind: 'int',
      isFirst: 'int', // stage 1
      root: 'frame',
      id: 'int', // ASID of stage 1, VMID of stage 2
      invs: 'ref', // the invalidation array
      guestTable: 'int', // nested: guest page number of the guest's context descriptor
      parent: 'ref', // nested: vsmmu->s2_parent
      faults: 'int', // has an iopf_handler
    },
    // One more than callers can number for each: a group's default, and a second one made while the first is replaced. A route may have
    // one that its design no longer gives to others.
    order: 'any',
    capacity: ({ spaces, groups, slots, devices, callers }) =>
      2 * spaces + groups + slots + devices + callers + 1,
  },
  {
    // struct arm_smmu_invs: what of it can fail is that a new one is needed
    name: 'invs',
    fields: { domain: 'ref' },
    order: 'any',
    capacity: ({ spaces, groups, slots, devices, callers }) =>
      2 * spaces + groups + slots + devices + 2 * callers + 1,
  },
  {
    // struct arm_smmu_inv, in the array of `domain`; `key` is type, device and PASID
    name: 'inv',
    fields: { domain: 'ref', key: 'int', users: 'int' },
    order: 'any',
    capacity: ({ spaces, groups, slots, devices, callers }) =>
      2 * (2 * spaces + groups) + 2 * (devices + slots + callers),
  },
  {
    // struct arm_smmu_master
    name: 'master',
    one: 'device',
    fields: {
      domain: 'ref', // what the RID is on; 0 for the blocked domain
      contexts: 'frame', // cd_table
      substreams: 'int', // cd_table.used_ssids
      inStream: 'int', // cd_table.in_ste
      ats: 'int', // ats_enabled
      faults: 'int', // iopf_refcount
    },
    capacity: ({ devices }) => devices,
  },
  {
    // struct arm_smmu_master_domain; on the list of `list`. While `paused` it has nothing on the array. `faults` is using_iopf.
    name: 'masterDomain',
    fields: { list: 'ref', domain: 'ref', device: 'int', pasid: 'int', paused: 'int', faults: 'int' },
    capacity: ({ slots, devices, callers }) => 2 * (slots + devices) + callers,
  },
  groupDefault,
  blocking,
  subdeviceLink,
  faultGroup,
];

/** ASIDs and VMIDs a domain may have: 0 is that of streams without stage 1, or without stage 2. */
export const LAST_ID = 31;
