import { AUX, PLAIN_DEVICE, RW, type Script, shapeOf } from './vtd-5.17.script.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';

const VM1 = 1;
const VM2 = 2;
const PAGING = 0;
const WHOLE = 0;

/** The shortest story in which a flaw shows, told to a design that has no other. */
export interface Story {
  readonly mend: string;
  readonly shape: WorldShape;
  readonly play: (script: Script) => void;
}

function space(s: Script, number: number, principal: number): void {
  s.call('createSpace', principal, number, PAGING, 0);
}

function subdevice(s: Script, device: number, slot: number): void {
  s.call('enableFeature', 0, device, AUX);
  s.call('createSubdevice', 0, device, slot);
}

function mapped(s: Script, number: number, principal: number, frame: number, page = 0): void {
  s.call('allocFrame', principal, frame);
  s.call('map', principal, number, page, frame, RW, 0);
}

/** Flaws of primary-domain and of the driver that whole devices show. */
export const wholeStories: readonly Story[] = [
  {
    mend: 'group-attach-rolls-back',
    shape: shapeOf([{}, { group: 0 }]),
    play: (s) => {
      space(s, 0, VM1);
      s.call('claimOwner', VM1, 0);
      s.callFailing('attachRid/createInfo', 2, 'attach', VM1, 0, WHOLE, 0);
    },
  },
  {
    mend: 'detach-cannot-fail',
    shape: shapeOf([{}]),
    play: (s) => {
      space(s, 0, VM1);
      s.call('claimOwner', VM1, 0);
      s.call('attach', VM1, 0, WHOLE, 0);
      s.callFailing('attachRid/createInfo', 1, 'detach', VM1, 0, WHOLE);
    },
  },
  {
    mend: 'free-refuses-attached',
    shape: shapeOf([{}]),
    play: (s) => {
      space(s, 0, VM1);
      s.call('claimOwner', VM1, 0);
      s.call('attach', VM1, 0, WHOLE, 0);
      s.call('freeSpace', VM1, 0);
    },
  },
  {
    mend: 'attach-prepares-first',
    shape: shapeOf([{}]),
    play: (s) => {
      space(s, 0, VM1);
      s.call('claimOwner', VM1, 0);
      s.callFailing('attachRid/createInfo', 1, 'attach', VM1, 0, WHOLE, 0);
    },
  },
  {
    mend: 'superpage-flushes-before-free',
    shape: shapeOf([{}]),
    play: (s) => {
      space(s, 0, VM1);
      s.call('claimOwner', VM1, 0);
      s.call('attach', VM1, 0, WHOLE, 0);
      mapped(s, 0, VM1, 0, 2);
      s.call('unmap', VM1, 0, 2, 0);
      s.call('map', VM1, 0, 2, 0, RW, 1);
    },
  },
];

/** Flaws that only subdevices show. */
export const auxStories: readonly Story[] = [
  {
    mend: 'default-pasid-reset',
    shape: shapeOf([{}, {}]),
    play: (s) => {
      space(s, 0, VM1);
      space(s, 1, VM2);
      subdevice(s, 0, 1);
      subdevice(s, 1, 1);
      s.call('attach', VM1, 0, 1, 0);
      s.call('detach', VM1, 0, 1);
      s.call('attach', VM2, 0, 1, 1);
      s.call('attach', VM1, 1, 1, 0);
    },
  },
  {
    mend: 'default-pasid-under-lock',
    shape: shapeOf([{}, {}]),
    play: (s) => {
      space(s, 0, VM1);
      subdevice(s, 0, 1);
      subdevice(s, 1, 1);
      s.begin(0, 'attach', VM1, 0, 1, 0);
      s.begin(1, 'attach', VM1, 1, 1, 0);
      s.run(0, { until: 'auxAttach/allocatePasid' });
      s.run(1, { until: 'auxAttach/lockDevices', stuck: true });
      s.run(0);
      s.run(1);
      s.call('detach', VM1, 0, 1);
      s.call('detach', VM1, 1, 1);
      s.call('removeSubdevice', 0, 0, 1);
      s.call('removeSubdevice', 0, 1, 1);
      s.call('disableFeature', 0, 0, AUX);
      s.call('disableFeature', 0, 1, AUX);
      s.call('freeSpace', VM1, 0);
    },
  },
  {
    mend: 'disable-refuses-attached',
    shape: shapeOf([{}]),
    play: (s) => {
      space(s, 0, VM1);
      subdevice(s, 0, 1);
      s.call('attach', VM1, 0, 1, 0);
      s.call('disableFeature', 0, 0, AUX);
    },
  },
  {
    mend: 'free-refuses-subdevices',
    shape: shapeOf([{}]),
    play: (s) => {
      space(s, 0, VM1);
      subdevice(s, 0, 1);
      s.call('attach', VM1, 0, 1, 0);
      mapped(s, 0, VM1, 0);
      s.call('freeSpace', VM1, 0);
    },
  },
  {
    mend: 'aux-respects-owner',
    shape: shapeOf([{}]),
    play: (s) => {
      space(s, 0, VM2);
      s.call('claimOwner', VM1, 0);
      subdevice(s, 0, 1);
      s.call('attach', VM2, 0, 1, 0);
    },
  },
  {
    mend: 'device-tlb-flag-follows-links',
    shape: shapeOf([PLAIN_DEVICE, {}]),
    play: (s) => {
      space(s, 0, VM1);
      subdevice(s, 0, 1);
      subdevice(s, 1, 1);
      s.call('attach', VM1, 0, 1, 0);
      s.call('attach', VM1, 1, 1, 0);
      mapped(s, 0, VM1, 0);
      s.call('unmap', VM1, 0, 0, 0);
    },
  },
  {
    mend: 'reattach-keeps-table',
    shape: shapeOf([{}]),
    play: (s) => {
      space(s, 0, VM1);
      space(s, 1, VM1);
      s.call('claimOwner', VM1, 0);
      s.call('attach', VM1, 0, WHOLE, 0);
      subdevice(s, 0, 1);
      s.call('attach', VM1, 0, 1, 1);
      s.call('detach', VM1, 0, WHOLE);
    },
  },
  {
    mend: 'aux-link-allocation-checked',
    shape: shapeOf([{}]),
    play: (s) => {
      space(s, 0, VM1);
      subdevice(s, 0, 1);
      s.callFailing('linkSubdevice/create', 1, 'attach', VM1, 0, 1, 0);
    },
  },
];
