import type { OperationName } from '../../src/vocabulary/operations.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { FAULTS, MEMORY, NESTING, PLUGGING } from '../../src/world/operation-families.js';
import { VARIANTS } from '../../src/world/variants.js';

/** Where a flaw shows soon: what there is, and what is left out because it has nothing to do with it. */
export interface FlawPlace {
  readonly design: 'ioasid' | 'iommufd';
  readonly shape: (whole: WorldShape) => WorldShape;
  readonly callers: number;
  /** Allocations that may fail in a run, where more than usual have to. */
  readonly failures?: number;
}

function without(shape: WorldShape, ...names: readonly OperationName[]): WorldShape {
  return { ...shape, without: [...(shape.without ?? []), ...names] };
}

/** What a flaw between few objects is found in. */
const { few } = VARIANTS;
const paging = (whole: WorldShape) => without({ ...few(whole), spaceKinds: ['paging'] }, ...NESTING);
const oneUser = (whole: WorldShape) => ({ ...paging(whole), principals: whole.principals.slice(0, 2) });
const rid = (whole: WorldShape) => ({
  ...oneUser(whole),
  devices: [{ ...whole.devices[1], group: 0, slots: 0, pri: false }],
});
const requests = (whole: WorldShape) => without(oneUser(whole), ...MEMORY, ...PLUGGING);
/** Two devices that know no PASIDs: in one group, or in one each. */
const two = (whole: WorldShape, groups: 1 | 2) => ({
  ...oneUser(whole),
  devices: whole.devices
    .slice(1)
    .map((device, i) => ({ ...device, group: groups === 1 ? 0 : i, slots: 0, pri: false })),
  groups,
});

const ioasid = (shape: FlawPlace['shape'], callers = 2): FlawPlace => ({ design: 'ioasid', shape, callers });
const iommufd = (shape: FlawPlace['shape'], callers: number, failures?: number): FlawPlace => ({
  design: 'iommufd',
  shape,
  callers,
  failures,
});

const tables = (whole: WorldShape) => without(few(whole), ...PLUGGING, 'guestWrite', ...FAULTS);
const owners = (whole: WorldShape) => without(few(whole), ...NESTING, ...FAULTS, ...PLUGGING);
const groups = (whole: WorldShape) => without(whole, ...NESTING, ...FAULTS, ...PLUGGING);
const mapped = (whole: WorldShape) => without(rid(whole), ...FAULTS, ...PLUGGING);
const resets = (whole: WorldShape) => without(oneUser(whole), ...MEMORY, ...FAULTS, 'probe', 'release');

/** A flaw of several sides has a place for each that does not show beside the others. */
export const PLACES: Readonly<Record<string, FlawPlace | readonly FlawPlace[]>> = {
  'list-follows-entry': [
    ioasid(tables),
    ioasid((whole) => without(paging(whole), ...FAULTS, ...PLUGGING, 'map', 'unmap')),
  ],
  'calls-hold-the-ioasid': ioasid(tables),
  'children-keep-parent': ioasid(
    (whole) => without({ ...tables(whole), spaceKinds: ['nestParent', 'nested'] }, ...MEMORY, 'claimOwner'),
    1,
  ),
  'one-ioasid-a-route': ioasid(owners, 1),
  'owner-checked-under-lock': ioasid(owners),
  'claim-refuses-lent': ioasid(owners),
  'attach-walks-group': ioasid(groups),
  'group-attach-unwinds': ioasid(groups),
  'detach-drains-requests': ioasid((whole) => without(paging(whole), ...PLUGGING), 1),
  'unregister-waits-for-thread': ioasid((whole) => without(paging(whole), ...MEMORY, ...PLUGGING)),
  'reset-at-release': ioasid(
    (whole) =>
      without(
        { ...paging(whole), devices: [{ ...whole.devices[1], group: 0, slots: 0 }] },
        ...FAULTS,
        ...PLUGGING,
        ...(['unmap', 'freeFrame', 'freeSpace'] as const),
      ),
    1,
  ),

  'old-queue-answered': iommufd(requests, 1),
  'handles-outlive-thread': iommufd(requests, 3),
  'detach-during-reset': iommufd(resets, 2),
  'reset-keeps-attachments': iommufd(resets, 1),
  'failed-map-unmaps-first': iommufd(VARIANTS.mapping, 2),

  'failed-attach-restores': iommufd(
    (whole) => without(oneUser(whole), ...FAULTS, ...PLUGGING, 'unmap', 'freeFrame', 'freeSpace'),
    1,
    12,
  ),
  'tags-follow-entry': [
    iommufd(mapped, 3),
    iommufd((whole) => without({ ...two(whole, 2), spaces: 1 }, ...FAULTS, ...PLUGGING), 3),
  ],
  'old-faults-put': iommufd(
    (whole) =>
      without(
        { ...oneUser(whole), devices: [{ ...whole.devices[1], group: 0, slots: 0 }] },
        ...MEMORY,
        ...([
          'reset',
          'pageRequest',
          'respond',
          'unregisterFaultHandler',
          'freeSpace',
          'releaseOwner',
        ] as const),
      ),
    1,
  ),
  'faults-off-keeps-groups': iommufd(requests, 1),
  'fence-before-device-tlb': iommufd(
    (whole) => ({ ...mapped(whole), iommus: [{ cachingMode: false, firstLevel: true }] }),
    1,
  ),
  'pasid-table-at-probe': iommufd(
    (whole) => without(two(whole, 1), ...MEMORY, ...FAULTS, 'reset', 'attach', 'detach', 'replace'),
    1,
  ),
  'drain-always': iommufd(requests, 2),
};
