import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import {
  listMutants,
  MutantWorlds,
  pinHolds,
  type PinnedMutant,
  type UnnoticedMutant,
} from '../../bench/mutants.js';

// The first pin of each world builds it.
vi.setConfig({ testTimeout: 60_000 });

function listIn<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../mutants/${name}.json`, import.meta.url), 'utf8')) as T[];
}

const worlds = new MutantWorlds();
const pinned = listIn<PinnedMutant>('pinned');
const unnoticed = listIn<UnnoticedMutant>('unnoticed');

describe('steps taken out', () => {
  it.each(pinned)('$step is missed: $cause, and not with it in place', async (pin) => {
    expect(await pinHolds(worlds, pin)).toBe(true);
  });

  it('keeps lists of steps that exist, each on one list, with reasons', async () => {
    const known = (await listMutants()).map(({ step }) => step);
    const listed = [...pinned, ...unnoticed].map(({ step }) => step);
    expect(known).toEqual(expect.arrayContaining(listed));
    expect(new Set(listed).size).toBe(listed.length);
    for (const { reason } of unnoticed) expect(reason).not.toBe('');
  });
});
