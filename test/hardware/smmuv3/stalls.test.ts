import { expect, test } from 'vitest';
import iommufd from '../../../models/designs/iommufd/index.js';
import driver from '../../../models/drivers/smmuv3@7/index.js';
import { worldBuilder } from '../../../src/catalog/build-world.js';
import { type Answer, RESUME } from '../../../src/hardware/smmuv3/answers.js';
import { EVENT } from '../../../src/hardware/smmuv3/events.js';
import { StallUnit } from '../../../src/hardware/smmuv3/stalls.js';
import { allMends } from '../../../src/world/compiled-design.js';
import { randomShape } from '../../../src/world/scopes.js';
import { randomOf, walk } from '../../world/random-walk.js';

const STEPS = 6000;
const WALKS = 8;
const DEVICE = 1;

// What the world keeps of a stall is a page request; the unit is what the specification says of it.
test('stalls of a world are held, told of and resumed as the unit has it', async () => {
  const mends = allMends(iommufd, driver);
  const design = { name: iommufd.name };
  const build = await worldBuilder({ design, driver: driver.name, mends, without: [], concrete: true });
  const whole = randomShape({ design: iommufd, driver }, 1);
  const world = build({
    ...whole,
    devices: [{ ...whole.devices[DEVICE], group: 0, slots: 1 }],
    groups: 1,
    spaces: 2,
    frames: 1,
    principals: whole.principals.slice(0, 2),
    spaceKinds: ['paging'],
    without: [...(whole.without ?? []), 'probe', 'release', 'reset', 'map', 'allocFrame'],
  });
  const { pageRequests: requests } = world.machine;
  const { request, take, respond } = requests;
  const [{ rid }] = world.shape.devices;
  const stags = new Map<number, number>();
  const seen = { held: 0, told: 0, resumed: 0 };
  let unit = new StallUnit(requests.capacity, requests.capacity);

  requests.request = (device, pasid, page, group) => {
    const handle = request.call(requests, device, pasid, page, group);
    if (handle === 0) return handle;
    const transaction = { type: EVENT.translation, rid, substream: pasid || -1, page, isRead: true };
    const stag = unit.fault({ ...transaction, stalls: true });
    expect(stag).toBeGreaterThanOrEqual(0);
    stags.set(handle, stag!);
    seen.held++;
    return handle;
  };
  requests.take = (handle) => {
    const event = unit.take();
    expect([event?.substream, event?.page]).toEqual([requests.pasid(handle) || -1, requests.page(handle)]);
    take.call(requests, handle);
    seen.told++;
  };
  requests.respond = (handle, code) => {
    const stag = stags.get(handle)!;
    const action = code === 0 ? RESUME.retry : RESUME.abort;
    const answer: Answer = { name: 'resume', rid, stag, action, substream: -1, group: 0 };
    expect(unit.consume(answer).map((outcome) => outcome.action)).toEqual([action]);
    stags.delete(handle);
    respond.call(requests, handle, code);
    seen.resumed++;
  };

  for (let number = 0; number < WALKS; number++) {
    world.reset();
    unit = new StallUnit(requests.capacity, requests.capacity);
    stags.clear();
    walk(world, randomOf('stalls', number), STEPS, () => {
      expect(unit.heldOf(rid).sort()).toEqual([...stags.values()].sort());
      expect(requests.openCount()).toBe(stags.size);
      return world.violations.length === 0;
    });
    expect(world.violations).toEqual([]);
  }
  expect(Math.min(seen.held, seen.told, seen.resumed)).toBeGreaterThan(20);
});
