import type { DesignDefinition, DriverDefinition } from '../vocabulary/design.js';
import { asksFor } from './lacking.js';
import { FAULTS, MEMORY, NESTING, PLUGGING } from './operation-families.js';
import type { DeviceShape, WorldShape } from '../vocabulary/shape.js';

export const SCOPES = ['tiny', 'small', 'pair', 'random'] as const;
export type ScopeName = (typeof SCOPES)[number];

/** First IOVA page of the alphabets: above every frame of table memory, so that one is never taken for the other. */
const FIRST_PAGE = 0x400;

const ATS_DEVICE: DeviceShape = {
  rid: 0x0100,
  group: 0,
  iommu: 0,
  ats: true,
  pri: true,
  slots: 1,
  pasidBits: 4,
};

interface Pair {
  readonly design: DesignDefinition;
  readonly driver: DriverDefinition;
}

/** What of the vocabulary a design takes part in: `asks` by itself, `does` as far as the driver carries it. */
function facts({ design, driver: { lacks = {} } }: Pair) {
  const asks = {
    slots: asksFor(design, 'pasid'),
    nesting: asksFor(design, 'nesting'),
    faults: asksFor(design, 'pri'),
  };
  const does = {
    slots: asks.slots && lacks.pasid === undefined,
    nesting: asks.nesting && lacks.nesting === undefined,
    faults: asks.faults && lacks.pri === undefined,
  };
  return { asks, does };
}

/** Devices can do what the design asks of them, also where the driver does not use it: then it has to refuse. */
function devices(pair: Pair, shapes: readonly DeviceShape[]): DeviceShape[] {
  const { slots, faults } = facts(pair).asks;
  return shapes.map((shape) => ({
    ...shape,
    slots: slots ? shape.slots : 0,
    pri: faults && shape.pri,
    ats: shape.ats && pair.driver.lacks?.ats === undefined,
  }));
}

/** A part of a scope: what is left out of the whole because it is independent of what stays. */
export interface ScopePart {
  readonly name: string;
  readonly shape: WorldShape;
}

/**
 * `tiny`: 1 IOMMU, 1 device with ATS, 1 PASID, 2 principals, 2 spaces, 2 frames, one 4K page each, one caller beside device and
 * hardware, at most one allocation failure, bad calls included. Run in parts, each independent of what it leaves out.
 */
export function tinyParts(pair: Pair): ScopePart[] {
  const { nesting, faults, slots } = facts(pair).does;
  const base: WorldShape = {
    name: 'tiny',
    devices: devices(pair, [ATS_DEVICE]),
    iommus: [{ cachingMode: false, firstLevel: false }],
    groups: 1,
    principals: ['kernel', 'vm1', 'vm2'],
    spaces: 2,
    frames: 2,
    tables: 40,
    pages: [FIRST_PAGE],
    largestSize: 0,
    permissions: [3],
    callers: 1,
    kernelDefault: 'identity',
    spaceKinds: ['paging'],
    allocationFailures: 1,
    badCalls: true,
    queue: 12,
    pageRequests: 0,
  };
  const part = (name: string, changes: Partial<WorldShape>, without: readonly string[]): ScopePart => ({
    name,
    shape: { ...base, ...changes, name: `tiny/${name}`, without },
  });
  const one = { principals: ['kernel', 'vm1'] };
  const ridOnly = { devices: base.devices.map((device) => ({ ...device, slots: 0 })) };
  const sound = { allocationFailures: 0 };
  const good = { badCalls: false };

  const parts = [part('rid', ridOnly, [...NESTING, ...FAULTS, ...PLUGGING])];
  if (slots) {
    parts.push(part('pasid', sound, [...NESTING, ...FAULTS, ...PLUGGING]));
    parts.push(part('pasid-failures', one, [...NESTING, ...FAULTS, ...PLUGGING]));
  }
  parts.push(part('plugging', { ...one, ...good, ...ridOnly }, [...NESTING, ...FAULTS]));
  if (slots) parts.push(part('plugging-pasid', { ...one, ...good, ...sound }, [...NESTING, ...FAULTS]));
  if (nesting) {
    const nested = { ...one, ...(isEither(pair) && ridOnly), spaceKinds: ['nestParent', 'nested'] };
    const without = [...FAULTS, ...PLUGGING];
    parts.push(part('nesting', { ...nested, ...good, ...sound }, without));
    parts.push(part('nesting-failures', { ...nested, ...good, frames: 1 }, without));
    parts.push(part('nesting-bad-calls', { ...nested, ...sound, frames: 1 }, without));
  }
  if (faults) {
    const asked = { ...one, pageRequests: 1, frames: 1 };
    const alone = [...NESTING, ...PLUGGING, ...MEMORY];
    parts.push(part('faults', { ...asked, ...good, ...ridOnly, spaces: 1 }, [...NESTING, ...PLUGGING]));
    parts.push(part('faults-spaces', { ...asked, ...good, ...sound, ...ridOnly }, alone));
    parts.push(part('faults-bad-calls', { ...asked, ...sound, spaces: 1 }, alone));
    if (slots) parts.push(part('faults-pasid', { ...asked, ...good, ...sound, spaces: 1 }, alone));
  }
  return parts;
}

