import { describe, expect, test } from 'vitest';
import { SPACE_KINDS } from '../../src/vocabulary/operations.js';
import { randomShape } from '../../src/world/scopes.js';
import type { World } from '../../src/world/world.js';
import noStaleIotlb from '../../properties/no-stale-iotlb.js';
import { type Call, Story } from './toy-world.js';
import { type Pair, PAIRS, worldOf } from './worlds.js';

const pairs = PAIRS.filter(({ design, mended }) => design.name === 'iommufd' && mended);
const VM = 1;
const PARENT = SPACE_KINDS.indexOf('nestParent');
const NESTED = SPACE_KINDS.indexOf('nested');
const [ABSENT, OWN_TABLE] = [0, 1];
/** Spaces of two guests of one user, a parent and the nested one each, and the devices that are on them. */
const GUESTS = [
  { parent: 0, nested: 1, device: 0 },
  { parent: 2, nested: 3, device: 1 },
];

function nestedWorld(pair: Pair): World {
  const whole = randomShape(pair);
  const [, device] = whole.devices;
  return worldOf(pair, {
    properties: [noStaleIotlb],
    shape: {
      ...whole,
      devices: [
        { ...device, group: 0, slots: 0 },
        { ...device, rid: device.rid + 1, group: 1, slots: 0 },
      ],
      frames: 2,
      pages: whole.pages.slice(0, 2),
      permissions: [3],
      allocationFailures: 0,
    },
  });
}

/** Each guest has its table in the frame of its number, and its device on it; its first entry leads to the table itself. */
function bothGuests(world: World): Story {
  const story = new Story(world);
  GUESTS.forEach(({ parent, nested, device }, frame) => {
    const calls: Call[] = [
      ['allocFrame', VM, frame],
      ['createSpace', VM, parent, PARENT, 0],
      ['map', VM, parent, 0, frame, 3, 0],
      ['createSpace', VM, nested, NESTED, parent],
      ['claimOwner', VM, device],
      ['attach', VM, device, 0, nested],
      ['guestWrite', VM, nested, 0, OWN_TABLE],
    ];
    for (const call of calls) story.call(...call);
  });
  expect(story.causes).toEqual([]);
  return story;
}

const edit = (guest: number): Call => ['guestWrite', VM, GUESTS[guest].nested, 0, ABSENT];
const invalidate = (guest: number): Call => ['guestInvalidate', VM, GUESTS[guest].nested, 0, 0];

describe.each(pairs)('what guests edit, $name', (pair) => {
  test('is invalidated', () => {
    const story = bothGuests(nestedWorld(pair)).call(...edit(0));
    expect(story.world.ledger.staleCount).toBeGreaterThan(0);
    expect(story.call(...invalidate(0)).causes).toEqual([]);
    expect(story.world.ledger.staleCount).toBe(0);
  });

  test('while an invalidation is open, is for the next one to answer', () => {
    const world = nestedWorld(pair);
    let later = 0;
    for (let steps = 0; ; steps++) {
      world.reset();
      const story = bothGuests(world)
        .call(...edit(0))
        .call('guestWrite', VM, GUESTS[0].nested, 0, OWN_TABLE);
      story.begin(1, ...invalidate(0));
      for (let step = 0; step < steps && !world.agentStates.isIdle(1); step++)
        if (world.canMove(1)) story.step(1);
        else story.effect();
      const hasReturned = world.agentStates.isIdle(1);
      story.call(...edit(0)).finish(1);
      expect({ steps, causes: story.causes }).toEqual({ steps, causes: [] });
      if (world.ledger.staleCount > 0) later++;
      if (hasReturned) break;
      expect(story.call(...invalidate(0)).causes).toEqual([]);
      expect(world.ledger.staleCount).toBe(0);
    }
    expect(later).toBeGreaterThan(1);
  });

  test('is for invalidations of its own space to answer', () => {
    const story = bothGuests(nestedWorld(pair)).call(...edit(1));
    expect(story.call(...invalidate(0)).causes).toEqual([]);
    expect(story.world.ledger.staleCount).toBeGreaterThan(0);
    expect(story.call(...invalidate(1)).causes).toEqual([]);
    expect(story.world.ledger.staleCount).toBe(0);
  });

  test('is missed by an invalidation that flushes nothing, then and the next time', () => {
    // Compiled apart: its flushes are taken out once everything is set up.
    const world = nestedWorld({ ...pair, name: `${pair.name}, later without flushes` });
    const story = bothGuests(world);
    for (const point of world.points) point.skipped ||= point.step.kind === 'flush';
    story
      .begin(1, ...invalidate(0))
      .call(...edit(0))
      .finish(1);
    expect(story.causes).toEqual([]);
    expect(story.call(...invalidate(0)).causes).not.toEqual([]);
  });
});
