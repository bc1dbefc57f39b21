import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidationQueue, PENDING } from '../../src/hardware/queue.js';
import { PageRequestQueue, QUEUED, TAKEN } from '../../src/hardware/page-requests.js';
import { StateVector } from '../../src/hardware/state-vector.js';
import { COMMAND, type CommandName, vtd } from '../../src/hardware/vtd/index.js';
import { device } from './machine.js';

const CAPACITY = 4;
const make = (): InvalidationQueue =>
  new InvalidationQueue(new StateVector(InvalidationQueue.size(2, CAPACITY)), 0, CAPACITY, vtd);
const put = (queue: InvalidationQueue, name: CommandName, iommu = 0): number =>
  queue.submit(iommu, COMMAND[name], 0, 1, 2, 3, 4, 0);
const movable = (queue: InvalidationQueue): number[] =>
  Array.from({ length: queue.count(0) }, (_, place) => place).filter((place) =>
    queue.mayTakeEffect(0, place),
  );

/** Which later command waits for which earlier, from the text of 6.5.2.12. */
const families: Record<string, readonly CommandName[]> = {
  cc: ['context-global', 'context-device'],
  pc: ['pasid-cache-global', 'pasid-cache-domain', 'pasid-cache-pasid'],
  iotlb: ['iotlb-global', 'iotlb-domain', 'iotlb-page'],
  piotlb: ['pasid-iotlb-pasid', 'pasid-iotlb-page'],
  dev: ['device-tlb'],
  pdev: ['pasid-device-tlb'],
  wait: ['wait'],
};
const waits: Record<string, readonly string[]> = {
  cc: [],
  pc: ['cc'],
  iotlb: ['cc', 'pc'],
  piotlb: ['cc', 'pc'],
  dev: ['iotlb'],
  pdev: ['iotlb', 'piotlb'],
  wait: ['cc', 'pc', 'iotlb', 'piotlb', 'dev', 'pdev', 'wait'],
};

test('every pair of commands is ordered as the specification says', () => {
  for (const [earlier, firsts] of Object.entries(families)) {
    for (const [later, seconds] of Object.entries(families)) {
      for (const one of firsts) {
        for (const other of seconds) {
          const queue = make();
          put(queue, one);
          put(queue, other);
          expect(queue.mayTakeEffect(0, 0)).toBe(true);
          expect(queue.mayTakeEffect(0, 1), `${other} behind ${one}`).toBe(!waits[later].includes(earlier));
        }
      }
    }
  }
});

test('a ticket is complete when it and all before it have taken effect', () => {
  const queue = make();
  const first = put(queue, 'iotlb-domain');
  const second = put(queue, 'context-device');
  expect(movable(queue)).toEqual([0, 1]);
  queue.finish(0, 1);
  expect([queue.hasCompleted(0, first), queue.hasCompleted(0, second)]).toEqual([false, false]);
  expect(movable(queue)).toEqual([0]);
  queue.finish(0, 0);
  expect([queue.hasCompleted(0, first), queue.hasCompleted(0, second)]).toEqual([true, true]);
  expect(queue.count(0)).toBe(0);
});

test('the queue is bounded, keeps the fields, and serves each IOMMU apart', () => {
  const queue = make();
  for (let i = 0; i < CAPACITY; i++) put(queue, 'iotlb-domain');
  expect(queue.hasRoom(0)).toBe(false);
  expect(() => put(queue, 'iotlb-domain')).toThrow('full');
  expect(queue.hasRoom(1)).toBe(true);
  const ticket = put(queue, 'wait', 1);
  expect(queue.hasCompleted(1, ticket)).toBe(false);
  expect([1, 2, 3, 4, 5, 6].map((field) => queue.field(0, 0, field))).toEqual([0, 1, 2, 3, 4, 0]);
  expect(queue.field(1, 0, PENDING.command)).toBe(COMMAND.wait);
});

test('equal pending commands are equal states, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 }), (history) => {
      const state = new StateVector(InvalidationQueue.size(1, CAPACITY));
      const queue = new InvalidationQueue(state, 0, CAPACITY, vtd);
      for (const places of history) {
        for (let i = 0; i <= places; i++) if (queue.hasRoom(0)) put(queue, 'iotlb-domain');
        for (let i = 0; i < places && queue.count(0) > 0; i++) {
          queue.finish(0, movable(queue).at(-1)!);
        }
      }
      while (queue.count(0) > 0) queue.finish(0, movable(queue)[0]);
      expect(Array.from(state.words).every((word) => word === 0)).toBe(true);
    }),
    { seed: 2, numRuns: 50 },
  );
});

test('page requests: oldest first, per IOMMU, answered by hardware when there is no room', () => {
  const state = new StateVector(PageRequestQueue.size(2));
  const devices = [device(1), device(2, { iommu: 1 })];
  const requests = new PageRequestQueue(state, 0, 2, { devices });
  const one = requests.request(0, 3, 7, 1);
  const two = requests.request(1, -1, 8, 2);
  expect([one, two]).toEqual([1, 2]);
  expect(requests.request(0, 3, 9, 3)).toBe(0);
  expect([requests.oldest(0), requests.oldest(1)]).toEqual([1, 2]);
  requests.take(one);
  expect([requests.oldest(0), requests.stateOf(one), requests.stateOf(two)]).toEqual([0, TAKEN, QUEUED]);
  expect([requests.device(one), requests.pasid(one), requests.page(one), requests.group(one)]).toEqual([
    0, 3, 7, 1,
  ]);
  expect([requests.anyOpen(0, 3), requests.anyQueued(0, 3), requests.anyQueued(1, -1)]).toEqual([
    true,
    false,
    true,
  ]);
  requests.respond(one, 0);
  requests.respond(one, 0);
  expect(requests.anyOpen(0, 3)).toBe(false);
  requests.forget(1);
  expect(Array.from(state.words).every((word) => word === 0)).toBe(true);
});

test('a later request does not overtake an earlier one in a lower slot', () => {
  const requests = new PageRequestQueue(new StateVector(PageRequestQueue.size(2)), 0, 2, {
    devices: [device(1)],
  });
  const one = requests.request(0, 1, 1, 0);
  const two = requests.request(0, 1, 2, 0);
  requests.take(one);
  requests.respond(one, 0);
  expect(requests.request(0, 1, 3, 0)).toBe(one);
  expect(requests.oldest(0)).toBe(two);
});
