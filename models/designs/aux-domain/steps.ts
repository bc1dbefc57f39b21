import { fact } from '../../../src/vocabulary/make-step.js';
import type { StepSet } from '../../../src/vocabulary/step.js';
import { closeSpace, groupsOn, steps as primarySteps } from '../primary-domain/steps.js';

/** Slots of a device that locks and lifecycles can tell apart. */
const SLOTS = 8;

/** A bit of `counts` beside those of the primary design: subdevices keep the space from being closed. */
export const COUNTS_SUBDEVICES = 2;

export const steps: StepSet = {
  ...primarySteps,
  closeSpace: closeSpace((world) => {
    const isOnGroup = groupsOn(world);
    const links = world.field('space.links');
    return (space, counts) =>
      isOnGroup(space, counts) || ((counts & COUNTS_SUBDEVICES) !== 0 && links.get(space) !== 0);
  }),
  slotNumber: fact(['device', 'slot'], (_world, device, slot) => device * SLOTS + slot),
  /** pci_max_pasids() - 1. */
  lastPasid: fact(['device'], (world, device) => 2 ** world.shape.devices[device].pasidBits - 1),
  hasSlot: {
    kind: 'other',
    inputs: ['device', 'slot'],
    skipped: 1,
    instant: true,
    bind: (world) => (device, slot) => (slot > 0 && slot <= world.shape.devices[device].slots ? 1 : 0),
  },
  /** Whether a subdevice of a device of the group is attached. */
  anySubdeviceAttached: {
    kind: 'read',
    inputs: ['group'],
    skipped: 0,
    says: 'is a subdevice of the group attached',
    bind: (world) => {
      const subdevices = world.objects('subdevice');
      const parent = world.field('subdevice.parent');
      const space = world.field('subdevice.space');
      return (group) => {
        for (let handle = subdevices.following(0); handle !== 0; handle = subdevices.following(handle)) {
          if (handle === 0 || space.get(handle) === 0) continue;
          if (world.shape.devices[parent.get(handle) - 1].group === group) return 1;
        }
        return 0;
      };
    },
  },
};
