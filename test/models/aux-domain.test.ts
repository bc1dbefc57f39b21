import { describe, expect, it } from 'vitest';
import design from '../../models/designs/aux-domain/index.js';
import driver from '../../models/drivers/vtd@5.17/index.js';
import { ERRNO } from '../../src/vocabulary/errno.js';
import { allMends } from '../../src/world/compiled-design.js';
import { auxStories, wholeStories } from './aux-domain.flaws.js';
import { testDesign } from './machines.js';
import { testStories } from './vtd-5.17.stories.js';
import { AUX, RW, Script, shapeOf } from './vtd-5.17.script.js';

const names = allMends(design, driver);
const stories = [...wholeStories, ...auxStories];

describe('aux-domain', () => {
  testDesign(design, driver, 1000);

  it('has a story for every mend', () => {
    expect(stories.map(({ mend }) => mend).sort()).toEqual([...names].sort());
  });

  it('refuses with the errnos it documents', async () => {
    const s = await Script.play('aux-domain', names, shapeOf([{}, {}]));
    s.call('createSpace', 1, 0, 0, 0);
    s.call('createSpace', 2, 1, 0, 0);
    expect(s.call('attach', 1, 0, 1, 0)).toBe(-ERRNO.EINVAL);
    expect(s.call('createSubdevice', 0, 0, 1)).toBe(0);
    expect(s.call('createSubdevice', 0, 0, 1)).toBe(-ERRNO.EEXIST);
    expect(s.call('createSubdevice', 0, 0, 0)).toBe(-ERRNO.EINVAL);
    expect(s.call('attach', 1, 0, 1, 0)).toBe(-ERRNO.EPERM);
    expect(s.call('enableFeature', 0, 0, AUX)).toBe(0);
    expect(s.call('attach', 1, 0, 1, 0)).toBe(1);
    expect(s.call('attach', 1, 0, 1, 0)).toBe(-ERRNO.EBUSY);
    expect(s.call('removeSubdevice', 0, 0, 1)).toBe(-ERRNO.EBUSY);
    expect(s.call('disableFeature', 0, 0, AUX)).toBe(-ERRNO.EBUSY);
    expect(s.call('freeSpace', 1, 0)).toBe(-ERRNO.EBUSY);
    expect(s.call('claimOwner', 2, 0)).toBe(-ERRNO.EINVAL);
    expect(s.call('detach', 1, 0, 1)).toBe(0);
    expect(s.call('claimOwner', 2, 0)).toBe(0);
    expect(s.call('attach', 2, 0, 0, 1)).toBe(-ERRNO.EPERM);
    expect(s.call('attach', 1, 0, 1, 0)).toBe(-ERRNO.EPERM);
    expect(s.call('disableFeature', 0, 0, AUX)).toBe(0);
    expect(s.call('attach', 2, 0, 0, 1)).toBe(0);
    expect(s.causes).toEqual([]);
  });

  it('shares a link and a PASID among subdevices of one parent, to the last', async () => {
    const s = await Script.play('aux-domain', names, shapeOf([{}]));
    s.call('createSpace', 1, 0, 0, 0);
    s.call('createSpace', 1, 1, 0, 0);
    s.call('enableFeature', 0, 0, AUX);
    s.call('createSubdevice', 0, 0, 1);
    s.call('createSubdevice', 0, 0, 2);
    expect(s.call('attach', 1, 0, 1, 0)).toBe(1);
    expect(s.call('attach', 1, 0, 2, 0)).toBe(1);
    s.call('allocFrame', 1, 0);
    s.call('map', 1, 0, 0, 0, RW, 0);
    s.call('detach', 1, 0, 1);
    expect(s.call('attach', 1, 0, 1, 1)).toBe(2);
    s.call('detach', 1, 0, 2);
    expect(s.call('attach', 1, 0, 2, 0)).toBe(1);
    expect(s.causes).toEqual([]);
  });

  it.each([1, 2, 3, 4])('leaves nothing of an aux attach whose allocation %i fails', async (nth) => {
    const s = await Script.play('aux-domain', names, shapeOf([{}]));
    s.call('createSpace', 1, 0, 0, 0);
    s.call('enableFeature', 0, 0, AUX);
    s.call('createSubdevice', 0, 0, 1);
    s.callWithoutMemory(nth, 'attach', 1, 0, 1, 0);
    expect(s.causes).toEqual([]);
    expect(s.call('detach', 1, 0, 1)).toBe(0);
    expect(s.call('attach', 1, 0, 1, 0)).toBe(1);
    expect(s.causes).toEqual([]);
  });

  testStories(design, driver, stories);
});
