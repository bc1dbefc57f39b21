import { expect, test } from 'vitest';
import isolation from '../../properties/isolation.js';
import type { WorldView } from '../../src/vocabulary/property.js';
import { PAGE, story, toyShape } from '../world/toy-world.js';
import { mappedAndAttached, READ, VM1, VM2 } from './stories.js';

test('a page mapped writable for a caller who asked to read it', () => {
  const { causes } = mappedAndAttached(story(isolation, { flaws: ['maps everything writable'] }), READ);
  expect(causes).toContain('isolation:access in flight:toy@test/mapPage/store');
});

test('holds when it is mapped as asked', () => {
  const told = mappedAndAttached(story(isolation), READ);
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});

test('a page unmapped and still in a device-TLB is another\u2019s to reach', () => {
  const { causes } = mappedAndAttached(story(isolation, { mended: false })).call('unmap', VM1, 0, 0, 0);
  expect(causes).toContain('isolation:device-TLB entry:toy@test/unmapPage/clear');
});

/** What a former owner programmed the device to do goes on under the next one. */
function handedOver(flaws: readonly 'does not reset what is given back'[]) {
  return mappedAndAttached(story(isolation, { flaws }))
    .call('unmap', VM1, 0, 0, 0)
    .call('detach', VM1, 0, 0)
    .call('releaseOwner', VM1, 0)
    .call('allocFrame', VM2, 1)
    .call('createSpace', VM2, 1, 0)
    .call('claimOwner', VM2, 0)
    .call('attach', VM2, 0, 0, 1)
    .call('map', VM2, 1, 0, 1, 3, 0);
}

test('a device handed over without a reset', () => {
  expect(handedOver(['does not reset what is given back']).causes.join()).toContain(
    'programmed by a former owner',
  );
});

test('holds when it is reset', () => {
  expect(handedOver([]).causes).toEqual([]);
});

/** What is said of a large page at PAGE to frame 0x1000, of whose pages a route may reach those given. */
function largePage(allowed: readonly number[]): string[] {
  const said: string[] = [];
  const shape = toyShape({ pages: [PAGE, PAGE + 1, PAGE + 512] });
  const row = {
    device: 0,
    slot: 0,
    page: PAGE,
    size: 9,
    frame: 0x1000,
    permission: READ,
    kind: 'entry',
    origin: 'step',
    stale: false,
  };
  const view = {
    shape,
    returned: undefined,
    forEachReach: (visit: (of: typeof row) => void) => visit(row),
    ownerOf: () => -1,
    programmers: () => 0,
    mayReach: (_device: number, _slot: number, page: number, physical: number) =>
      allowed.includes(page) && physical === 0x1000 + page - PAGE,
  };
  isolation.check(view as unknown as WorldView, (kind, _origin, lines) => said.push(`${kind}: ${lines[0]}`));
  return said;
}

test('of a large page every page that has a name is looked at, and none beyond it', () => {
  expect(largePage([PAGE, PAGE + 1])).toEqual([]);
  expect(largePage([PAGE])).toEqual([
    'entry: the RID of device 0 can reach frame 0x1001000 at 0x401000 through an entry',
  ]);
  expect(largePage([PAGE + 1])).toEqual([
    'entry: the RID of device 0 can reach frame 0x1000000 at 0x400000 through an entry',
  ]);
});