/** `small`: two devices, one with ATS, in two groups, otherwise as `tiny`. */
export function smallShape(pair: Pair): WorldShape {
  const shapes = [
    { ...ATS_DEVICE, ats: false, pri: false },
    { ...ATS_DEVICE, rid: 0x0108, group: 1 },
  ];
  const [whole] = tinyParts(pair);
  return {
    ...whole.shape,
    name: 'small',
    without: [...NESTING, ...FAULTS, ...PLUGGING],
    devices: devices(pair, shapes),
    groups: 2,
  };
}

/**
 * `small`: first one user, one space, one frame and no failure, which comes to an end; then the whole of {@link smallShape}, which
 * does not. What takes two devices on one space is many operations deep, and found in the former.
 */
function smallParts(pair: Pair): ScopePart[] {
  const shape = smallShape(pair);
  const [first, second] = shape.devices;
  const oneSpace: WorldShape = {
    ...shape,
    name: 'small/one-space',
    devices: [{ ...first, slots: 0 }, second],
    principals: ['kernel', 'vm1'],
    spaces: 1,
    frames: 1,
    allocationFailures: 0,
    badCalls: false,
  };
  return [
    { name: 'one-space', shape: oneSpace },
    { name: 'whole', shape },
  ];
}

/** `pair`: `tiny` with two callers. Its search ends at a bound. */
export function pairShape(pair: Pair): WorldShape {
  const [whole] = tinyParts(pair);
  return { ...whole.shape, devices: devices(pair, [ATS_DEVICE]), name: 'pair', callers: 2 };
}

/** Whether a device of the pair can either nest or have PASIDs. */
function isEither({ design, driver }: Pair): boolean {
  return driver.lacks?.nestingWithPasids !== undefined && asksFor(design, 'nestingWithPasids');
}

/**
 * What random runs work in: two groups, one of two devices, ATS and not behind one IOMMU, PASIDs, large pages, PRI. Where a device
 * can either nest or have PASIDs, the one that is alone in its group has them.
 */
export function randomShape(pair: Pair, callers = 2): WorldShape {
  const { asks, does } = facts(pair);
  const nests = isEither(pair);
  return {
    name: 'random',
    devices: devices(pair, [
      { rid: 0x0100, group: 0, iommu: 0, ats: nests, pri: nests, slots: 2, pasidBits: 4 },
      { rid: 0x0108, group: 1, iommu: 0, ats: true, pri: true, slots: nests ? 0 : 2, pasidBits: 4 },
      { rid: 0x0109, group: 1, iommu: 0, ats: !nests, pri: false, slots: nests ? 0 : 1, pasidBits: 4 },
    ]),
    iommus: [{ cachingMode: false, firstLevel: false }],
    groups: 2,
    principals: ['kernel', 'vm1', 'vm2'],
    spaces: 4,
    frames: 5,
    tables: 90,
    pages: [FIRST_PAGE, FIRST_PAGE + 1, FIRST_PAGE + 2, FIRST_PAGE + 512],
    largestSize: asks.nesting ? 0 : 1,
    permissions: [1, 3],
    callers,
    kernelDefault: 'identity',
    spaceKinds: does.nesting ? ['paging', 'nestParent', 'nested'] : ['paging'],
    allocationFailures: 2,
    badCalls: true,
    queue: 24,
    pageRequests: does.faults ? 2 : 0,
    without: asks.faults ? [] : FAULTS,
  };
}

/** The named scope of a design, as one or several worlds. */
export function scopeParts(name: ScopeName, pair: Pair): ScopePart[] {
  switch (name) {
    case 'tiny':
      return tinyParts(pair);
    case 'small':
      return smallParts(pair);
    case 'pair':
      return [{ name: 'whole', shape: pairShape(pair) }];
    case 'random':
      return [{ name: 'whole', shape: randomShape(pair) }];
  }
}
