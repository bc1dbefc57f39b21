import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  listMutants,
  MutantWorlds,
  pinHolds,
  type PinnedMutant,
  searchAll,
  type UnnoticedMutant,
} from '../../bench/mutants.js';

function listIn<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../mutants/${name}.json`, import.meta.url), 'utf8')) as T[];
}

const worlds = new MutantWorlds();
const pinned = listIn<PinnedMutant>('pinned');
const unnoticed = listIn<UnnoticedMutant>('unnoticed');
const mutants = await listMutants();

describe('steps taken out', () => {
  it.each(pinned)('$step is missed: $cause, and not with it in place', async (pin) => {
    expect(await pinHolds(worlds, pin)).toBe(true);
  });

  it('tells a mutant that the world stops from one that nothing notices, and goes on', async () => {
    const searched = (name: string) =>
      searchAll(worlds, mutants.find(({ step }) => step === name)!, 16, ['few']);
    expect(await searched('iommufd/freeSpace/destroyArea')).toEqual({
      stopped: 'the operation never ends: over 10000 steps',
    });
    expect(await pinHolds(worlds, pinned.find(({ design }) => design === 'iommufd')!)).toBe(true);
  });

  it('keeps lists of steps that exist, each on one list, with reasons', async () => {
    const known = mutants.map(({ step }) => step);
    const listed = [...pinned, ...unnoticed].map(({ step }) => step);
    expect(known).toEqual(expect.arrayContaining(listed));
    expect(new Set(listed).size).toBe(listed.length);
    for (const { reason } of unnoticed) expect(reason).not.toBe('');
  });
});
