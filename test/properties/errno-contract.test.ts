import { expect, test } from 'vitest';
import errnoContract from '../../properties/errno-contract.js';
import { device } from '../hardware/machine.js';
import { story, type ToyWorldChoice } from '../world/toy-world.js';
import { mappedAndAttached, VM1 } from './stories.js';

function freedWhileAttached(choice: ToyWorldChoice) {
  return mappedAndAttached(story(errnoContract, choice)).call('freeSpace', VM1, 0);
}

test('a refusal with another errno than the documented one', () => {
  const { causes } = freedWhileAttached({ flaws: ['answers with another errno'] });
  expect(causes).toHaveLength(1);
  expect(causes[0]).toContain('freeSpace failed with EINVAL: documented for spaceInUse is another errno');
});

test('a refusal with an errno for want of something, where nothing was wanting', () => {
  const { causes } = freedWhileAttached({ flaws: ['answers as if nothing were left'] });
  expect(causes[0]).toContain('freeSpace failed with ENOSPC: documented for spaceInUse is another errno');
});

test('holds when nothing was left indeed', () => {
  const told = mappedAndAttached(story(errnoContract)).call('createSpace', VM1, 1, 0);
  for (let slot = 0; slot < 2; slot++) told.call('detach', VM1, 0, 0).call('attach', VM1, 0, 0, 1);
  expect(told.causes).toEqual([]);
});

test('an errno for devices that do not ask for pages, of one that does', () => {
  const refused = (pri: boolean) => {
    const devices = [device(0, { slots: 1, pri })];
    return mappedAndAttached(story(errnoContract, { flaws: ['attaches nothing'], shape: { devices } }))
      .causes;
  };
  expect(refused(true)).toEqual([
    'errno-contract:attach failed with ENODEV: nothing is wrong with the call:toy-design/attach/refuse',
  ]);
  expect(refused(false)).toEqual([]);
});

test('a bad call that is accepted', () => {
  const { causes } = freedWhileAttached({ flaws: ['frees what is attached'] });
  expect(causes[0]).toContain('freeSpace accepted a call it must refuse (spaceInUse)');
});

test('holds when it is refused as documented', () => {
  const told = freedWhileAttached({});
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});
