import type { Story } from '../world/toy-world.js';

/** Principals of the toy world: 0 is the kernel. */
export const VM1 = 1;
export const VM2 = 2;
export const READ = 1;
export const WRITE = 2;

/** vm1 owns device 0, its frame 0 is mapped at page 0 of its space 0, and the RID is attached to that. */
export function mappedAndAttached(story: Story, permission = READ | WRITE): Story {
  return story
    .call('allocFrame', VM1, 0)
    .call('createSpace', VM1, 0, 0)
    .call('claimOwner', VM1, 0)
    .call('attach', VM1, 0, 0, 0)
    .call('map', VM1, 0, 0, 0, permission, 0);
}
