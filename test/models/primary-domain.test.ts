import { describe, expect, it } from 'vitest';
import design from '../../models/designs/primary-domain/index.js';
import driver from '../../models/drivers/vtd@5.17/index.js';
import { ERRNO } from '../../src/vocabulary/errno.js';
import { allMends } from '../../src/world/compiled-design.js';
import { wholeStories } from './aux-domain.flaws.js';
import { testDesign } from './machines.js';
import { testStories } from './vtd-5.17.stories.js';
import { RW, Script, shapeOf } from './vtd-5.17.script.js';

const names = allMends(design, driver);

describe('primary-domain', () => {
  testDesign(design, driver, 500);

  it('blames nobody for an attach that returns when its device has been unplugged and another is there', async () => {
    const s = await Script.play('primary-domain', names, shapeOf([{}]));
    s.call('createSpace', 2, 0, 0, 0);
    s.call('createSpace', 1, 1, 0, 0);
    s.call('claimOwner', 1, 0);
    s.begin(1, 'attach', 1, 0, 0, 1);
    s.run(1, { until: 'attachGroup/put' });
    s.call('release', 0, 0);
    s.begin(0, 'probe', 0, 0);
    s.run(0, { until: 'probe/unlockGroup' });
    s.run(1);
    s.run(0);
    expect(s.call('claimOwner', 2, 0)).toBe(0);
    s.call('allocFrame', 2, 0);
    s.call('map', 2, 0, 0, 0, RW, 0);
    s.call('attach', 2, 0, 0, 0);
    expect(s.causes).toEqual([]);
  });

  it('refuses with the errnos it documents', async () => {
    const s = await Script.play('primary-domain', names, shapeOf([{}, {}]));
    s.call('createSpace', 1, 0, 0, 0);
    s.call('createSpace', 2, 1, 0, 0);
    s.call('allocFrame', 1, 0);
    s.call('allocFrame', 2, 1);
    expect(s.call('attach', 1, 0, 0, 0)).toBe(-ERRNO.EPERM);
    expect(s.call('releaseOwner', 1, 0)).toBe(-ERRNO.EPERM);
    expect(s.call('claimOwner', 1, 0)).toBe(0);
    expect(s.call('claimOwner', 2, 0)).toBe(-ERRNO.EBUSY);
    expect(s.call('attach', 1, 0, 0, 3)).toBe(-ERRNO.EINVAL);
    expect(s.call('attach', 1, 0, 0, 1)).toBe(-ERRNO.EINVAL);
    expect(s.call('attach', 1, 0, 0, 0)).toBe(0);
    expect(s.call('attach', 1, 0, 0, 0)).toBe(-ERRNO.EBUSY);
    expect(s.call('releaseOwner', 1, 0)).toBe(-ERRNO.EBUSY);
    expect(s.call('freeSpace', 1, 0)).toBe(-ERRNO.EBUSY);
    expect(s.call('map', 1, 0, 0, 1, RW, 0)).toBe(-ERRNO.EFAULT);
    expect(s.call('map', 1, 0, 1, 0, RW, 1)).toBe(-ERRNO.EINVAL);
    expect(s.call('map', 1, 0, 0, 0, RW, 0)).toBe(0);
    expect(s.call('map', 1, 0, 0, 0, RW, 0)).toBe(-ERRNO.EEXIST);
    expect(s.call('map', 1, 0, 0, 0, RW, 1)).toBe(-ERRNO.EEXIST);
    expect(s.call('unmap', 1, 0, 1, 0)).toBe(0);
    expect(s.call('unmap', 1, 3, 0, 0)).toBe(-ERRNO.EINVAL);
    expect(s.call('probe', 0, 0)).toBe(-ERRNO.EBUSY);
    expect(s.call('release', 0, 1)).toBe(0);
    expect(s.call('claimOwner', 2, 1)).toBe(-ERRNO.ENODEV);
    expect(s.causes).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'takes nothing with it when allocation %i of a first map fails',
    async (nth) => {
      const s = await Script.play('primary-domain', names, shapeOf([{}]));
      s.call('createSpace', 1, 0, 0, 0);
      s.call('allocFrame', 1, 0);
      const failed = s.callWithoutMemory(nth, 'map', 1, 0, 0, 0, RW, 0);
      expect(failed).toBe(nth <= 4 ? -ERRNO.ENOMEM : 0);
      expect(s.causes).toEqual([]);
    },
  );

  testStories(design, driver, wholeStories);
});
