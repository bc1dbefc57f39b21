import { describe, expect, test } from 'vitest';
import type { StepContext } from '../../src/vocabulary/context.js';
import { Footprint } from '../../src/world/footprint.js';
import { toyWorld } from './toy-world.js';

const world = toyWorld();

function touching(...touches: ((context: StepContext) => unknown)[]): Footprint {
  const footprint = new Footprint(world, () => {});
  for (const touch of touches) touch(footprint);
  return footprint;
}

/** Each thing that agents share, and how a step comes by it. */
const THINGS: Readonly<Record<string, (context: StepContext) => unknown>> = {
  'a field': (context) => context.field('domain.users'),
  'the field of another kind': (context) => context.field('port.domain'),
  'a pool': (context) => context.ids('pasid'),
  'a lock': (context) => context.lock('api'),
  'another lock': (context) => context.lock('other'),
  'a lifecycle': (context) => context.lifecycle('domain', 'ATTACH'),
  memory: (context) => context.memory,
  callers: (context) => context.callers,
  'a register': ({ hardware }) => hardware.deviceControl(0, 'ats'),
  'page requests': ({ hardware }) => hardware.pageRequests,
};
const names = Object.keys(THINGS);

describe('footprints', () => {
  test.each(names)('meet by %s, and by nothing else', (name) => {
    const met = names.filter((other) => touching(THINGS[name]).meets(touching(THINGS[other])));
    expect(met).toEqual([name]);
  });

  test('meet by objects and a field of their kind', () => {
    const objects = touching((context) => context.objects('domain'));
    expect(objects.meets(objects)).toBe(true);
    expect(objects.meets(touching(THINGS['a field']))).toBe(true);
    expect(touching(THINGS['a field']).meets(objects)).toBe(true);
    expect(objects.meets(touching(THINGS['the field of another kind']))).toBe(false);
  });

  test('grow by what is new, and go back to what was kept', () => {
    let grown = 0;
    const footprint = new Footprint(world, () => grown++);
    footprint.field('domain.users');
    footprint.field('domain.users');
    footprint.lock('api');
    footprint.lock('api');
    expect(grown).toBe(2);
    footprint.keep();
    footprint.ids('pasid');
    expect(footprint.meets(touching(THINGS['a pool']))).toBe(true);
    footprint.forget();
    expect(footprint.meets(touching(THINGS['a pool']))).toBe(false);
    expect(footprint.meets(touching(THINGS['a lock']))).toBe(true);
  });
});
