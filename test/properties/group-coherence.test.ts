import { expect, test } from 'vitest';
import groupCoherence from '../../properties/group-coherence.js';
import { device } from '../hardware/machine.js';
import { story, type ToyWorldChoice } from '../world/toy-world.js';
import { VM1 } from './stories.js';

function attached(choice: ToyWorldChoice) {
  const shape = { devices: [device(0, { slots: 1 }), device(1, { slots: 1 })] };
  return story(groupCoherence, { ...choice, shape, scope: 'group' })
    .call('allocFrame', VM1, 0)
    .call('createSpace', VM1, 0, 0)
    .call('map', VM1, 0, 0, 0, 3, 0)
    .call('claimOwner', VM1, 0)
    .call('attach', VM1, 0, 0, 0);
}

test('one device of a group attached alone', () => {
  const { causes } = attached({ flaws: ['attaches one device of a group'] });
  expect(causes).toEqual(['group-coherence:group:toy-design/attachGroup/unlock']);
});

test('holds when all are', () => {
  const told = attached({});
  expect(told.causes).toEqual([]);
  expect(told.world.premises[0]).toBeGreaterThan(0);
});
