import { expect, test } from 'vitest';
import { toy } from '../../src/hardware/toy/index.js';
import { InvalidationQueue } from '../../src/hardware/queue.js';
import { StateVector } from '../../src/hardware/state-vector.js';
import { WatchedQueue } from '../../src/world/watched-queue.js';
import { lifecycles } from './lifecycles.js';
import { toyWorld } from './toy-world.js';

const table = lifecycles.get('invalidation')!;

function watched() {
  const refused: string[] = [];
  const state = new StateVector(InvalidationQueue.size(1, 4));
  const queue = new WatchedQueue(state, 0, 4, toy, table, (machine, at, event) =>
    refused.push(`${machine}: ${event} while ${at}`),
  );
  const submit = () => queue.submit(0, 0, 0, 0, 0, 0, 0, 0);
  return { queue, refused, submit };
}

test('commands that take effect once each, in any order, are as they should be', () => {
  const { queue, refused, submit } = watched();
  for (let i = 0; i < 3; i++) submit();
  for (const place of [1, 2, 0]) queue.finish(0, place);
  expect(queue.count(0)).toBe(0);
  expect(refused).toEqual([]);
});

test('one that takes effect again is not', () => {
  const { queue, refused, submit } = watched();
  for (let i = 0; i < 2; i++) submit();
  queue.finish(0, 1);
  queue.finish(0, 1);
  expect(refused).toEqual(['invalidation: EFFECTIVE while effective']);
});

test('and worlds watch theirs', () => {
  expect(toyWorld().machine.queue).toBeInstanceOf(WatchedQueue);
});
