import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  listMutants,
  mutantSpec,
  type PinnedMutant,
  type UnnoticedMutant,
  type WorldName,
} from '../../bench/mutants.js';
import { buildWorld } from '../../src/catalog/build-world.js';
import { mendedReplay } from '../../src/checker/mended-replay.js';
import type { World } from '../../src/world/world.js';
import { findingKey } from '../../src/checker/finding.js';

function listIn<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../mutants/${name}.json`, import.meta.url), 'utf8')) as T[];
}

/** Worlds with every step in place serve many pins. */
const whole = new Map<string, World>();
async function worldWithout(design: string, name: WorldName, step?: string): Promise<World> {
  const key = `${design} ${name}`;
  const known = step === undefined ? whole.get(key) : undefined;
  const world = known ?? (await buildWorld(await mutantSpec(design, name, step)));
  if (step === undefined) whole.set(key, world);
  return world;
}

const pinned = listIn<PinnedMutant>('pinned');
const unnoticed = listIn<UnnoticedMutant>('unnoticed');

describe('steps taken out', () => {
  it.each(pinned)('$step is missed: $cause, and not with it in place', async (pin) => {
    const key = findingKey({ ...pin, explanation: [] });
    const found = async (step?: string) =>
      mendedReplay(await worldWithout(pin.design, pin.world, step), pin.steps, pin.finished, key);
    expect(await found(pin.step)).toBeDefined();
    expect(await found()).toBeUndefined();
  });

  it('keeps lists of steps that exist, each on one list, with reasons', async () => {
    const known = (await listMutants()).map(({ step }) => step);
    const listed = [...pinned, ...unnoticed].map(({ step }) => step);
    expect(known).toEqual(expect.arrayContaining(listed));
    expect(new Set(listed).size).toBe(listed.length);
    for (const { reason } of unnoticed) expect(reason).not.toBe('');
  });
});
