import { expect, test } from 'vitest';
import faultAnswered from '../../properties/fault-answered.js';
import { story, type ToyWorldChoice } from '../world/toy-world.js';
import { mappedAndAttached, VM1, VM2 } from './stories.js';

function detachedWhileAsking(choice: ToyWorldChoice) {
  return mappedAndAttached(story(faultAnswered, choice))
    .device(0, 'pageRequest', 0, 1)
    .call('detach', VM1, 0, 0);
}

test('a detach that leaves a request open', () => {
  const { causes } = detachedWhileAsking({ flaws: ['leaves requests open'] });
  expect(causes).toEqual(['fault-answered:request left in the queue:toy-design/detach/unlock']);
});

test('a replace that leaves a request of what it replaces open, but none that is made since', () => {
  const asking = (flaws: ToyWorldChoice['flaws']) =>
    mappedAndAttached(story(faultAnswered, { flaws })).call('createSpace', VM1, 1, 0);
  const before = asking(['leaves requests open'])
    .device(0, 'pageRequest', 0, 1)
    .call('replace', VM1, 0, 0, 1);
  expect(before.causes).toEqual(['fault-answered:request left in the queue:toy-design/replace/unlock']);
  const answered = asking([]).device(0, 'pageRequest', 0, 1).call('replace', VM1, 0, 0, 1);
  expect(answered.causes).toEqual([]);
  const after = asking(['leaves requests open']).call('replace', VM1, 0, 0, 1).device(0, 'pageRequest', 0, 1);
  expect(after.causes).toEqual([]);
});

test('not one of a device that is being reset: it will wait for no answer', () => {
  const asked = mappedAndAttached(
    story(faultAnswered, { flaws: ['leaves requests open'], resets: true, shape: { callers: 2 } }),
  ).device(0, 'pageRequest', 0, 1);
  asked.begin(1, 'reset', VM1, 0).call('detach', VM1, 0, 0).finish(1);
  expect(asked.causes).toEqual([]);
  expect(asked.world.machine.pageRequests.openCount()).toBe(0);
});

test('a request answered by one who has neither the device nor a space on it', () => {
  const answered = (principal: number) =>
    mappedAndAttached(story(faultAnswered, { responds: true }))
      .device(0, 'pageRequest', 0, 1)
      .call('respond', principal, 0, 0);
  expect(answered(VM2).causes).toEqual(['fault-answered:answer by another:toy-design/respond/answer']);
  expect(answered(VM1).causes).toEqual([]);
});

test('a request answered twice', () => {
  const { causes } = detachedWhileAsking({ flaws: ['answers twice'] });
  expect(causes).toEqual(['fault-answered:answer:toy-design/detach/answer']);
});

test('holds when it is answered once', () => {
  const told = detachedWhileAsking({});
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});
